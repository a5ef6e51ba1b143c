/** Close codes (RFC 6455, section 7.4): which of them are an end, and what the others mean in words. */

import { type ErrorCode, NettkError } from '../errors.ts';
import { isPeerGone } from './join.ts';
import { printable } from './printable.ts';

/** The codes nettk itself sends or makes up. */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  /** Never on the wire: the peer's Close had no code. */
  none: 1005,
} as const;

/** The codes that are an end in order. */
const ENDS: readonly number[] = [CLOSE.normal, CLOSE.goingAway, CLOSE.none];

/** The others that have a meaning (section 7.4.1 and IANA's registry). */
const MEANINGS: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  1002: ['PROTOCOL', 'protocol error'],
  1003: ['PROTOCOL', 'unsupported data'],
  1007: ['PROTOCOL', 'invalid text'],
  1008: ['REFUSED', 'policy violation'],
  1009: ['TOO_LONG', 'message too big'],
  1010: ['PROTOCOL', 'extension missing'],
  1011: ['PROTOCOL', 'internal error'],
  1012: ['BUSY', 'service restarts'],
  1013: ['BUSY', 'try again later'],
  1014: ['PROTOCOL', 'bad gateway'],
  3000: ['REFUSED', 'unauthorized'],
  3003: ['REFUSED', 'forbidden'],
  3008: ['TIMEOUT', 'timeout'],
};
const OWN_ACTION = 'WebSocket';

/**
 * What a peer's Close means: nothing where it is an end in order, else an error with the code, its meaning and the
 * peer's own reason, made printable.
 *
 * @example closeFailure(1008, 'go away')?.message // 'WebSocket: the peer closed: policy violation (1008) go away'
 */
export function closeFailure(code: number, reason: string): NettkError | undefined {
  if (ENDS.includes(code)) return undefined;
  const [errorCode, meaning] = MEANINGS[code] ?? (['PROTOCOL', 'private code'] as const);
  const words = reason === '' ? '' : ` ${printable(reason)}`;
  return new NettkError({
    code: errorCode,
    action: OWN_ACTION,
    reason: `the peer closed: ${meaning} (${code})${words}`,
    ...(code === 1009 && { hint: 'a smaller --ws-message-size' }),
  });
}

/** The connection ended without a Close frame, which RFC 6455 calls 1006: nobody knows whether all came. */
export function cutFailure(cause?: Error): NettkError {
  return new NettkError({
    code: 'ECONNRESET',
    action: OWN_ACTION,
    reason: 'the peer was gone without a Close frame (1006)',
    ...(cause && { cause }),
  });
}

/**
 * Why the connection below failed. A peer that hangs up while something is on its way to it is seen as an end, a reset
 * or a broken pipe, as the packets happen to cross: all three are 1006.
 */
export function lossFailure(error: Error): Error {
  return isPeerGone(error) ? cutFailure(error) : error;
}

/** The peer takes nothing any more: its Close was answered. */
export function goneFailure(): NettkError {
  return new NettkError({ code: 'EPIPE', action: OWN_ACTION });
}

/** The peer answers no ping. */
export function silentFailure(waitedMs: number): NettkError {
  const reason = `no answer to a ping within ${waitedMs / 1_000} s`;
  return new NettkError({ code: 'ETIMEDOUT', action: OWN_ACTION, reason });
}

/** What the frame library found wrong with the peer's frames, and the code to close with. */
export function frameFailure(error: Error & { code?: string }): { failure: NettkError; code: number } {
  const code = codeFor(error.code ?? '');
  const words = printable(error.message.replace('Invalid WebSocket frame: ', ''));
  const isLong = code === 1009;
  const failure = new NettkError({
    code: isLong ? 'TOO_LONG' : 'PROTOCOL',
    action: OWN_ACTION,
    reason: isLong
      ? 'the peer sent a message longer than the limit'
      : `the peer broke the protocol: ${words} (${code})`,
    ...(isLong && { hint: 'a larger --ws-max-message' }),
    cause: error,
  });
  return { failure, code };
}

function codeFor(libraryCode: string): number {
  if (/LENGTH$/.test(libraryCode) && libraryCode.includes('UNSUPPORTED')) return 1009;
  if (libraryCode === 'WS_ERR_TOO_MANY_BUFFERED_PARTS') return 1008;
  if (libraryCode === 'WS_ERR_INVALID_UTF8' || libraryCode.startsWith('Z_')) return 1007;
  return CLOSE.protocolError;
}

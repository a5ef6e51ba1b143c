/** DNS messages in a byte stream: two bytes of length before each (RFC 1035, 4.2.2; RFC 7766). */

import type { Readable } from 'node:stream';
import { nextChunk } from '../stream/next-chunk.ts';

const LENGTH_BYTES = 2;

/** A message with its length before it. */
export function dnsFrame(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + message.length);
  frame.writeUInt16BE(message.length, 0);
  message.copy(frame, LENGTH_BYTES);
  return frame;
}

/** How messages are read. */
export interface DnsFramesOptions {
  /** Ends the reading when nothing has come for this long, in milliseconds; 0 is never. */
  readonly quietMs?: number;
  /** Ends the reading between two chunks. */
  readonly signal?: AbortSignal;
}

/**
 * Reads messages until the stream ends, is silent for too long, or the signal aborts; a piece of a message at the end is
 * dropped. Leaves the stream open. What waits is one chunk and one message of at most 65,535 bytes.
 *
 * @throws the stream's error
 */
export async function* readDnsFrames(stream: Readable, options: DnsFramesOptions = {}): AsyncGenerator<Buffer, void> {
  let rest: Buffer = Buffer.alloc(0);
  for (;;) {
    const event = await nextChunk(stream, options.quietMs ?? 0, options.signal);
    if (!(event instanceof Buffer)) return;
    rest = rest.length === 0 ? event : Buffer.concat([rest, event]);
    for (let end = endOfFrame(rest); end !== undefined; end = endOfFrame(rest)) {
      yield rest.subarray(LENGTH_BYTES, end);
      rest = rest.subarray(end);
    }
  }
}

function endOfFrame(bytes: Buffer): number | undefined {
  if (bytes.length < LENGTH_BYTES) return undefined;
  const end = LENGTH_BYTES + bytes.readUInt16BE(0);
  return end <= bytes.length ? end : undefined;
}

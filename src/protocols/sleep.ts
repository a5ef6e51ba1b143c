/**
 * The sleep protocol: a remote procedure call that takes its time. JSON-RPC 2.0, one message a line:
 *
 *     {"jsonrpc":"2.0","id":1,"method":"sleep","params":{"seconds":2.5}}      or "params":[2.5]
 *     {"jsonrpc":"2.0","id":1,"result":{"requested":2.5,"slept":2.500112,"started":1795423640.123,"ended":1795423642.623}}
 *
 * `deadlineMs` (relative) refuses a sleep that would take longer, at once; `progressEvery` (seconds) asks for `$/progress`
 * notifications; the notification `$/cancelRequest` with `{"id":1}` ends the call 1. Answers come as sleeps end.
 */

import type { Duplex } from 'node:stream';
import { type ErrorCode, NettkError, wrapSystemError } from '../errors.ts';
import { readRawLines } from '../stream/lines.ts';
import { decodeRpc, encodeRpc, isMembers, RPC_CODES, RpcError, type RpcFailure, type RpcId } from './json-rpc.ts';

/** The port of the sleep service. */
export const SLEEP_PORT = 21_568;
/** The longest sleep any server takes: 365 days, in seconds. */
export const LONGEST_SLEEP_S = 31_536_000;
/** The shortest time between two progress notes, in seconds. */
const SHORTEST_PROGRESS_S = 0.1;
/** The method. */
export const SLEEP_METHOD = 'sleep';
/** The notification that cancels a call, as the Language Server Protocol has it. */
export const CANCEL_METHOD = '$/cancelRequest';
/** The notification that tells how far a call is. */
export const PROGRESS_METHOD = '$/progress';

/** The sleep service's own error codes. */
export const SLEEP_CODES = {
  /** Too many sleeps in flight. */
  busy: -32_000,
  /** The server is shutting down. */
  draining: -32_001,
  /** The deadline is shorter than the sleep. */
  deadline: -32_002,
  /** Cancelled by `$/cancelRequest` (RequestCancelled). */
  cancelled: -32_800,
} as const;

/** What is asked. */
export interface SleepRequest {
  /** How long, in seconds. */
  readonly seconds: number;
  /** Milliseconds after which the caller will have gone. */
  readonly deadlineMs?: number;
  /** Seconds between progress notes. */
  readonly progressEvery?: number;
}

/** What is answered. */
export interface SleepResult {
  /** Seconds asked for. */
  readonly requested: number;
  /** Seconds slept by the server's monotonic clock, in microseconds rounded up; never less than `requested`. */
  readonly slept: number;
  /** When it started and ended by the server's wall clock, in Unix seconds with milliseconds. */
  readonly started: number;
  readonly ended: number;
}

const PARAMS = ['seconds', 'deadlineMs', 'progressEvery'] as const;

/**
 * Reads the params of a call, by name or by position.
 *
 * @throws RpcError -32602 naming the parameter and its limits; -32002 where the deadline is shorter than the sleep
 */
export function parseSleepParams(params: unknown, maxSeconds: number): SleepRequest {
  const given = byName(params);
  const seconds = inRange('seconds', given.get('seconds'), 0, maxSeconds);
  const deadline = given.get('deadlineMs');
  const progress = given.get('progressEvery');
  const request: SleepRequest = {
    seconds,
    ...(deadline !== undefined && { deadlineMs: inRange('deadlineMs', deadline, 0, LONGEST_SLEEP_S * 1_000) }),
    ...(progress !== undefined && {
      progressEvery: inRange('progressEvery', progress, SHORTEST_PROGRESS_S, LONGEST_SLEEP_S),
    }),
  };
  if (request.deadlineMs !== undefined && request.deadlineMs < seconds * 1_000) {
    throw new RpcError(SLEEP_CODES.deadline, `deadlineMs ${request.deadlineMs} is shorter than the sleep`);
  }
  return request;
}

function byName(params: unknown): ReadonlyMap<string, unknown> {
  if (Array.isArray(params)) {
    if (params.length > PARAMS.length) throw invalid(`more than ${PARAMS.length} params`);
    return new Map(params.map((value, place) => [PARAMS[place] as string, value]));
  }
  const given = new Map(isMembers(params) ? Object.entries(params) : []);
  const unknown = [...given.keys()].find((name) => !PARAMS.some((known) => known === name));
  if (unknown !== undefined) throw invalid(`unknown param ${JSON.stringify(unknown.slice(0, 32))}`);
  return given;
}

function inRange(name: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value;
  throw invalid(`${name} must be a number from ${min} to ${max}`);
}

const invalid = (message: string): RpcError => new RpcError(RPC_CODES.invalidParams, message);

/** Reads the id out of the params of a `$/cancelRequest`; undefined where there is none. */
export function parseCancelParams(params: unknown): RpcId | undefined {
  const id = isMembers(params) ? params['id'] : Array.isArray(params) ? params[0] : undefined;
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
}

/** How a call is made. */
export interface SleepCallOptions {
  /** Cancels the sleep on the server and gives up with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds the caller will wait; the server refuses at once what would take longer. */
  readonly deadlineMs?: number | undefined;
}

/** One call at a time on a connection needs one id only. */
const CALL_ID = 1;

/**
 * Asks the server at the other end to sleep, and resolves with its answer: never before the time has passed. One call at a
 * time; after a failure the connection has served.
 *
 * @throws NettkError `REFUSED`, `BUSY`, `CANCELLED`, `DEADLINE` as the server says; `NO_ANSWER` when it hangs up;
 *   `PROTOCOL` for an answer that makes no sense; the signal's reason when it aborts
 * @example const { slept } = await sleepCall(await dial('tcp://127.0.0.1:21568'), 2.5);
 */
export async function sleepCall(conn: Duplex, seconds: number, options: SleepCallOptions = {}): Promise<SleepResult> {
  const { signal, deadlineMs } = options;
  signal?.throwIfAborted();
  const params = { seconds, ...(deadlineMs !== undefined && { deadlineMs }) };
  conn.write(`${encodeRpc({ kind: 'call', id: CALL_ID, method: SLEEP_METHOD, params })}\n`);
  try {
    for await (const { bytes } of readRawLines(conn, signal ? { signal } : {})) {
      const result = readAnswer(bytes, seconds);
      if (result) return result;
    }
  } catch (error) {
    throw wrapSystemError(error, ACTION);
  }
  if (signal?.aborted) {
    conn.write(`${encodeRpc({ kind: 'notification', method: CANCEL_METHOD, params: { id: CALL_ID } })}\n`);
    throw signal.reason;
  }
  throw new NettkError({
    code: 'NO_ANSWER',
    action: ACTION,
    reason: 'the server closed the connection before its answer',
  });
}

const ACTION = 'sleep';

/** The answer to our call; undefined for anything else a server may say meanwhile. */
function readAnswer(line: Uint8Array, seconds: number): SleepResult | undefined {
  const { messages } = decodeRpc(line);
  for (const message of messages) {
    if (message.kind === 'malformed') throw nonsense(`an answer that is no JSON-RPC: ${message.error.message}`);
    if (message.kind === 'failure' && (message.id === CALL_ID || message.id === null)) throw refusal(message);
    if (message.kind !== 'result' || message.id !== CALL_ID) continue;
    if (isSleepResult(message.result, seconds)) return message.result;
    throw nonsense('a result that does not fit the call');
  }
  return undefined;
}

function isSleepResult(result: unknown, seconds: number): result is SleepResult {
  if (!isMembers(result)) return false;
  const { requested, slept, started, ended } = result;
  const areNumbers = [slept, started, ended].every((value) => typeof value === 'number');
  return areNumbers && requested === seconds && (slept as number) >= seconds;
}

const BY_CODE: ReadonlyMap<number, ErrorCode> = new Map([
  [SLEEP_CODES.busy, 'BUSY'],
  [SLEEP_CODES.draining, 'CANCELLED'],
  [SLEEP_CODES.cancelled, 'CANCELLED'],
  [SLEEP_CODES.deadline, 'DEADLINE'],
]);

function refusal({ error }: RpcFailure): NettkError {
  return new NettkError({
    code: BY_CODE.get(error.code) ?? 'REFUSED',
    action: ACTION,
    reason: `the server says ${JSON.stringify(error.message)}`,
    cause: error,
  });
}

const nonsense = (reason: string): NettkError => new NettkError({ code: 'PROTOCOL', action: ACTION, reason });

/** JSON-RPC 2.0 (jsonrpc.org/specification): one message or batch as one line of JSON. */

import { isUtf8 } from 'node:buffer';

/** The codes that the specification fixes; -32000 to -32099 are for servers. */
export const RPC_CODES = {
  parse: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
} as const;

/** The longest id taken, in characters: ids are kept while their calls run. */
const MAX_RPC_ID_LENGTH = 256;
/** The most messages taken in one batch. */
export const MAX_RPC_BATCH = 1_000;

/** What tells calls apart on one connection; null where a malformed message had none that could be read. */
export type RpcId = string | number | null;

/** The error member of an answer. */
export interface RpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** A call: it wants an answer. */
export interface RpcCall {
  readonly kind: 'call';
  readonly id: RpcId;
  readonly method: string;
  /** An array, an object, or undefined where it was left out. */
  readonly params?: unknown;
}

/** A call without an id: it gets no answer, not even an error. */
export interface RpcNotification {
  readonly kind: 'notification';
  readonly method: string;
  readonly params?: unknown;
}

/** An answer that worked. */
export interface RpcResult {
  readonly kind: 'result';
  readonly id: RpcId;
  readonly result: unknown;
}

/** An answer that did not. */
export interface RpcFailure {
  readonly kind: 'failure';
  readonly id: RpcId;
  readonly error: RpcErrorObject;
}

/** An answer to a call. */
export type RpcAnswer = RpcResult | RpcFailure;
/** Anything that can be said. */
export type RpcMessage = RpcCall | RpcNotification | RpcAnswer;

/** What came that is no message; `error` and `id` are what its sender shall be told. */
export interface RpcMalformed {
  readonly kind: 'malformed';
  readonly id: RpcId;
  readonly error: RpcErrorObject;
}

/** One line, decoded: a single message, or the messages of a batch. */
export interface RpcInput {
  readonly batch: boolean;
  /** At least one. */
  readonly messages: readonly (RpcMessage | RpcMalformed)[];
}

/** Why a call failed; `code` and `message` go into the answer. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Makes the failing answer to a call, or to what could not be read. */
export function rpcFailure(id: RpcId, code: number, message: string): RpcFailure {
  return { kind: 'failure', id, error: { code, message } };
}

/**
 * Encodes a message, or an array of them as a batch, without a line end; the text never holds one.
 *
 * @example encodeRpc({ kind: 'call', id: 1, method: 'sleep', params: [2.5] }) // '{"jsonrpc":"2.0","id":1,"method":"sleep","params":[2.5]}'
 */
export function encodeRpc(message: RpcMessage | readonly RpcMessage[]): string {
  return JSON.stringify(isBatch(message) ? message.map(onTheWire) : onTheWire(message));
}

function isBatch(message: RpcMessage | readonly RpcMessage[]): message is readonly RpcMessage[] {
  return Array.isArray(message);
}

function onTheWire(message: RpcMessage): object {
  const { kind: _, ...members } = message;
  // A result that is undefined would vanish, and the answer with it.
  return { jsonrpc: '2.0', ...members, ...(message.kind === 'result' && { result: message.result ?? null }) };
}

/**
 * Decodes one line without its end. Never throws: what cannot be read comes out as `malformed`, ready to be answered.
 */
export function decodeRpc(line: Uint8Array): RpcInput {
  if (!isUtf8(line)) return single(malformed(null, RPC_CODES.parse, 'not UTF-8'));
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(line.buffer, line.byteOffset, line.length).toString());
  } catch {
    return single(malformed(null, RPC_CODES.parse, 'not JSON'));
  }
  if (!Array.isArray(value)) return single(readMessage(value));
  if (value.length === 0) return single(malformed(null, RPC_CODES.invalidRequest, 'an empty batch'));
  if (value.length > MAX_RPC_BATCH) {
    return single(malformed(null, RPC_CODES.invalidRequest, `more than ${MAX_RPC_BATCH} messages in a batch`));
  }
  return { batch: true, messages: value.map(readMessage) };
}

const single = (message: RpcMessage | RpcMalformed): RpcInput => ({ batch: false, messages: [message] });

const malformed = (id: RpcId, code: number, message: string): RpcMalformed => ({
  kind: 'malformed',
  id,
  error: { code, message },
});

/** The own members only: a peer's `__proto__` or `toString` is a name like any other. */
type Members = Readonly<Record<string, unknown>>;

function readMessage(value: unknown): RpcMessage | RpcMalformed {
  if (!isMembers(value)) return malformed(null, RPC_CODES.invalidRequest, 'not an object');
  const refuse = (reason: string): RpcMalformed => malformed(id, RPC_CODES.invalidRequest, reason);
  const given = Object.hasOwn(value, 'id') ? value['id'] : undefined;
  const id = isId(given) ? given : null;
  if (given !== undefined && !isId(given)) return refuse('"id" is not a string, a safe number or null, or is too long');
  if (value['jsonrpc'] !== '2.0') return refuse('"jsonrpc" is not "2.0"');
  if (Object.hasOwn(value, 'method')) return readCall(value, given === undefined, id) ?? refuse('not a valid call');
  if (given === undefined) return refuse('"method" is missing');
  return readAnswer(value, id) ?? refuse('"method" is missing');
}

function readCall(value: Members, isNotification: boolean, id: RpcId): RpcCall | RpcNotification | undefined {
  const { method, params } = value;
  if (typeof method !== 'string') return undefined;
  if (params !== undefined && (typeof params !== 'object' || params === null)) return undefined;
  const call = { method, ...(params !== undefined && { params }) };
  return isNotification ? { kind: 'notification', ...call } : { kind: 'call', id, ...call };
}

function readAnswer(value: Members, id: RpcId): RpcAnswer | undefined {
  const hasError = Object.hasOwn(value, 'error');
  if (Object.hasOwn(value, 'result') === hasError) return undefined;
  if (!hasError) return { kind: 'result', id, result: value['result'] };
  const error = value['error'];
  if (!isMembers(error) || typeof error['code'] !== 'number' || typeof error['message'] !== 'string') return undefined;
  const { code, message, data } = error;
  return { kind: 'failure', id, error: { code, message, ...(data !== undefined && { data }) } };
}

/** JSON objects as a peer sent them, arrays excluded. */
export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A number that the answer could not give back exactly would never find its call. */
function isId(value: unknown): value is RpcId {
  if (typeof value === 'string') return value.length <= MAX_RPC_ID_LENGTH;
  if (typeof value === 'number') return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
  return value === null;
}

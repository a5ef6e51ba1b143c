/** The sleep service over UDP: a datagram is one plain line or one JSON-RPC object, and so is its answer. */

import { encodeRpc, isMembers, RPC_CODES, type RpcAnswer, rpcFailure } from '../../protocols/json-rpc.ts';
import type { DatagramPeer } from '../service.ts';
import { SleepCalls, type SleepHouse } from './calls.ts';
import { createHand } from './hand.ts';
import { answerRpc } from './rpc.ts';

interface Caller {
  readonly calls: SleepCalls;
  readonly byHand: (text: string) => Promise<string | undefined>;
  /** Its datagrams not answered yet. */
  pending: number;
}

/** Answers the datagrams of one server; each source address and port is a caller with ids of its own. */
export class SleepDatagrams {
  readonly #house: SleepHouse;
  readonly #callers = new Map<string, Caller>();
  #signal: AbortSignal | undefined;

  constructor(house: SleepHouse) {
    this.#house = house;
  }

  /** Answers one datagram, in no more bytes than its peer may get; undefined where there is nothing to say. */
  async answer(message: Buffer, peer: DatagramPeer, signal: AbortSignal): Promise<Buffer | undefined> {
    const [line, ending] = splitEnding(message);
    if (signal.aborted || isAnswer(line)) return undefined;
    this.#abandonAtAbortOf(signal);
    const key = `${peer.host} ${peer.port}`;
    const caller = this.#callers.get(key) ?? this.#enter(key);
    caller.pending += 1;
    try {
      const text = await answerLine(line, caller, peer.maxAnswer - ending.length);
      return text === undefined ? undefined : Buffer.from(text + ending);
    } finally {
      caller.pending -= 1;
      if (caller.pending === 0) this.#callers.delete(key);
    }
  }

  #enter(key: string): Caller {
    const calls = new SleepCalls(this.#house, () => () => {});
    const caller: Caller = { calls, byHand: createHand(calls), pending: 0 };
    this.#callers.set(key, caller);
    return caller;
  }

  /** One listener for all: thousands may be pending. */
  #abandonAtAbortOf(signal: AbortSignal): void {
    if (this.#signal === signal) return;
    this.#signal = signal;
    signal.addEventListener('abort', () => {
      for (const { calls } of this.#callers.values()) calls.abandon();
    });
  }
}

async function answerLine(line: Buffer, caller: Caller, maxBytes: number): Promise<string | undefined> {
  const text = line.toString().trim();
  if (text === '') return undefined;
  if (text.startsWith('[')) return limited(rpcFailure(null, RPC_CODES.invalidRequest, 'no batches over UDP'), maxBytes);
  if (!text.startsWith('{')) return (await caller.byHand(text))?.slice(0, maxBytes);
  const answer = await answerRpc(line, caller.calls);
  return answer === undefined || Array.isArray(answer) ? undefined : limited(answer as RpcAnswer, maxBytes);
}

/** Shortens an answer that would be too long: a result to what counts, an error to fewer words; else there is none. */
function limited(answer: RpcAnswer, maxBytes: number): string | undefined {
  const whole = encodeRpc(answer);
  const excess = Buffer.byteLength(whole) - maxBytes;
  if (excess <= 0) return whole;
  const short = encodeRpc(shorten(answer, excess));
  return Buffer.byteLength(short) <= maxBytes ? short : undefined;
}

function shorten(answer: RpcAnswer, excess: number): RpcAnswer {
  if (answer.kind === 'failure') {
    const { code, message } = answer.error;
    return rpcFailure(answer.id, code, message.slice(0, Math.max(0, message.length - excess)));
  }
  if (!isMembers(answer.result)) return answer;
  const { requested, slept } = answer.result;
  return { ...answer, result: { requested, slept } };
}

/** What another sleep server says is not answered: two of them would not stop. */
const isAnswer = (line: Buffer): boolean => /^\s*(ok|error)\b/i.test(line.toString('latin1', 0, 16));

function splitEnding(message: Buffer): [Buffer, string] {
  if (message.at(-1) !== 0x0a) return [message, ''];
  const isCrlf = message.at(-2) === 0x0d;
  return [message.subarray(0, isCrlf ? -2 : -1), isCrlf ? '\r\n' : '\n'];
}

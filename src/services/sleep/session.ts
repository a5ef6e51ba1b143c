/** A sleep session's faces on one port: JSON-RPC lines, plain lines, HTTP; the first byte that is not blank decides. */

import { NettkError } from '../../errors.ts';
import type { Conn } from '../../net/conn.ts';
import { encodeRpc, RPC_CODES, rpcFailure } from '../../protocols/json-rpc.ts';
import { drained } from '../../stream/drained.ts';
import { firstByte } from '../../stream/first-byte.ts';
import { type HttpAnswer, type HttpRequest, serveHttp } from '../../stream/http.ts';
import { isOwnAddress } from '../../stream/http-origin.ts';
import { readRawLines } from '../../stream/lines.ts';
import { nextTurn } from '../../stream/turn.ts';
import type { SleepCalls } from './calls.ts';
import { createHand } from './hand.ts';
import { answerRpc } from './rpc.ts';

/** Where a client asks by HTTP. */
const RPC_PATH = '/rpc';
/** The first letters of HTTP's methods; a plain line in small letters starts with none of them. */
const HTTP_LETTERS = 'GHPDOTC';

/** Lines answered in one turn of the event loop; then the sleeps that are due, of all connections, get theirs. */
const LINES_PER_TURN = 16;

/** Serves one connection in the way it starts; ends when the client has, and all its answers are written. */
export async function serveSleep(conn: Conn, calls: SleepCalls, signal: AbortSignal): Promise<void> {
  const first = await firstByte(conn, signal);
  if (first === '') return;
  if (HTTP_LETTERS.includes(first)) {
    const localOnly = conn.peer.scheme !== 'unix' && isOwnAddress(conn.peer.host);
    await serveHttp(conn, (request) => answerHttp(request, calls), { localOnly, signal });
    return;
  }
  const session = new LineSession(conn);
  const face = '{['.includes(first) ? rpcFace(session, calls) : handFace(session, calls);
  await session.run(face, signal);
}

/** How lines are answered, and what is said to one that cannot be read at all. */
interface Face {
  answer(line: Buffer): Promise<void>;
  refuse(reason: string): void;
}

function rpcFace(session: LineSession, calls: SleepCalls): Face {
  return {
    async answer(line) {
      const answer = await answerRpc(line, calls, (note) => session.sayIfRead(encodeRpc(note)));
      if (answer) session.say(encodeRpc(answer));
    },
    refuse: (reason) => session.say(encodeRpc(rpcFailure(null, RPC_CODES.parse, reason))),
  };
}

function handFace(session: LineSession, calls: SleepCalls): Face {
  const byHand = createHand(calls);
  return {
    async answer(line) {
      const answer = await byHand(line.toString());
      if (answer !== undefined) session.say(answer);
    },
    refuse: (reason) => session.say(`error ${reason}`),
  };
}

/** Lines in, answers out as they come, in any order. */
class LineSession {
  readonly #conn: Conn;
  readonly #answers = new Set<Promise<void>>();
  #corked = false;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  /** Writes a line; all that is said in one turn of the event loop leaves in one write. */
  say(line: string): void {
    if (!this.#conn.writable) return;
    if (!this.#corked) {
      this.#corked = true;
      this.#conn.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#conn.uncork();
      });
    }
    this.#conn.write(`${line}\n`);
  }

  /** Writes a line that may be left out: not to a client that does not read. */
  sayIfRead(line: string): void {
    if (!this.#conn.writableNeedDrain) this.say(line);
  }

  async run(face: Face, signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    // While the server drains, requests are still read, to be refused, for as long as answers are under way.
    const onDrain = (): void =>
      void this.#answered().then(
        () => stop.abort(),
        () => stop.abort(),
      );
    signal.addEventListener('abort', onDrain);
    if (signal.aborted) onDrain();
    try {
      await this.#read(face, stop.signal);
    } finally {
      signal.removeEventListener('abort', onDrain);
    }
    await this.#answered();
  }

  async #read(face: Face, signal: AbortSignal): Promise<void> {
    let count = 0;
    try {
      for await (const { bytes } of readRawLines(this.#conn, { signal })) {
        count += 1;
        if (count % LINES_PER_TURN === 0) await nextTurn();
        if (isBlank(bytes)) continue;
        this.#track(face.answer(bytes));
        // A client that does not read its answers is not read either.
        await drained(this.#conn);
      }
    } catch (error) {
      if (!(error instanceof NettkError)) throw error;
      face.refuse(error.message);
    }
  }

  #track(answer: Promise<void>): void {
    this.#answers.add(answer);
    // One that failed stays, for #answered to throw.
    answer.then(() => this.#answers.delete(answer)).catch(() => {});
  }

  async #answered(): Promise<void> {
    while (this.#answers.size > 0) await Promise.all(this.#answers);
  }
}

const isBlank = (line: Buffer): boolean => line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);

async function answerHttp({ method, path, body }: HttpRequest, calls: SleepCalls): Promise<HttpAnswer> {
  if (path !== RPC_PATH) return { status: 404, body: `nothing here; POST a JSON-RPC 2.0 call to ${RPC_PATH}\n` };
  if (method !== 'POST') return { status: 405, headers: { allow: 'POST' }, body: `only POST works on ${RPC_PATH}\n` };
  const answer = await answerRpc(body, calls);
  if (answer === undefined) return { status: 204 };
  return { status: 200, headers: { 'content-type': 'application/json' }, body: `${encodeRpc(answer)}\n` };
}

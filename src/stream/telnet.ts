/**
 * Telnet's commands taken out of a byte stream, and every option refused (RFC 854, RFC 855). CR NUL is left as it is.
 *
 * Only a request (WILL, DO) is answered, with a refusal. WONT and DONT say what holds already, and an answer to them would
 * be answered in turn, for ever.
 */

import { NettkError } from '../errors.ts';

/** The most bytes of a subnegotiation that are skipped; who sends more would have everything after it vanish. */
const MAX_SUBNEGOTIATION_BYTES = 65_536;

const IAC = 0xff;
const DONT = 0xfe;
const DO = 0xfd;
const WONT = 0xfc;
const WILL = 0xfb;
const SB = 0xfa;
const SE = 0xf0;

/** What a chunk held. */
export interface TelnetInput {
  /** The bytes that are not commands. */
  readonly data: Buffer;
  /** What to send back, as it is. */
  readonly answers: Buffer;
}

/** Where the decoder stands: in data, after an IAC, after WILL … DONT, in a subnegotiation, after an IAC in it. */
type Place = 'data' | 'command' | 'option' | 'subnegotiation' | 'subcommand';

/** Takes telnet commands out of a stream cut anywhere; keeps at most one byte of it. */
export class TelnetDecoder {
  #place: Place = 'data';
  #verb = 0;
  #skipped = 0;

  /**
   * Takes the next bytes.
   *
   * @throws NettkError `PROTOCOL` when a subnegotiation is longer than 64 KiB
   */
  push(chunk: Buffer): TelnetInput {
    if (this.#place === 'data' && !chunk.includes(IAC)) return { data: chunk, answers: Buffer.alloc(0) };
    const data = Buffer.allocUnsafe(chunk.length);
    const answers: number[] = [];
    let kept = 0;
    for (const byte of chunk) {
      const literal = this.#step(byte, answers);
      if (literal) data[kept++] = byte;
    }
    return { data: data.subarray(0, kept), answers: Buffer.from(answers) };
  }

  /** Takes a byte; true where it is data. */
  #step(byte: number, answers: number[]): boolean {
    switch (this.#place) {
      case 'data':
        if (byte === IAC) this.#place = 'command';
        return byte !== IAC;
      case 'command':
        return this.#command(byte);
      case 'option':
        this.#place = 'data';
        if (this.#verb === WILL) answers.push(IAC, DONT, byte);
        if (this.#verb === DO) answers.push(IAC, WONT, byte);
        return false;
      case 'subnegotiation':
        this.#skip();
        if (byte === IAC) this.#place = 'subcommand';
        return false;
      case 'subcommand':
        return this.#subcommand(byte);
    }
  }

  #command(byte: number): boolean {
    this.#place = 'data';
    if (byte >= WILL && byte <= DONT) {
      this.#verb = byte;
      this.#place = 'option';
    }
    if (byte === SB) {
      this.#skipped = 0;
      this.#place = 'subnegotiation';
    }
    return byte === IAC;
  }

  /** A command inside a subnegotiation that is neither its end nor a literal 0xFF: the end was forgotten. */
  #subcommand(byte: number): boolean {
    if (byte === SE) this.#place = 'data';
    else if (byte === IAC) this.#place = 'subnegotiation';
    else this.#command(byte);
    return false;
  }

  #skip(): void {
    this.#skipped += 1;
    if (this.#skipped <= MAX_SUBNEGOTIATION_BYTES) return;
    const reason = `a subnegotiation longer than ${MAX_SUBNEGOTIATION_BYTES} bytes`;
    throw new NettkError({ code: 'PROTOCOL', action: 'read telnet', reason });
  }
}

/**
 * Makes the stage that leaves only the data of what a telnet peer sends.
 *
 * @param answer sends a refusal back; the peer is read on when it resolves
 */
export function telnetReceive(answer: (bytes: Buffer) => Promise<void>) {
  return async function* receive(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const decoder = new TelnetDecoder();
    for await (const chunk of source) {
      const { data, answers } = decoder.push(chunk);
      if (answers.length > 0) await answer(answers);
      if (data.length > 0 || chunk.length === 0) yield data;
    }
  };
}

/** Doubles 0xFF, so that data stays data. A chunk stays one chunk. */
export async function* telnetSend(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of source) yield escapeIac(chunk);
}

function escapeIac(chunk: Buffer): Buffer {
  const parts: Buffer[] = [];
  let start = 0;
  for (let at = chunk.indexOf(IAC); at !== -1; at = chunk.indexOf(IAC, at + 1)) {
    parts.push(chunk.subarray(start, at + 1));
    start = at;
  }
  return parts.length === 0 ? chunk : Buffer.concat([...parts, chunk.subarray(start)]);
}

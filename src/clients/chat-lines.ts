/** How a chat looks: who said it in front of every line, as ncat's --chat has it, and nothing that drives a terminal. */

import { printableLines } from '../stream/printable.ts';

/** A line is sent on in pieces of this many bytes where its end does not come. */
const MAX_LINE_BYTES = 16_384;
/** Text without a line end is sent on after this much silence, in milliseconds. */
const UNFRAMED_AFTER_MS = 200;
const LF = 0x0a;

/** One speaker's words, line by line, however they are cut on the way. */
export class ChatLines {
  readonly #name: string;
  readonly #say: (line: Buffer) => void;
  #parts: Buffer[] = [];
  #length = 0;
  #silence: NodeJS.Timeout | undefined;

  /**
   * @param name the speaker's
   * @param say hears each line, with the name in front and a line feed at its end
   */
  constructor(name: string, say: (line: Buffer) => void) {
    this.#name = name;
    this.#say = say;
  }

  /** Takes the next bytes. */
  push(chunk: Buffer): void {
    clearTimeout(this.#silence);
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      this.#keep(chunk.subarray(start, end));
      this.#tell();
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    if (this.#length >= MAX_LINE_BYTES) this.#tell();
    if (this.#length > 0) this.#silence = setTimeout(() => this.flush(), UNFRAMED_AFTER_MS);
  }

  /** Sends on what is left without a line end. */
  flush(): void {
    clearTimeout(this.#silence);
    if (this.#length > 0) this.#tell();
  }

  #keep(part: Buffer): void {
    if (part.length > 0) this.#parts.push(part);
    this.#length += part.length;
  }

  #tell(): void {
    const text = Buffer.concat(this.#parts).toString('utf8').replace(/\r$/, '');
    this.#parts = [];
    this.#length = 0;
    this.#say(Buffer.from(`<${this.#name}> ${printableLines(text)}\n`));
  }
}

/** Somebody who takes part. */
export interface Speaker {
  readonly name: string;
  /** The address they come from. */
  readonly where: string;
}

/** Tells everybody who came, and who was there already. */
export function arrival({ name, where }: Speaker, others: readonly Speaker[]): Buffer {
  const list = others.map((other) => `${other.where} as <${other.name}>`).join(', ') || 'nobody';
  return Buffer.from(`<announce> ${where} is connected as <${name}>.\n<announce> already connected: ${list}.\n`);
}

/** Tells everybody who left. */
export function departure({ name }: Speaker): Buffer {
  return Buffer.from(`<announce> <${name}> is disconnected.\n`);
}

/** Answers of several lines ended by a line of one dot, lines that start with a dot doubled (RFC 5321, section 4.5.2). */

import { NettkError } from '../errors.ts';

/** The line that ends an answer. */
const END = '.';

/** Encodes an answer: each line with LF, dot-stuffed, and the final dot. Lines hold no line ends of their own. */
export function encodeDotLines(lines: readonly string[]): string {
  let text = '';
  for (const line of lines) text += line.startsWith('.') ? `.${line}\n` : `${line}\n`;
  return `${text}${END}\n`;
}

/** Decodes answers from lines without their ends, fed one by one. */
export class DotLinesDecoder {
  readonly #maxLines: number;
  readonly #maxLength: number;
  #lines: string[] = [];
  #length = 0;

  /**
   * @param maxLines more lines than this in one answer are an error
   * @param maxLength more characters than this in one answer are an error
   */
  constructor(maxLines = 100_000, maxLength = 33_554_432) {
    this.#maxLines = maxLines;
    this.#maxLength = maxLength;
  }

  /** Are lines waiting for their final dot? */
  get pending(): boolean {
    return this.#lines.length > 0;
  }

  /**
   * Takes a line; returns the whole answer when this was its final dot.
   *
   * @throws NettkError `TOO_LONG` past the most lines or characters
   */
  push(line: string): string[] | undefined {
    if (line === END) {
      const whole = this.#lines;
      this.#lines = [];
      this.#length = 0;
      return whole;
    }
    this.#length += line.length;
    if (this.#lines.length === this.#maxLines) throw tooLong(`more than ${this.#maxLines} lines`);
    if (this.#length > this.#maxLength) throw tooLong(`more than ${this.#maxLength} characters`);
    this.#lines.push(line.startsWith('.') ? line.slice(1) : line);
    return undefined;
  }
}

function tooLong(reason: string): NettkError {
  return new NettkError({ code: 'TOO_LONG', action: 'read an answer', reason });
}

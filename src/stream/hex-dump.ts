/**
 * A hex dump of traffic: for each chunk a line with direction, time, peer and length, then lines with direction, offset,
 * hex and ASCII. `<` came from the peer, `>` went to it (as nc.traditional and socat mark them).
 */

import { printable } from './printable.ts';

/** Bytes on a line. */
const ROW_BYTES = 16;
/** Two digits and a space for each, and one space in the middle. */
const HEX_COLUMNS = ROW_BYTES * 3 + 1;
const OFFSET_DIGITS = 8;

/** Which way bytes went. */
export type Direction = '<' | '>';

/** The dump of one conversation: counts the offset of each direction. */
export class HexDump {
  readonly #who: string;
  readonly #now: () => Date;
  readonly #offsets: Record<Direction, number> = { '<': 0, '>': 0 };

  /**
   * @param who names the conversation in the header lines
   * @param now the wall clock
   */
  constructor(who: string, now: () => Date = () => new Date()) {
    this.#who = printable(who);
    this.#now = now;
  }

  /**
   * The dump of the next chunk, lines with their ends.
   *
   * @example new HexDump('tcp://127.0.0.1:7').text('>', Buffer.from('hi\n'))
   */
  text(direction: Direction, chunk: Uint8Array): string {
    const size = chunk.length === 1 ? '1 byte' : `${chunk.length} bytes`;
    let text = `${direction} ${this.#now().toISOString()} ${this.#who} ${size}\n`;
    for (let at = 0; at < chunk.length; at += ROW_BYTES) {
      text += `${direction} ${row(this.#offsets[direction] + at, chunk.subarray(at, at + ROW_BYTES))}\n`;
    }
    this.#offsets[direction] += chunk.length;
    return text;
  }
}

function row(offset: number, bytes: Uint8Array): string {
  let hex = '';
  let ascii = '';
  for (const [i, byte] of bytes.entries()) {
    hex += `${i === ROW_BYTES / 2 ? ' ' : ''}${HEX[byte]} `;
    ascii += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
  }
  return `${offset.toString(16).padStart(OFFSET_DIGITS, '0')}  ${hex.padEnd(HEX_COLUMNS)} |${ascii}|`;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * A hex dump of traffic: for each chunk a line with direction, time, peer and length, then lines with direction, offset,
 * hex and ASCII. `<` came from the peer, `>` went to it (as nc.traditional and socat mark them).
 */

import { printable } from './printable.ts';

/** Bytes on a line. */
const ROW_BYTES = 16;
const OFFSET_DIGITS = 8;
/** After the direction, a space, the offset and two spaces. */
const HEX_COLUMN = OFFSET_DIGITS + 4;
/** After two digits and a space for each byte, a space in the middle and one at the end. */
const TEXT_COLUMN = HEX_COLUMN + ROW_BYTES * 3 + 2;
/** A full row: text between two bars, and the line's end. */
const ROW_LENGTH = TEXT_COLUMN + ROW_BYTES + 3;
const DIGITS = Buffer.from('0123456789abcdef');
const [BAR, DOT, LINE_FEED] = [0x7c, 0x2e, 0x0a];

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
   * @example new HexDump('tcp://127.0.0.1:7').dump('>', Buffer.from('hi\n')).toString()
   */
  dump(direction: Direction, chunk: Uint8Array): Buffer {
    const size = chunk.length === 1 ? '1 byte' : `${chunk.length} bytes`;
    const header = `${direction} ${this.#now().toISOString()} ${this.#who} ${size}\n`;
    const rows = rowsOf(direction, this.#offsets[direction], chunk);
    this.#offsets[direction] += chunk.length;
    return Buffer.concat([Buffer.from(header), rows]);
  }
}

/** Byte by byte into memory of the right size: as strings it takes ten times as long. */
function rowsOf(direction: Direction, offset: number, chunk: Uint8Array): Buffer {
  const rest = chunk.length % ROW_BYTES;
  const missing = rest === 0 ? 0 : ROW_BYTES - rest;
  const rows = Buffer.alloc(Math.ceil(chunk.length / ROW_BYTES) * ROW_LENGTH - missing, ' ');
  for (let at = 0, row = 0; at < chunk.length; at += ROW_BYTES, row += ROW_LENGTH) {
    rows.write(`${direction} ${(offset + at).toString(16).padStart(OFFSET_DIGITS, '0')}`, row, 'latin1');
    const end = Math.min(at + ROW_BYTES, chunk.length);
    let hex = row + HEX_COLUMN;
    let text = row + TEXT_COLUMN;
    rows[text++] = BAR;
    for (let i = at; i < end; i += 1) {
      const byte = chunk[i] as number;
      if (i - at === ROW_BYTES / 2) hex += 1;
      rows[hex] = DIGITS[byte >> 4] as number;
      rows[hex + 1] = DIGITS[byte & 15] as number;
      hex += 3;
      rows[text++] = byte >= 0x20 && byte < 0x7f ? byte : DOT;
    }
    rows[text++] = BAR;
    rows[text] = LINE_FEED;
  }
  return rows;
}

/** Data from a peer on its way to standard output: escaped where a terminal would obey it, untouched otherwise. */

import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { printableLines } from '../stream/printable.ts';
import type { Io } from './io.ts';

/** Writes a peer's bytes; on a terminal control bytes are shown as escapes unless `raw`. */
export async function writePeerData(io: Io, data: Uint8Array, raw: boolean): Promise<void> {
  await io.write(raw || !io.stdoutIsTty ? data : printableLines(Buffer.from(data).toString('utf8')));
}

/** Writes one answer as a line: its own line end, CRLF or LF, becomes LF; one is added where there was none. */
export async function writeAnswer(io: Io, answer: Uint8Array, raw: boolean): Promise<void> {
  await writePeerData(io, Buffer.concat([withoutLineEnd(answer), Buffer.from('\n')]), raw);
}

/** An answer's text for JSON, without its line end. */
export function answerText(answer: Uint8Array): string {
  return withoutLineEnd(answer).toString('utf8');
}

function withoutLineEnd(bytes: Uint8Array): Buffer {
  const buffer = Buffer.from(bytes);
  if (buffer.at(-1) !== 0x0a) return buffer;
  return buffer.subarray(0, buffer.at(-2) === 0x0d ? -2 : -1);
}

/** The stream a peer's bytes may be pumped to: standard output itself, or on a terminal one that escapes first. */
export function terminalGuard(io: Io, output: Writable, raw: boolean): Writable {
  if (raw || !io.stdoutIsTty) return output;
  const decoder = new StringDecoder('utf8');
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      output.write(printableLines(decoder.write(chunk)), (error) => done(error));
    },
  });
}

/** Line ends for protocols that want CRLF (RFC 5321, section 2.3.8, and most of its time): a bare LF gets its CR. */

const CR = 0x0d;
const LF = 0x0a;
const CRLF = Buffer.from('\r\n');

/**
 * Turns LF into CRLF; a CRLF that is there stays one, also where CR and LF come in separate chunks. A chunk stays one
 * chunk.
 */
export async function* crlf(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let before = 0;
  for await (const chunk of source) {
    yield withCarriageReturns(chunk, before);
    before = chunk.at(-1) ?? before;
  }
}

/** @param before the byte that came before the chunk */
function withCarriageReturns(chunk: Buffer, before: number): Buffer {
  const parts: Buffer[] = [];
  let start = 0;
  for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, at + 1)) {
    if ((at === 0 ? before : chunk[at - 1]) === CR) continue;
    parts.push(chunk.subarray(start, at), CRLF);
    start = at + 1;
  }
  return parts.length === 0 ? chunk : Buffer.concat([...parts, chunk.subarray(start)]);
}

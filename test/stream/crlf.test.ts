import fc from 'fast-check';
import { expect, it } from 'vitest';
import { crlf } from '../../src/stream/crlf.ts';
import { bytesOf, chunksOf, cutBytes, streamOf } from '../support/cuts.ts';

const sent = async (...chunks: string[]): Promise<string[]> =>
  (await chunksOf(crlf(streamOf(chunks.map((one) => Buffer.from(one)))))).map(String);

it('gives a bare LF its CR and leaves what has one', async () => {
  expect(await sent('a\nb\r\nc\n\nd\re\n')).toEqual(['a\r\nb\r\nc\r\n\r\nd\re\r\n']);
});

it('sees the CR that came at the end of the chunk before', async () => {
  expect(await sent('d\r', '\ne', '\n')).toEqual(['d\r', '\ne', '\r\n']);
  expect(await sent('d\r', '', '\ne')).toEqual(['d\r', '', '\ne']);
});

it('keeps a chunk one chunk, as a datagram must stay one', async () => {
  expect(await sent('', 'a\nb\n', '')).toEqual(['', 'a\r\nb\r\n', '']);
});

it('gives the same bytes however they are cut: those with every bare LF replaced', async () => {
  await fc.assert(
    fc.asyncProperty(cutBytes([0x0d, 0x0a, 0x61]), async ([bytes, chunks]) => {
      const expected = bytes.toString('latin1').replace(/(?<!\r)\n/g, '\r\n');
      expect((await bytesOf(crlf(streamOf(chunks)))).toString('latin1')).toBe(expected);
    }),
    { numRuns: 1_000 },
  );
});

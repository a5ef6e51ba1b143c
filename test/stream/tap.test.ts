import { expect, it } from 'vitest';
import { tap } from '../../src/stream/tap.ts';
import { bytesOf, chunksOf, streamOf } from '../support/cuts.ts';

const chunks = [Buffer.from('a'), Buffer.alloc(0), Buffer.from('bc')];

it('shows every chunk, and passes it on', async () => {
  const seen: string[] = [];
  const passed = tap((chunk) => void seen.push(chunk.toString()))(streamOf(chunks));
  expect((await chunksOf(passed)).map(String)).toEqual(['a', '', 'bc']);
  expect(seen).toEqual(['a', '', 'bc']);
});

it('passes a chunk on only when it has been recorded', async () => {
  const recorded = Promise.withResolvers<void>();
  let passed = false;
  const first = tap(() => recorded.promise)(streamOf(chunks))
    .next()
    .then(() => {
      passed = true;
    });
  await new Promise(setImmediate);
  expect(passed).toBe(false);
  recorded.resolve();
  await first;
});

it('ends the stream with the error of a log that cannot be written', async () => {
  const full = tap(() => Promise.reject(new Error('full')))(streamOf(chunks));
  await expect(bytesOf(full)).rejects.toThrow('full');
});

import { describe, expect, it } from 'vitest';
import { datagramEnd } from '../../src/stream/datagram-end.ts';
import { chain } from '../../src/stream/shape.ts';
import { chunksOf, streamOf } from '../support/cuts.ts';

const sizes = async (maxBytes: number | undefined, ...chunks: number[]): Promise<number[]> =>
  (await chunksOf(chain(streamOf(chunks.map((size) => Buffer.alloc(size))), datagramEnd(1, maxBytes).send))).map(
    (one) => one.length,
  );

describe('datagrams with an end', () => {
  it('are cut to what a datagram can be, where they come from a byte stream', async () => {
    expect(await sizes(10, 25, 10, 3)).toEqual([10, 10, 5, 10, 3]);
    expect(await sizes(undefined, 25, 0)).toEqual([25, 0]);
  });

  it('go on as long as something comes, and end after a silence once all is sent', async () => {
    const { send, receive } = datagramEnd(30);
    const more = Promise.withResolvers<void>();
    async function* source(): AsyncGenerator<Buffer> {
      yield Buffer.from('a');
      await more.promise;
      yield Buffer.from('b');
      await new Promise(() => {});
    }
    const got: string[] = [];
    const over = (async () => {
      for await (const chunk of chain(source(), receive)) got.push(chunk.toString());
    })();
    await new Promise(setImmediate);
    expect(got).toEqual(['a']);
    more.resolve();
    await chunksOf(chain(streamOf([]), send));
    await over;
    expect(got).toEqual(['a', 'b']);
  });

  it('end with their source', async () => {
    const got = await chunksOf(chain(streamOf([Buffer.from('a')]), datagramEnd(1).receive));
    expect(got.map(String)).toEqual(['a']);
  });
});

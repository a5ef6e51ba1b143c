import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dnsFrame, readDnsFrames } from '../../src/protocols/dns-frames.ts';

async function readAll(chunks: readonly Uint8Array[], quietMs = 0): Promise<string[]> {
  const stream = new PassThrough({ autoDestroy: false });
  const found: string[] = [];
  for (const chunk of chunks) stream.write(chunk);
  if (quietMs === 0) stream.end();
  for await (const message of readDnsFrames(stream, { quietMs })) found.push(message.toString('hex'));
  expect(stream.destroyed).toBe(false);
  return found;
}

describe('messages in a stream', () => {
  it('come out as they went in, however the stream is cut', async () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(messages, fc.array(fc.nat(40), { minLength: 1, maxLength: 20 }), async (all, cuts) => {
        const bytes = Buffer.concat(all.map((one) => dnsFrame(Buffer.from(one))));
        const chunks: Buffer[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = (cuts[turn % cuts.length] as number) + 1;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(await readAll(chunks)).toEqual(all.map((one) => Buffer.from(one).toString('hex')));
      }),
      { numRuns: 50 },
    );
  });

  it('end with the stream; a piece of one is dropped', async () => {
    expect(await readAll([dnsFrame(Buffer.from('ab')), Buffer.from([0, 9, 1])])).toEqual(['6162']);
  });

  it('end when nothing comes for too long', async () => {
    expect(await readAll([dnsFrame(Buffer.from('ab'))], 20)).toEqual(['6162']);
  });
});

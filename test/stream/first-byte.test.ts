import { duplexPair } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { firstByte } from '../../src/stream/first-byte.ts';
import { readLines } from '../../src/stream/lines.ts';

const never = new AbortController().signal;

describe('firstByte', () => {
  it('looks past blanks, cut anywhere, and takes nothing else', async () => {
    const [client, server] = duplexPair();
    for (const piece of ['\r', '\n \t', ' ', ' {a', 'b\n', 'c\n']) client.write(piece);
    client.end();
    expect(await firstByte(server, never)).toBe('{');
    const lines: string[] = [];
    for await (const line of readLines(server)) lines.push(line);
    expect(lines).toEqual(['{ab', 'c']);
  });

  it('leaves the byte of a client that has half-closed', async () => {
    const [client, server] = duplexPair();
    client.end('\nx');
    expect(await firstByte(server, never)).toBe('x');
    expect(await readLines(server).next()).toEqual({ done: false, value: 'x' });
  });

  it('is empty where the stream ends, closes or the signal aborts before it', async () => {
    const [client, server] = duplexPair();
    client.end(' \n');
    expect(await firstByte(server, never)).toBe('');
    server.destroy();
    expect(await firstByte(server, never)).toBe('');
    expect(await firstByte(duplexPair()[0], AbortSignal.abort())).toBe('');
  });

  it("throws the stream's error", async () => {
    const [, server] = duplexPair();
    server.on('error', () => {}).destroy(new Error('reset'));
    await expect(firstByte(server, never)).rejects.toThrow('reset');
  });
});

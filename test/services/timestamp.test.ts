import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { serve } from '../../src/net/serve.ts';
import { timestamp } from '../../src/services/timestamp.ts';
import { askOverUdp, connectTo, openDatagramClient, readBytes, readToEnd, until } from '../support/sockets.ts';

const DEFAULTS = { once: false, serial: false, unframedAfter: 100 };
const start = (options: Partial<typeof DEFAULTS> = {}) =>
  serve(timestamp, { endpoints: ['tcp://127.0.0.1:0', 'udp://127.0.0.1:0'], options: { ...DEFAULTS, ...options } });
/** An answer with its date taken out. */
const undated = (answer: Buffer): string =>
  answer.toString().replaceAll(/\[\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}\]/g, '[]');

afterEach(() => {
  vi.useRealTimers();
});

describe('timestamp', () => {
  it('stamps each line and keeps its line end', async () => {
    await using server = await start();
    const client = await connectTo(server.endpoints[0]!);
    client.end('one\r\ntwo\n\nlast');
    expect(undated(await readToEnd(client))).toBe('[] one\r\n[] two\n[] \n[] last');
  });

  it('answers a message without a line end while its client waits', async () => {
    await using server = await start();
    const client = await connectTo(server.endpoints[0]!);
    client.write('hello');
    expect(undated(await readBytes(client, 10))).toBe('[] hello');
    client.write('again');
    expect(undated(await readBytes(client, 10))).toBe('[] again');
    client.destroy();
  });

  it('never takes silence for an end where told so', async () => {
    vi.useFakeTimers();
    const stream = Object.assign(new PassThrough(), { peer: { scheme: 'tcp', host: '', port: 0, path: '' } as const });
    const written: string[] = [];
    stream.write('part');
    const conn = Object.create(stream, { write: { value: (data: Buffer) => written.push(data.toString()) } });
    const context = { options: { ...DEFAULTS, unframedAfter: 0 }, signal: new AbortController().signal };
    const over = timestamp.session?.(conn, { ...context, state: undefined, graceMs: 0, hold: () => () => {} });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(written).toEqual([]);
    stream.end('ner\n');
    await over;
    expect(written).toHaveLength(1);
    expect(written[0]).toMatch(/\] partner\n$/);
  });

  it('closes after one answer with --once, a request handler of its own for each', async () => {
    await using server = await start({ once: true });
    for (const word of ['first', 'second']) {
      const client = await connectTo(server.endpoints[0]!);
      client.write(`${word}\nmore\n`);
      expect(undated(await readToEnd(client))).toBe(`[] ${word}\n`);
      client.end();
    }
  });

  it('lets the second client wait for the first with --serial', async () => {
    await using server = await start({ serial: true });
    const first = await connectTo(server.endpoints[0]!);
    first.write('a\n');
    await once(first, 'readable');
    const second = await connectTo(server.endpoints[0]!);
    second.end('b\n');
    await until(() => server.connections === 2);
    expect(second.readableLength).toBe(0);
    first.end();
    expect(undated(await readToEnd(first))).toBe('[] a\n');
    expect(undated(await readToEnd(second))).toBe('[] b\n');
  });

  it('stamps a datagram as it is', async () => {
    await using server = await start();
    const client = await openDatagramClient();
    expect(undated(await askOverUdp(client, server.endpoints[1]!, 'hello\n'))).toBe('[] hello\n');
    expect(undated(await askOverUdp(client, server.endpoints[1]!, ''))).toBe('[] ');
    client.close();
  });
});

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { runNettk, startNettk } from '../support/nettk.ts';
import { readToEnd } from '../support/sockets.ts';
import { frame, readCloseCode, readHead, request } from '../support/web-sockets.ts';

/** What a server may take at its worst, in KiB; at rest it takes some 75 MiB. */
const MOST_KIB = 220 * 1_024;

/** The most memory a process has had, in KiB. */
function mostMemory(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

describe('a server with --ws', () => {
  it('listens there only; with --udp there too', async () => {
    await using alone = await startNettk(['echo-server', '--ws', '--port', '0']);
    expect(alone.endpoints).toEqual([expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+$/)]);
    await using both = await startNettk(['echo-server', '--ws', '--udp', '--port', '0'], { ready: 2 });
    expect(both.endpoints.map((one) => one.replace(/:\d+$/, ''))).toEqual(['ws://127.0.0.1', 'udp://127.0.0.1']);
  });

  it('tells whoever comes with a browser what it is', async () => {
    await using server = await startNettk(['echo-server', '--ws', '--port', '0']);
    const response = await fetch(`http://127.0.0.1:${server.ports[0]}/`);
    expect([response.status, await response.text()]).toEqual([
      426,
      'this port speaks WebSocket only: ask for ws://, not http://\n',
    ]);
  });

  it('serves while hundreds of clients never finish their handshake', async () => {
    await using server = await startNettk(['echo-server', '--ws', '--port', '0']);
    const mute = await Promise.all(Array.from({ length: 300 }, () => open(server.ports[0] as number)));
    for (const socket of mute) socket.write('GET / HTTP/1.1\r\nHost: ');
    const { code, stdout } = await runNettk(['connect', server.endpoints[0] as string], { stdin: 'me too\n' });
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: 'me too\n' });
    for (const socket of mute) socket.destroy();
  });

  it('stays small under heads without end, bombs and floods of pieces', async () => {
    await using server = await startNettk(['echo-server', '--ws', '--ws-deflate', '--port', '0']);
    const port = server.ports[0] as number;
    const attack = async (start: string, chunk: Buffer, times: number): Promise<Socket> => {
      const socket = await open(port);
      socket.write(start);
      if (start.startsWith('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection')) await readHead(socket);
      for (let i = 0; i < times && socket.writable; i += 1) {
        socket.write(chunk);
        if (socket.writableNeedDrain) await new Promise(setImmediate);
      }
      return socket;
    };
    const head = attack('GET / HTTP/1.1\r\nX: ', Buffer.alloc(100_000, 'x'), 500);
    const bomb = deflateRawSync(Buffer.alloc(100_000_000));
    const size = Buffer.from([0xc2, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    size.writeUInt32BE(bomb.length, 6);
    const offer = request(['Sec-WebSocket-Extensions: permessage-deflate']);
    const bombs = Array.from({ length: 10 }, () => attack(offer, Buffer.concat([size, bomb]), 1));
    const piece = frame(0, '', { mask: true, fin: false });
    const start = frame(2, '', { mask: true, fin: false });
    const flood = attack(request(), Buffer.concat([start, ...Array.from({ length: 20_000 }, () => piece)]), 1);
    expect(await Promise.all(bombs.map(async (one) => readCloseCode(await one)))).toEqual(bombs.map(() => 1009));
    expect(await readCloseCode(await flood)).toBe(1008);
    (await head).destroy();
    const { stdout } = await runNettk(['connect', server.endpoints[0] as string], { stdin: 'still there\n' });
    expect(stdout.toString()).toBe('still there\n');
    expect(mostMemory(server.pid)).toBeLessThan(MOST_KIB);
    for (const socket of await Promise.all([...bombs, flood])) socket.destroy();
  });

  it('says goodbye when it drains', async () => {
    await using server = await startNettk(['echo-server', '--ws', '--port', '0']);
    const client = new WebSocket(server.endpoints[0] as string);
    await once(client, 'open');
    const over = once(client, 'close');
    expect((await server.stop()).code).toBe(0);
    expect((await over)[0]).toBe(1000);
  });
});

describe('listen', () => {
  it('hears a client out though its own input has ended', async () => {
    await using server = await startNettk(['listen', 'ws://127.0.0.1:0']);
    server.child.stdin?.end('question\n');
    const client = new WebSocket(server.endpoints[0] as string);
    const [question] = await once(client, 'message');
    client.send(`you said ${question}`);
    const ended = once(server.child, 'close');
    await once(client, 'close');
    expect((await ended)[0]).toBe(0);
    expect(server.stdout()).toBe('you said question\n');
  });

  it('has a true half-close with connect, compressed and as text, under a path', async () => {
    const options = ['--ws-deflate', '--ws-text'];
    await using server = await startNettk(['listen', '-c', 'sort', ...options, 'ws://127.0.0.1:0/sorted']);
    const url = server.endpoints[0] as string;
    expect(url).toMatch(/\/sorted$/);
    const wrong = await runNettk(['connect', url.replace('sorted', 'other')]);
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('the server answered 404 Not Found')]);
    const { code, stdout } = await runNettk(['connect', ...options, url], { stdin: 'ü\nb\na\n' });
    expect([code, stdout.toString()]).toEqual([0, 'a\nb\nü\n']);
  });

  it('gives a client with plain TCP a sentence, and waits for the next one', async () => {
    await using server = await startNettk(['listen', 'ws://127.0.0.1:0']);
    const plain = await open(server.ports[0] as number);
    plain.write('hello\r\n\r\n');
    expect((await readToEnd(plain)).toString()).toContain('that was no HTTP request');
    plain.destroy();
    const { code } = await runNettk(['connect', server.endpoints[0] as string], { stdin: 'right\n' });
    expect(code).toBe(0);
    expect(server.stdout()).toBe('right\n');
  });
});

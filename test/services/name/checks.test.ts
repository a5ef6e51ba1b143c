import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server as NetServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { readNetworks } from '../../../src/net/networks.ts';
import { speakTo, startNameServer } from './support.ts';

const FAST = { interval: 50, timeout: 500, dropAfter: 100 };

/** A TCP server that says this to everybody, and what it heard. */
async function listen(says: (heard: string) => string | undefined = () => undefined) {
  const heard: string[] = [];
  const server = createServer((socket) => {
    socket
      .on('error', () => {})
      .on('data', (chunk) => {
        heard.push(chunk.toString());
        const answer = says(heard.at(-1) ?? '');
        if (answer !== undefined) socket.end(answer);
      });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, heard, port: (server.address() as { port: number }).port };
}

const close = (server: NetServer): void => void server.close();

/** Waits, on one watch, until an instance has this status. */
async function untilStatus(watcher: { next(): Promise<string> }, status: string): Promise<void> {
  for (;;) if ((await watcher.next()).includes(` status=${status} `)) return;
}

async function startWatched(given: Readonly<Record<string, unknown>> = {}) {
  const { server, notes } = await startNameServer({ ...FAST, ...given });
  const [watcher, other] = [await speakTo(server), await speakTo(server)];
  watcher.say('watch');
  return { server, notes, watcher, ask: other.ask };
}

describe('checks', () => {
  it('find out at once that a server is there, and after some failures that it is not', async () => {
    const { server, watcher, ask } = await startWatched();
    const target = await listen();
    expect(await ask(`register web 127.0.0.1:${target.port}`)).toEqual([expect.stringContaining(' status=new ')]);
    await untilStatus(watcher, 'up');
    close(target.server);
    await untilStatus(watcher, 'failing');
    await untilStatus(watcher, 'down');
    expect((await ask('show web'))[0]).toMatch(/ check="tcp down \d+\/3: connection refused"/);
    expect(await ask('lookup web')).toEqual(['error: web: it is down; try lookup web all']);
    await server.close();
  });

  it('drop who stays away', async () => {
    const { server, watcher, ask } = await startWatched({ dropAfter: 6 });
    const target = await listen();
    close(target.server);
    await ask(`register web 127.0.0.1:${target.port}`);
    for (;;) if ((await watcher.next()).includes(' event=dropped ')) break;
    expect(await ask('list')).toEqual([]);
    await server.close();
  });

  it('of HTTP want a status of 2xx', async () => {
    const { server, watcher, ask } = await startWatched();
    let status = 'HTTP/1.1 204 No Content';
    const target = await listen(() => `${status}\r\nContent-Length: 0\r\n\r\n`);
    await ask(`register web 127.0.0.1:${target.port} check=http path=/health?full`);
    await untilStatus(watcher, 'up');
    expect(target.heard[0]).toBe(
      `GET /health?full HTTP/1.1\r\nHost: 127.0.0.1:${target.port}\r\nUser-Agent: nettk-name\r\nConnection: close\r\n\r\n`,
    );
    for (const [said, reason] of [
      ['HTTP/1.1 503 Busy', 'status 503'],
      ['220 smtp', 'not an answer of HTTP'],
    ] as const) {
      status = said;
      await untilStatus(watcher, 'down');
      expect((await ask('show web'))[0]).toContain(`: ${reason}"`);
      status = 'HTTP/1.0 200';
      await untilStatus(watcher, 'up');
    }
    close(target.server);
    await server.close();
  });

  it('of HTTP that get no answer fail in time', async () => {
    const { server, watcher, ask } = await startWatched({ timeout: 50 });
    const target = await listen();
    await ask(`register web 127.0.0.1:${target.port} check=http`);
    await untilStatus(watcher, 'down');
    expect((await ask('show web'))[0]).toContain('http down 3/3: no answer within 0.05 s');
    target.server.close();
    await server.close();
  });

  it('over UDP want what they expect, or no refusal', async () => {
    const { server, watcher, ask } = await startWatched({ timeout: 100 });
    const target = createSocket('udp4').bind(0, '127.0.0.1');
    await once(target, 'listening');
    const heard: string[] = [];
    target.on('message', (message, from) => {
      heard.push(message.toString('hex'));
      if (message.length > 0) target.send('pong', from.port, from.address);
    });
    const { port } = target.address();
    await ask(`register dns 127.0.0.1:${port} protocol=udp check=udp send=00ff expect=pong`);
    await untilStatus(watcher, 'up');
    expect(heard).toContain('00ff');
    await ask(`register silent 127.0.0.1:${port} check=udp`);
    await untilStatus(watcher, 'up');
    await ask(`register other 127.0.0.1:${port} check=udp send=01 expect=ping`);
    await untilStatus(watcher, 'down');
    expect((await ask('show other'))[0]).toContain('udp down 3/3: no answer within 0.1 s');
    await ask('drop other');
    target.close();
    await untilStatus(watcher, 'down');
    await untilStatus(watcher, 'down');
    expect((await ask('show silent'))[0]).toContain(': connection refused"');
    await server.close();
  });

  it('go where the operator allows, and to no other machine', async () => {
    const { server, ask } = await startWatched({ allowNet: readNetworks('192.0.2.0/24') });
    expect(await ask('register a 192.0.2.7:1')).toHaveLength(1);
    expect((await ask('register b 198.51.100.1:1'))[0]).toContain('error: register: 198.51.100.1 is not');
    expect((await ask('register c 1 check=http at=198.51.100.1:1'))[0]).toContain('error: register: 198.51.100.1');
    expect(await ask('register d 127.0.0.2:1')).toHaveLength(1);
    await server.close();
  });

  it('that find most servers gone at once say so, and keep serving them for a while', async () => {
    const { server, notes, watcher, ask } = await startWatched();
    const target = await listen();
    for (let i = 0; i < 12; i += 1) await ask(`register s${i} 127.0.0.1:${target.port}`);
    for (let i = 0; i < 12; i += 1) await untilStatus(watcher, 'up');
    close(target.server);
    for (let i = 0; i < 12; i += 1) await untilStatus(watcher, 'suspect');
    expect(await ask('lookup s3')).toEqual([expect.stringContaining(' status=suspect ')]);
    for (let i = 0; i < 12; i += 1) await untilStatus(watcher, 'down');
    expect(notes).toEqual([
      'most instances fail at once: they are suspect, and still served for at most 0.6 s',
      'no instance is suspect any more: what fails is down',
    ]);
    await server.close();
  });

  it('end with the server', async () => {
    const { server, ask } = await startWatched({ timeout: 60_000 });
    const target = await listen();
    await ask(`register web 127.0.0.1:${target.port} check=http`);
    await server.close();
    target.server.close();
    await once(target.server, 'close');
  });
});

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { probe } from '../../src/clients/probe.ts';
import { dial } from '../../src/net/dial.ts';

const { signal } = new AbortController();
const LONG_MS = 60_000;

async function udp(onMessage: (socket: Socket, port: number) => void): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (_message, from) => onMessage(socket, from.port));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return `udp://127.0.0.1:${socket.address().port}`;
}

it('finds a TCP port open, and closes the connection', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const conn = await dial(`tcp://127.0.0.1:${(server.address() as { port: number }).port}`);
  expect(await probe(conn, LONG_MS, signal)).toBe('open');
  const [socket] = await accepted;
  await once(socket.resume(), 'end');
  server.close();
});

it('finds a UDP port open where it answers an empty datagram', async () => {
  const target = await udp((socket, port) => socket.send('yes', port, '127.0.0.1'));
  expect(await probe(await dial(target), LONG_MS, signal)).toBe('open');
});

it('says of a UDP port that says nothing that it is open or silent', async () => {
  expect(await probe(await dial(await udp(() => {})), 10, signal)).toBe('open or silent');
});

it('fails where a UDP port refuses', async () => {
  await expect(probe(await dial('udp://127.0.0.1:1'), LONG_MS, signal)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

it('gives up with the reason when the signal aborts', async () => {
  const stop = new AbortController();
  const reason = new Error('stopped');
  const asked = probe(await dial(await udp(() => stop.abort(reason))), LONG_MS, stop.signal);
  await expect(asked).rejects.toBe(reason);
});

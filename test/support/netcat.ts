/** Both ends of a netcat run under test: nettk with its standard input open, and peers that do exactly what they are told. */

import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { NETTK, type Running, startNettk } from './nettk.ts';
import { type Peer, startPeer } from './peers.ts';

/** A TCP server on a free port of 127.0.0.1 whose sockets may be half-open; its address. */
export async function tcpServer(onSocket: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => {}));
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

/** A TCP client, half-open allowed, once it is connected. */
export async function tcpClient(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** A UDP socket on a free port of 127.0.0.1; what comes is handed over. */
export async function udpSocket(onMessage: (message: Buffer, from: RemoteInfo) => void = () => {}): Promise<UdpSocket> {
  const socket = createSocket('udp4').on('message', onMessage);
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return socket;
}

/** All that comes until the peer's end, and nothing more of it. */
export async function allOf(socket: Socket): Promise<string> {
  const parts: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => parts.push(chunk));
  await once(socket, 'end');
  return Buffer.concat(parts).toString();
}

/** Runs nettk with its standard input left open. */
export async function openNettk(...args: string[]): Promise<Peer> {
  const peer = await startPeer(NETTK, args);
  onTestFinished(() => peer.kill());
  return peer;
}

/** A `nettk listen` that is ready; it ends with the test. */
export async function listening(...args: string[]): Promise<Running> {
  const running = await startNettk(['listen', ...args]);
  onTestFinished(() => running[Symbol.asyncDispose]());
  return running;
}

/** The exit status, null where a signal ended it; to be asked before it ends. */
export async function exitOf(running: Running): Promise<number | null> {
  const [code] = (await once(running.child, 'close')) as [number | null];
  return code;
}

/** Resolves once standard output holds the text. */
export const heard = (peer: Peer, text: string): Promise<Buffer> => peer.until((stdout) => stdout.includes(text));

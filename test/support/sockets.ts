/** Plain clients for tests: sockets that do what a real peer would, and nothing of ours between. */

import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Endpoint } from '../../src/net/endpoint.ts';

/** Connects without any help of ours; its own half-close leaves the way back open, and so does the peer's. */
export async function connectTo(endpoint: Endpoint): Promise<Socket> {
  const path = endpoint.path.replace(/^@/, '\0');
  const where = endpoint.scheme === 'unix' ? { path } : { host: endpoint.host, port: endpoint.port };
  const socket = connect({ ...where, allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
}

/** Everything until the peer's end; our side stays open. Rejects with the stream's error. */
export function readToEnd(stream: Readable): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => resolve(Buffer.concat(chunks)));
    stream.on('error', reject);
    stream.on('close', () => reject(new Error('closed before its end')));
  });
}

/** Reads at least this many bytes; rejects where the stream ends before. */
export function readBytes(stream: Readable, count: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let all = Buffer.alloc(0);
    const settle = (error?: Error): void => {
      stream.off('data', onData).off('end', onEnd).off('error', settle).pause();
      if (error) reject(error);
      else resolve(all);
    };
    const onData = (chunk: Buffer): void => {
      all = Buffer.concat([all, chunk]);
      if (all.length >= count) settle();
    };
    const onEnd = (): void => settle(new Error(`ended after ${all.length} of ${count} bytes`));
    stream.on('data', onData).on('end', onEnd).on('error', settle);
    stream.resume();
  });
}

/** Resolves when a stream is closed, with its error where it had one. */
export function closed(stream: Readable): Promise<Error | undefined> {
  return new Promise((resolve) => {
    if (stream.closed) resolve(stream.errored ?? undefined);
    stream.on('error', () => {});
    stream.on('close', () => resolve(stream.errored ?? undefined));
  });
}

/** A UDP client on a free port of this address, or on a port asked for. */
export async function openDatagramClient(address = '127.0.0.1', port = 0): Promise<DatagramSocket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.bind(port, address);
  await once(socket, 'listening');
  return socket;
}

/** Sends a datagram and waits for the next one that comes. */
export async function askOverUdp(client: DatagramSocket, to: Endpoint, message: string | Uint8Array): Promise<Buffer> {
  const answer = once(client, 'message');
  client.send(message, to.port, to.host);
  return (await answer)[0] as Buffer;
}

/** Resolves when this holds; asked after every turn of the event loop. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/** WebSocket peers for tests: our own pair, frames by hand, and the `ws` library. */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import type { WebSocketStream } from '../../src/stream/websocket.ts';
import { connectWebSocket, type WebSocketClientOptions } from '../../src/stream/websocket-client.ts';
import { acceptWebSocket, type WebSocketServerOptions } from '../../src/stream/websocket-server.ts';
import { connectTo, readBytes } from './sockets.ts';
import { tcpPair } from './tcp-pair.ts';

/** The Host header of all of these. */
export const HOST = '127.0.0.1';

/** Our client and our server over two ends. */
export async function openPair(
  client: WebSocketClientOptions = {},
  server: WebSocketServerOptions = {},
  ends?: readonly [Duplex, Duplex],
): Promise<[WebSocketStream, WebSocketStream]> {
  const [near, far] = ends ?? (await quickPair());
  return Promise.all([connectWebSocket(near, { host: HOST, ...client }), acceptWebSocket(far, server)]);
}

/** Two sockets that send at once what is written. */
export async function quickPair(): Promise<[Socket, Socket]> {
  const pair = await tcpPair();
  for (const socket of pair) socket.setNoDelay(true).on('error', () => {});
  return pair;
}

/** One frame, by hand; masked with zeros where a client sends it. */
export function frame(
  opcode: number,
  payload: string | Uint8Array = '',
  { fin = true, rsv = 0, mask = false }: { fin?: boolean; rsv?: number; mask?: boolean } = {},
): Buffer {
  const data = Buffer.from(payload as string);
  const length = data.length < 126 ? [data.length] : [126, data.length >> 8, data.length & 0xff];
  length[0] = (length[0] as number) | (mask ? 0x80 : 0);
  return Buffer.concat([
    Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode, ...length]),
    Buffer.alloc(mask ? 4 : 0),
    data,
  ]);
}

/** A Close frame, by hand. */
export function closeFrame(code: number, reason = '', mask = false): Buffer {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return frame(8, Buffer.concat([payload, Buffer.from(reason)]), { mask });
}

/** A frame as read by hand. */
export interface ReadFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** What was read from a socket beyond the frame that was wanted. */
const leftOver = new WeakMap<Duplex, Buffer>();

async function take(socket: Duplex, count: number): Promise<Buffer> {
  let have = leftOver.get(socket) ?? Buffer.alloc(0);
  if (have.length < count) have = Buffer.concat([have, await readBytes(socket, count - have.length)]);
  leftOver.set(socket, have.subarray(count));
  return have.subarray(0, count);
}

/** Reads the next frame, unmasked. */
export async function readFrame(socket: Duplex): Promise<ReadFrame> {
  const [first = 0, second = 0] = await take(socket, 2);
  let length = second & 0x7f;
  if (length === 126) length = (await take(socket, 2)).readUInt16BE();
  else if (length === 127) length = Number((await take(socket, 8)).readBigUInt64BE());
  const mask = second & 0x80 ? await take(socket, 4) : Buffer.alloc(4);
  const payload = Buffer.from(await take(socket, length)).map((byte, i) => byte ^ (mask[i & 3] as number)) as Buffer;
  return { opcode: first & 0x0f, payload };
}

/** Reads frames up to the Close, and gives its code; 1005 where it has none. */
export async function readCloseCode(socket: Duplex): Promise<number> {
  for (;;) {
    const { opcode, payload } = await readFrame(socket);
    if (opcode === 8) return payload.length === 0 ? 1005 : payload.readUInt16BE();
  }
}

const ANSWER = (key: string): string =>
  [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')}`,
    '\r\n',
  ].join('\r\n');

/** Reads a request's head by hand. */
export async function readHead(socket: Duplex): Promise<string> {
  let text = '';
  while (!text.endsWith('\r\n\r\n')) text += (await take(socket, 1)).toString('latin1');
  return text;
}

/** Our client, and a server by hand that knows nothing of half-close; `glued` comes with its answer. */
export async function clientOfHand(
  options: WebSocketClientOptions = {},
  glued: Uint8Array = Buffer.alloc(0),
): Promise<[WebSocketStream, Socket]> {
  const [near, far] = await quickPair();
  const opening = connectWebSocket(near, { host: HOST, ...options });
  const key = /^sec-websocket-key: (.*)\r$/im.exec(await readHead(far))?.[1] ?? '';
  far.write(Buffer.concat([Buffer.from(ANSWER(key)), glued]));
  return [await opening, far];
}

/** A client's request by hand. */
export function request(more: readonly string[] = [], path = '/', host = HOST): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...more,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Our server, and a client by hand that knows nothing of half-close; `glued` comes with its request. */
export async function serverOfHand(
  options: WebSocketServerOptions = {},
  glued: Uint8Array = Buffer.alloc(0),
): Promise<[WebSocketStream, Socket]> {
  const [near, far] = await quickPair();
  near.write(Buffer.concat([Buffer.from(request()), glued]));
  const server = await acceptWebSocket(far, options);
  await readHead(near);
  return [server, near];
}

/** A server of the `ws` library that runs. */
export interface LibraryServer extends AsyncDisposable {
  readonly port: number;
  /** Our client of it. */
  connect(options?: WebSocketClientOptions): Promise<WebSocketStream>;
}

/** Starts a server of the `ws` library. */
export async function startLibrary(
  serve: (socket: WebSocket) => void,
  options: ServerOptions = {},
): Promise<LibraryServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, ...options });
  server.on('connection', serve);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    connect: async (more = {}) => {
      const conn = await connectTo({ scheme: 'tcp', host: '127.0.0.1', port, path: '' });
      return connectWebSocket(conn.setNoDelay(true), { host: `${HOST}:${port}`, ...more });
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of server.clients) client.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A server that answers with exactly the bytes it is told, and ends as it is told: what real servers only do by accident. */

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** How an answer ends. */
export type Ending = 'fin' | 'rst' | 'hold';

/** One answer. */
export interface Reply {
  readonly bytes?: string | Buffer;
  /** `fin` where left out. */
  readonly end?: Ending;
}

/** Chooses the answer to a request by its head, as Latin-1, and its number from 0. */
export type Script = (request: string, number: number) => Reply;

export interface RawServer {
  readonly port: number;
  /** The requests that came, as Latin-1. */
  readonly requests: readonly string[];
  /** Connections open now. */
  readonly open: number;
  close(): Promise<void>;
}

/** How a request is known to be there: an empty line, or a bare line for HTTP/0.9. */
const HTTP_HEAD = /\r\n\r\n/;
const BARE_LINE = /\n/;

/** Starts one on a free port; `bare` answers after the first line. */
export async function rawServer(
  script: Script | Reply,
  options: { readonly tls?: TlsOptions; readonly bare?: boolean } = {},
): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const requests: string[] = [];
  const carriers = new Map<number | undefined, Socket>();
  const choose: Script = typeof script === 'function' ? script : () => script;
  const onSocket = (socket: Socket): void => {
    sockets.add(socket);
    let received = '';
    let isAnswered = false;
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (isAnswered || !(options.bare ? BARE_LINE : HTTP_HEAD).test(received)) return;
      isAnswered = true;
      requests.push(received);
      answer(socket, carriers.get(socket.remotePort) ?? socket, choose(received, requests.length - 1));
    });
  };
  const server: Server = options.tls ? createTlsServer(options.tls, onSocket) : createServer(onSocket);
  // Only the TCP socket under a TLS one can be reset.
  server.on('connection', (socket: Socket) => carriers.set(socket.remotePort, socket));
  server.on('tlsClientError', () => {});
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    get open() {
      return sockets.size;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

function answer(socket: Socket, carrier: Socket, { bytes = '', end = 'fin' }: Reply): void {
  const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
  if (end === 'fin') socket.end(data);
  else if (data.length > 0) socket.write(data, () => end === 'rst' && carrier.resetAndDestroy());
  else if (end === 'rst') carrier.resetAndDestroy();
}

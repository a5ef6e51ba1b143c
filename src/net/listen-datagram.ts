/** Binds a UDP endpoint and answers datagrams from it. */

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { hostAddresses } from './addresses.ts';
import type { DatagramSource } from './datagram-gate.ts';
import type { Endpoint } from './endpoint.ts';
import { type Listener, listenError } from './listen.ts';

/** What the kernel keeps while we are busy, in bytes; at its default of 208 KiB bursts are lost (socket(7)). */
const RECEIVE_BUFFER_BYTES = 1_048_576;

/** Sends one datagram back; resolves when it is out. What cannot be sent is lost, as UDP may lose it anyway. */
export type Answer = (message: Buffer) => Promise<void>;

/**
 * Binds a UDP socket; `onDatagram` gets every datagram with a way to answer it.
 *
 * @throws NettkError: address in use, permission denied, not an address of this machine
 */
export async function listenDatagram(
  endpoint: Endpoint,
  onDatagram: (message: Buffer, source: DatagramSource, answer: Answer) => void,
): Promise<Listener> {
  const [first] = await hostAddresses(endpoint.host);
  const socket = createSocket({ type: first?.family === 6 ? 'udp6' : 'udp4' });
  const bound = await bind(socket, endpoint, first?.address ?? endpoint.host);
  let isOpen = true;
  // An ICMP error for an answer already sent is the asker's business.
  socket.on('error', () => {});
  socket.on('message', (message: Buffer, from: RemoteInfo) => {
    const answer: Answer = (reply) =>
      new Promise((resolve) => {
        // Nobody can be answered at port 0, where a forged datagram may come from: send() throws.
        if (isOpen && from.port !== 0) socket.send(reply, from.port, from.address, () => resolve());
        else resolve();
      });
    onDatagram(message, from, answer);
  });
  const close = (): Promise<void> => {
    isOpen = false;
    return new Promise((resolve) => socket.close(() => resolve()));
  };
  return { endpoint: bound, close };
}

async function bind(socket: Socket, endpoint: Endpoint, address: string): Promise<Endpoint> {
  try {
    socket.bind({ port: endpoint.port, address, exclusive: true });
    await once(socket, 'listening');
  } catch (error) {
    socket.close();
    throw listenError(error, endpoint);
  }
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch {
    // The system's maximum is smaller: bursts are lost sooner, nothing else changes.
  }
  const bound = socket.address();
  return { ...endpoint, host: bound.address, port: bound.port };
}

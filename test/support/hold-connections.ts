/**
 * A program: opens COUNT connections to an echo server at PORT, holds them all, sends SIZE random bytes on each ROUNDS
 * times, compares what comes back, and prints what it found as JSON. A process of its own has file descriptors of its own.
 */

import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** Connections under way at once, below any backlog. */
const CONNECTING = 500;

export interface Held {
  readonly opened: number;
  /** Rounds that came back byte for byte. */
  readonly right: number;
  readonly wrong: number;
  /** Connections that failed or ended early. */
  readonly lost: number;
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return socket;
}

/** Sends a message and resolves with whether exactly it came back. */
function round(socket: Socket, message: Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let left = message.length;
    const onData = (chunk: Buffer): void => {
      parts.push(chunk);
      left -= chunk.length;
      if (left <= 0) settle(() => resolve(Buffer.concat(parts).equals(message)));
    };
    const onEnd = (): void => settle(() => reject(new Error('ended early')));
    const settle = (done: () => void): void => {
      socket.off('data', onData).off('close', onEnd);
      done();
    };
    socket.on('data', onData).on('close', onEnd).write(message);
  });
}

async function hold(port: number, count: number, rounds: number, size: number): Promise<Held> {
  const sockets: Socket[] = [];
  let lost = 0;
  for (let start = 0; start < count; start += CONNECTING) {
    const batch = Array.from({ length: Math.min(CONNECTING, count - start) }, () => open(port));
    for (const result of await Promise.allSettled(batch)) {
      if (result.status === 'fulfilled') sockets.push(result.value);
      else lost++;
    }
  }
  for (const socket of sockets) socket.on('error', () => {});
  let right = 0;
  let wrong = 0;
  const dead = new Set<Socket>();
  for (let i = 0; i < rounds; i++) {
    const each = async (socket: Socket): Promise<void> => {
      if (dead.has(socket)) return;
      try {
        if (await round(socket, randomBytes(size))) right++;
        else wrong++;
      } catch {
        dead.add(socket);
      }
    };
    await Promise.all(sockets.map(each));
  }
  const opened = sockets.length;
  for (const socket of sockets) socket.destroy();
  return { opened, right, wrong, lost: lost + dead.size };
}

const [port = 0, count = 0, rounds = 0, size = 0] = process.argv.slice(2).map(Number);
console.log(JSON.stringify(await hold(port, count, rounds, size)));

/**
 * A program: opens COUNT connections to an echo server at PORT, plays ping-pong with 64 bytes on all of them for MS
 * milliseconds, and prints the round trips as JSON. Connections that do not answer a first ball in time are left out.
 */

import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const BALL = Buffer.alloc(64, 'o');
/** How long a server may take until all its clients have been answered once, in milliseconds. */
const FIRST_BALL_LIMIT_MS = 20_000;

/** What a game came to. */
export interface Game {
  /** Connections that were answered once before the game began. */
  readonly answered: number;
  readonly trips: number;
  readonly seconds: number;
}

/** Calls back for each ball that is wholly back. */
function onBall(socket: Socket, hit: () => void): void {
  let received = 0;
  socket.on('data', (chunk) => {
    received += chunk.length;
    for (; received >= BALL.length; received -= BALL.length) hit();
  });
}

async function play(port: number, count: number, ms: number): Promise<Game> {
  const sockets = new Set<Socket>();
  let trips = 0;
  let playing = false;
  const firstBalls = Array.from({ length: count }, () => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.write(BALL);
    return new Promise<void>((answered) => {
      socket.on('close', () => answered());
      onBall(socket, () => {
        sockets.add(socket);
        answered();
        if (!playing) return;
        trips++;
        socket.write(BALL);
      });
    });
  });
  await Promise.race([Promise.all(firstBalls), delay(FIRST_BALL_LIMIT_MS)]);
  const answered = sockets.size;
  playing = true;
  const begin = performance.now();
  for (const socket of sockets) socket.write(BALL);
  await delay(ms);
  playing = false;
  return { answered, trips, seconds: (performance.now() - begin) / 1_000 };
}

const [port = 0, count = 0, ms = 0] = process.argv.slice(2).map(Number);
console.log(JSON.stringify(await play(port, count, ms)));
process.exit();

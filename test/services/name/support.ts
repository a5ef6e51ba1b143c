/** A name server on loopback, and a client that says lines and reads answers. */

import type { Socket } from 'node:net';
import { type Server, serve } from '../../../src/net/serve.ts';
import { name } from '../../../src/services/name.ts';
import { readLines } from '../../../src/stream/lines.ts';
import { optionsOf } from '../../support/service-stages.ts';
import { connectTo } from '../../support/sockets.ts';

/** Starts one; what it notes is kept. */
export async function startNameServer(given: Readonly<Record<string, unknown>> = {}) {
  const notes: string[] = [];
  const server = await serve(name, {
    endpoints: ['tcp://127.0.0.1:0'],
    options: (await optionsOf(name as never, given)) as never,
    listeners: { noted: (line) => notes.push(line) },
  });
  return { server, notes, port: server.endpoints[0]!.port };
}

export interface Speaker {
  readonly socket: Socket;
  /** Says a line, and reads the answer to it. */
  ask(line: string): Promise<string[]>;
  /** Reads one line. */
  next(): Promise<string>;
  say(line: string): void;
}

/** Connects to a server. */
export async function speakTo(server: Server): Promise<Speaker> {
  const socket = await connectTo(server.endpoints[0]!);
  socket.on('error', () => {});
  const lines = readLines(socket);
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('it ended');
    return value;
  };
  const ask = async (line: string): Promise<string[]> => {
    socket.write(`${line}\n`);
    const answer: string[] = [];
    for (let one = await next(); one !== '.'; one = await next()) answer.push(one);
    return answer;
  };
  return { socket, ask, next, say: (line) => void socket.write(`${line}\n`) };
}

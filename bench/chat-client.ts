/** What the chat benches share: a client that joins, and lines counted without being decoded. */

import { connect, type Socket } from 'node:net';

/** How a server is joined: IRC, or ncat's --chat, which knows no names. */
export type ChatWay = 'irc' | 'ncat';

/** The room of all benches. */
export const ROOM = '#bench';

/** Connects, and over IRC registers and joins; resolves, paused, when the room has been entered. */
export function joinChat(port: number, nick: string, way: ChatWay, room = ROOM): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  return new Promise((resolve, reject) => {
    let heard = '';
    const settle = (): void => {
      socket.off('data', onData).off('error', reject).pause();
      // A server that throws a client out is a result, not a failure of the bench.
      socket.on('error', () => {});
      resolve(socket);
    };
    const onData = (chunk: Buffer): void => {
      heard += chunk.toString('latin1');
      if (way === 'ncat' || heard.includes(` 366 ${nick} `)) settle();
    };
    socket.on('error', reject).on('data', onData);
    if (way === 'irc') socket.write(`NICK ${nick}\r\nUSER ${nick} 0 * :bench\r\nJOIN ${room}\r\n`);
  });
}

/** A line to say in the room, without its end. */
export function speech(way: ChatWay, text: string): string {
  return way === 'irc' ? `PRIVMSG ${ROOM} :${text}` : text;
}

/** How often something stands in a chunk. */
export function countOf(chunk: Buffer, what: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(what); at !== -1; at = chunk.indexOf(what, at + what.length)) count += 1;
  return count;
}

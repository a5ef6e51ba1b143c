/** Many users who have come in and say nothing; tells how many they are, and stays until its input ends. */

import { joinChat } from './chat-client.ts';

const [port, users, rooms] = process.argv.slice(2, 5).map(Number) as [number, number, number];
const AT_ONCE = 100;

for (let start = 0; start < users; start += AT_ONCE) {
  const some = Array.from({ length: Math.min(AT_ONCE, users - start) }, (_, i) => start + i);
  const sockets = await Promise.all(some.map((i) => joinChat(port, `user${i}`, 'irc', `#room${i % rooms}`)));
  for (const socket of sockets) socket.resume();
}
console.log(JSON.stringify({ users }));
process.exit(0);

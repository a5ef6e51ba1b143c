/** A program: listens on COUNT ports, tells them as JSON, and closes whatever connects, until it is killed. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

const count = Number(process.argv[2]);
const ports: number[] = [];
for (let i = 0; i < count; i += 1) {
  const server = createServer((socket) => socket.on('error', () => {}).end()).listen(0, '127.0.0.1', 4_096);
  await once(server, 'listening');
  ports.push((server.address() as AddressInfo).port);
}
console.log(JSON.stringify(ports));

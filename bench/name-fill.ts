/**
 * A program: registers COUNT instances of the services of the benches at PORT, over CONNECTIONS, as fast as it goes.
 * Arguments: PORT COUNT CONNECTIONS OPTIONS PORTS…: OPTIONS are those of the line, PORTS where the instances are.
 */

import { askAll, SERVICES, serviceName } from './name-client.ts';

const [port, count, connections] = [2, 3, 4].map((place) => Number(process.argv[place])) as [number, number, number];
const options = process.argv[5] ?? '';
const ports = process.argv.slice(6);

function* commands(part: number): Generator<string> {
  for (let i = part; i < count; i += connections) {
    const target = `127.0.0.1:${ports[i % ports.length] ?? 1_024 + (i % 60_000)}`;
    yield `register ${serviceName(i % SERVICES)} ${target} id=i${i} ${options} Instance number ${i} of the bench`;
  }
}

const begun = performance.now();
await Promise.all(Array.from({ length: connections }, (_, part) => askAll(port, commands(part))));
console.log(JSON.stringify({ count, seconds: (performance.now() - begun) / 1_000 }));

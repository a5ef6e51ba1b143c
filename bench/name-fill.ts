/** A program: registers COUNT instances of the services of the benches at PORT. Arguments: PORT COUNT OPTIONS. */

import { askAll, SERVICES, serviceName } from './name-client.ts';

const [port, count] = [2, 3].map((place) => Number(process.argv[place])) as [number, number];
const options = process.argv[4] ?? '';

function* commands(): Generator<string> {
  for (let i = 0; i < count; i += 1) {
    const target = `127.0.0.1:${1_024 + (i % 60_000)}`;
    yield `register ${serviceName(i % SERVICES)} ${target} id=i${i} ${options} Instance number ${i} of the bench`;
  }
}

const begun = performance.now();
await askAll(port, commands());
console.log(JSON.stringify({ count, seconds: (performance.now() - begun) / 1_000 }));

import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { parseEndpoint } from '../../src/net/endpoint.ts';
import { reachesListener } from '../../src/net/own-listener.ts';

const own = Object.values(networkInterfaces()).flat();
const other = own.find((one) => one?.family === 'IPv4' && !one.internal)?.address ?? '127.0.0.1';

it.each([
  ['tcp://127.0.0.1:90', 'tcp://127.0.0.1:90', true],
  ['tcp://localhost:90', 'tcp://127.0.0.1:90', true],
  ['tls://localhost:90', 'ws://127.0.0.1:90', true],
  ['tcp://127.0.0.9:90', 'tcp://0.0.0.0:90', true],
  ['tcp://127.0.0.9:90', 'tcp://[::]:90', true],
  [`tcp://${other}:90`, 'tcp://0.0.0.0:90', true],
  ['tcp://0.0.0.0:90', 'tcp://127.0.0.1:90', true],
  ['tcp://[::1]:90', 'tcp://[::]:90', true],
  ['unix:/a', 'unix:/a', true],
  ['tcp://127.0.0.1:91', 'tcp://127.0.0.1:90', false],
  ['tcp://127.0.0.2:90', 'tcp://127.0.0.1:90', false],
  ['tcp://[::1]:90', 'tcp://0.0.0.0:90', false],
  ['udp://127.0.0.1:90', 'tcp://127.0.0.1:90', false],
  ['tcp://192.0.2.1:90', 'tcp://0.0.0.0:90', false],
  ['tcp://no-such-host.invalid:90', 'tcp://0.0.0.0:90', false],
  ['unix:/a', 'unix:/b', false],
  ['unix:/a', 'tcp://127.0.0.1:90', false],
])('%s dialled comes back to a listener on %s: %s', async (target, listener, expected) => {
  expect(await reachesListener(parseEndpoint(target), parseEndpoint(listener))).toBe(expected);
});

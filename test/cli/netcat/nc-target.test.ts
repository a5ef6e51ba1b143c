import { describe, expect, it } from 'vitest';
import { ncListenTarget, ncTargets } from '../../../src/cli/netcat/nc-target.ts';
import { formatEndpoint } from '../../../src/net/endpoint.ts';

const PLAIN = {
  udp: false,
  unix: false,
  ipv6: false,
  sourcePort: undefined,
  source: undefined,
  numeric: false,
  random: false,
};

describe('ncTargets', () => {
  it.each([
    [['h', '80'], {}, ['tcp://h:80']],
    [['h', 'http', '20-22'], {}, ['tcp://h:80', 'tcp://h:20', 'tcp://h:21', 'tcp://h:22']],
    [['h', '22-20'], {}, ['tcp://h:20', 'tcp://h:21', 'tcp://h:22']],
    [['h', 'ftp-data'], {}, ['tcp://h:20']],
    [['::1', '7'], { udp: true }, ['udp://[::1]:7']],
    [['/tmp/s'], { unix: true }, ['unix:/tmp/s']],
  ])('reads %j with %j', (words, more, endpoints) => {
    expect(ncTargets(words, { ...PLAIN, ...more }).map(formatEndpoint)).toEqual(endpoints);
  });

  it('takes every port once in random order', () => {
    const ports = ncTargets(['h', '1-1000'], { ...PLAIN, random: true }).map(({ port }) => port);
    expect(ports).not.toEqual([...ports].sort((a, b) => a - b));
    expect(new Set(ports).size).toBe(1_000);
  });

  it.each([
    [[], {}, 'needs a destination and a port'],
    [['h'], {}, 'needs a destination and a port'],
    [['h', '70000'], {}, '"70000"'],
    [['h', '1-70000'], {}, 'past 65535'],
    [['h', 'nosuch'], {}, '"nosuch"'],
    [['h', '80'], { numeric: true }, 'no address'],
    [[], { unix: true }, 'missing socket pathname'],
    [['/s', '80'], { unix: true }, 'one argument too many'],
  ])('refuses %j with %j', (words, more, message) => {
    expect(() => ncTargets(words, { ...PLAIN, ...more })).toThrow(message);
  });
});

describe('ncListenTarget', () => {
  it.each([
    [['80'], {}, 'tcp://0.0.0.0:80'],
    [['127.0.0.1', '80'], {}, 'tcp://127.0.0.1:80'],
    [[], { sourcePort: '80' }, 'tcp://0.0.0.0:80'],
    [['127.0.0.1'], { sourcePort: '80' }, 'tcp://127.0.0.1:80'],
    [['80'], { source: '127.0.0.1' }, 'tcp://127.0.0.1:80'],
    [['80'], { ipv6: true, udp: true }, 'udp://[::]:80'],
    [['/s'], { unix: true }, 'unix:/s'],
  ])('reads %j with %j', (words, more, endpoint) => {
    expect(formatEndpoint(ncListenTarget(words, { ...PLAIN, ...more }))).toBe(endpoint);
  });

  it.each([
    [[], {}, 'needs a port'],
    [['h', '1', '2'], {}, 'one argument too many'],
    [['h', '1'], { numeric: true }, 'no address'],
  ])('refuses %j with %j', (words, more, message) => {
    expect(() => ncListenTarget(words, { ...PLAIN, ...more })).toThrow(message);
  });
});

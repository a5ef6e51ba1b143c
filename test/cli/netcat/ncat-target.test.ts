import { describe, expect, it } from 'vitest';
import { everyAddress, ncatListenTarget, ncatTarget } from '../../../src/cli/netcat/ncat-target.ts';
import { formatEndpoint } from '../../../src/net/endpoint.ts';

const PLAIN = { udp: false, unixsock: false, ipv4: true, ipv6: false, sourcePort: undefined, nodns: false };

describe('ncatTarget', () => {
  it.each([
    [['h', '80'], {}, 'tcp://h:80'],
    [['h'], {}, 'tcp://h:31337'],
    [['::1', '7'], { udp: true }, 'udp://[::1]:7'],
    [['127.0.0.1', '7'], { nodns: true }, 'tcp://127.0.0.1:7'],
    [['/tmp/s'], { unixsock: true }, 'unix:/tmp/s'],
  ])('reads %j with %j', async (words, more, endpoint) => {
    expect(formatEndpoint(await ncatTarget(words, { ...PLAIN, ...more }))).toBe(endpoint);
  });

  it.each([
    [[], {}, 'You must specify a host to connect to'],
    [['h', '1', '2'], {}, 'Got more than one port specification'],
    [['h', '99999'], {}, '"99999"'],
    [['h', '1'], { nodns: true }, 'no address'],
    [[], { unixsock: true }, 'You must specify a path to a socket'],
    [['/s', '1'], { unixsock: true }, 'one word too many'],
  ])('refuses %j with %j', async (words, more, message) => {
    await expect(ncatTarget(words, { ...PLAIN, ...more })).rejects.toThrow(message);
  });
});

describe('ncatListenTarget', () => {
  it.each([
    [[], {}, 'tcp://0.0.0.0:31337'],
    [['80'], {}, 'tcp://0.0.0.0:80'],
    [['127.0.0.1'], {}, 'tcp://127.0.0.1:31337'],
    [['127.0.0.1', '80'], {}, 'tcp://127.0.0.1:80'],
    [['localhost'], { sourcePort: '80' }, 'tcp://localhost:80'],
    [[], { sourcePort: '80', ipv6: true, ipv4: false }, 'tcp://[::]:80'],
    [['/s'], { unixsock: true }, 'unix:/s'],
  ])('reads %j with %j', async (words, more, endpoint) => {
    expect(formatEndpoint(await ncatListenTarget(words, { ...PLAIN, ...more }))).toBe(endpoint);
  });

  it('refuses two ports', async () => {
    await expect(ncatListenTarget(['h', '1', '2'], PLAIN)).rejects.toThrow('Got more than one port specification');
  });
});

describe('everyAddress', () => {
  it('is an IPv6 socket that takes IPv4 too, unless a family is asked for', () => {
    expect(['::', '0.0.0.0']).toContain(everyAddress({ ipv4: false, ipv6: false }));
    expect(everyAddress({ ipv4: true, ipv6: false })).toBe('0.0.0.0');
    expect(everyAddress({ ipv4: false, ipv6: true })).toBe('::');
  });
});

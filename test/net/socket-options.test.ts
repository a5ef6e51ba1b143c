import { describe, expect, it } from 'vitest';
import type { Scheme } from '../../src/net/endpoint.ts';
import type { MulticastGroup } from '../../src/net/multicast.ts';
import { checkSocketOptions, parseTypeOfService, type SocketOptions } from '../../src/net/socket-options.ts';

describe('parseTypeOfService', () => {
  it.each([
    ['0', 0],
    ['255', 255],
    ['0x10', 16],
    ['0XB8', 184],
    ['ef', 184],
    ['EF', 184],
    ['va', 176],
    ['le', 4],
    ['cs0', 0],
    ['cs6', 192],
    ['af11', 40],
    ['af21', 72],
    ['af43', 152],
    ['lowdelay', 16],
    ['throughput', 8],
    ['reliability', 4],
  ])('reads %s', (text, value) => {
    expect(parseTypeOfService(text)).toBe(value);
  });

  it.each(['', '256', '-1', '010', '1e2', '0x100', 'af44', 'cs8', 'toString', '__proto__'])('refuses %j', (text) => {
    expect(() => parseTypeOfService(text)).toThrow(expect.objectContaining({ code: 'USAGE', exit: 2 }));
  });
});

describe('checkSocketOptions', () => {
  it.each<[Scheme, SocketOptions]>([
    ['tcp', { typeOfService: 0, keepAliveMs: 1_000 }],
    ['wss', { typeOfService: 16, keepAliveMs: false }],
    ['udp', { broadcast: true, multicastTtl: 0, multicastInterface: 'lo' }],
    ['unix', {}],
    ['tcp', { broadcast: false }],
  ])('lets %s have %j', (scheme, options) => {
    expect(() => checkSocketOptions(scheme, options, 'dial')).not.toThrow();
  });

  it.each<[Scheme, SocketOptions & { join?: readonly MulticastGroup[] }, string]>([
    ['udp', { typeOfService: 0 }, 'Node cannot set the type of service of a UDP socket'],
    ['unix', { typeOfService: 0 }, 'a Unix socket has no type of service'],
    ['udp', { keepAliveMs: false }, 'udp has no keepalive'],
    ['unix', { keepAliveMs: 1_000 }, 'unix has no keepalive'],
    ['tcp', { broadcast: true }, 'broadcast is for UDP only'],
    ['tls', { multicastTtl: 1 }, 'multicast is for UDP only'],
    ['unix', { multicastInterface: 'lo' }, 'multicast is for UDP only'],
    ['tcp', { join: [{ group: '239.1.2.3' }] }, 'multicast is for UDP only'],
  ])('refuses %s with %j', (scheme, options, reason) => {
    expect(() => checkSocketOptions(scheme, options, 'dial')).toThrow(`dial: ${reason}`);
  });
});

import { describe, expect, it } from 'vitest';
import { netcatEndpoint } from '../../src/cli/netcat-options.ts';

const PLAIN = { udp: false, unix: false, ipv4: false, ipv6: false };
const endpoint = (target: string, port?: string, more: Partial<typeof PLAIN> = {}) =>
  netcatEndpoint(target, port, { ...PLAIN, ...more });

describe('netcatEndpoint', () => {
  it.each([
    ['h:7', undefined, 'tcp', 'h', 7],
    ['h', '7', 'tcp', 'h', 7],
    ['::1', '7', 'tcp', '::1', 7],
    ['[::1]', '7', 'tcp', '::1', 7],
    ['tcp://h', '7', 'tcp', 'h', 7],
    ['udp://h', 'echo', 'udp', 'h', 7],
    ['tls://h', '443', 'tls', 'h', 443],
    ['wss://h', '444', 'wss', 'h', 444],
  ])('reads %s %s', async (target, port, scheme, host, number) => {
    expect(await endpoint(target, port)).toMatchObject({ scheme, host, port: number });
  });

  it.each([
    ['h:8', '7', {}, 'port "7": h:8 says where already'],
    ['tls://h:1', '7', {}, 'port "7": tls://h:1 says where already'],
    ['unix:/s', '7', {}, 'port "7": unix:/s says where already'],
    ['/s', '7', { unix: true }, 'port "7": a Unix socket has none'],
    ['http://h', '7', {}, 'address "http://h": unknown scheme "http"'],
    ['tcp://h', '7', { udp: true }, 'option --udp: contradicts tcp://h'],
    ['h', undefined, {}, 'address "h": the port is missing'],
  ])('refuses %s %s %j', async (target, port, more, message) => {
    await expect(endpoint(target, port, more)).rejects.toMatchObject({
      message: expect.stringContaining(message),
      exit: 2,
    });
  });
});

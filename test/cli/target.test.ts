import { describe, expect, it } from 'vitest';
import { clientTarget, type TypedTarget } from '../../src/cli/target.ts';

const DEFAULTS = { host: '127.0.0.1', service: 'daytime', port: 9_999, scheme: 'udp' } as const;
const target = (typed: TypedTarget) => clientTarget(typed, DEFAULTS);

describe('clientTarget', () => {
  it.each([
    [{}, 'udp', '127.0.0.1', 13, false],
    [{ host: 'h' }, 'udp', 'h', 13, false],
    [{ host: 'h:7' }, 'udp', 'h', 7, false],
    [{ host: 'h', port: '7' }, 'udp', 'h', 7, false],
    [{ host: 'h', port: 'echo' }, 'udp', 'h', 7, false],
    [{ host: '::1' }, 'udp', '::1', 13, false],
    [{ host: '::1', port: '7' }, 'udp', '::1', 7, false],
    [{ host: '[::1]:7' }, 'udp', '::1', 7, false],
    [{ host: 'h', tcp: true }, 'tcp', 'h', 13, true],
    [{ host: 'h', udp: true }, 'udp', 'h', 13, true],
    [{ host: 'tcp://h' }, 'tcp', 'h', 13, true],
    [{ host: 'tcp://h', port: '7' }, 'tcp', 'h', 7, true],
    [{ host: 'udp://h:7', udp: true }, 'udp', 'h', 7, true],
    [{ host: 'h:0' }, 'udp', 'h', 0, false],
  ] as const)('reads %j', async (typed, scheme, host, port, forced) => {
    expect(await target(typed)).toEqual({ endpoint: { scheme, host, port, path: '' }, forced });
  });

  it('reads a Unix socket, which needs no port', async () => {
    const { endpoint, forced } = await target({ host: 'unix:/tmp/s' });
    expect({ path: endpoint.path, forced }).toEqual({ path: '/tmp/s', forced: true });
  });

  it('takes the documented port for a service that /etc/services does not know', async () => {
    const { endpoint } = await clientTarget({ host: 'h' }, { ...DEFAULTS, service: 'no-such-service' });
    expect(endpoint.port).toBe(9_999);
  });

  it.each([
    [{ udp: true, tcp: true }, 'contradict each other'],
    [{ host: 'tcp://h', udp: true }, 'contradicts tcp://h'],
    [{ host: 'unix:/tmp/s', tcp: true }, 'contradicts unix:/tmp/s'],
    [{ host: 'h:7', port: '8' }, 'h:7 says where already'],
    [{ host: 'unix:/tmp/s', port: '8' }, 'says where already'],
    [{ host: 'h', port: 'nosuchservice' }, 'nosuchservice'],
    [{ host: 'h', port: '070' }, '070'],
    [{ host: '010.0.0.1' }, 'not an IPv4 address'],
    [{ host: 'http://h' }, 'unknown scheme'],
  ] as const)('refuses %j: %s', async (typed, reason) => {
    const refused = target(typed);
    await expect(refused).rejects.toThrow(reason);
    await expect(refused).rejects.toMatchObject({ exit: 2 });
  });
});

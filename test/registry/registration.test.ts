import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NettkError } from '../../src/errors.ts';
import { type RegistrationInput, readRegistration } from '../../src/registry/registration.ts';

const BASE: RegistrationInput = { name: 'web', port: 80 };
const read = (more: Partial<RegistrationInput>) => readRegistration({ ...BASE, ...more }, '10.0.0.1');
const reasonOf = (more: Partial<RegistrationInput>): string => {
  try {
    read(more);
  } catch (error) {
    expect(error).toMatchObject({ code: 'USAGE' });
    return (error as NettkError).message;
  }
  return '';
};

describe('readRegistration', () => {
  it('fills in what is left out', () => {
    expect(read({ name: 'Web_2' })).toEqual({
      name: 'web_2',
      id: '10.0.0.1:80',
      address: '10.0.0.1',
      port: 80,
      protocol: 'tcp',
      description: '',
      tags: [],
      meta: [],
      weight: 1,
      priority: 0,
      ttlMs: 0,
      checks: [{ kind: 'tcp' }],
    });
  });

  it('takes every field at its limits', () => {
    const input: Partial<RegistrationInput> = {
      name: `a${'-'.repeat(61)}z`,
      id: '!'.repeat(255),
      address: '2001:DB8::1',
      port: 65_535,
      protocol: 'udp',
      description: 'ä'.repeat(256),
      tags: ['a b', 'traefik.rule=Host(`x`)'],
      meta: [['version_1.2-x', '']],
      weight: 65_535,
      priority: 65_535,
      ttlMs: 86_400_000,
      checks: [
        { kind: 'http', path: '/health?x=1', intervalMs: 1_000, timeoutMs: 10, fail: 1, rise: 1, dropAfter: 0 },
        { kind: 'udp', address: '::1', port: 1, send: 'DEADbeef', expect: 'pong' },
      ],
    };
    const { checks, address, ...rest } = read(input);
    expect(address).toBe('2001:db8::1');
    expect(checks[1]).toEqual({ kind: 'udp', address: '::1', port: 1, send: 'deadbeef', expect: 'pong' });
    expect(rest).toMatchObject({ id: '!'.repeat(255), description: 'ä'.repeat(256), ttlMs: 86_400_000 });
  });

  it.each<[Partial<RegistrationInput>, string]>([
    [{ name: '' }, 'the name "" is not 1 to 63 letters'],
    [{ name: 'a.b' }, 'the name "a.b"'],
    [{ name: '-a' }, 'the name "-a"'],
    [{ name: 'a'.repeat(64) }, 'the name "aaaa'],
    [{ name: '__proto__' }, 'the name "__proto__"'],
    [{ name: 'a\n' }, 'the name'],
    [{ id: 'a b' }, 'the id "a b"'],
    [{ id: '' }, 'the id ""'],
    [{ address: 'localhost' }, 'the address "localhost" is not one of a host'],
    [{ address: '0.0.0.0' }, 'the address "0.0.0.0"'],
    [{ port: 0 }, 'the port 0 is not a whole number from 1 to 65535'],
    [{ port: 80.5 }, 'the port 80.5'],
    [{ port: Number.NaN }, 'the port NaN'],
    [{ protocol: 'sctp' as 'tcp' }, 'the protocol "sctp" is neither tcp nor udp'],
    [{ description: 'x'.repeat(513) }, 'the description is longer than 512 bytes'],
    [{ description: 'a\nforged line' }, 'the description has control characters'],
    [{ description: '\ud800' }, 'the description has control characters, or is not UTF-8'],
    [{ tags: Array(33).fill('x') }, 'tags are 33, at most 32'],
    [{ tags: ['a\0'] }, 'a tag has control characters'],
    [{ meta: [['a b', '']] }, 'the key "a b"'],
    [{ meta: [['a', '\r']] }, 'the value of a has control'],
    [{ meta: Array.from({ length: 20 }, (_, i) => [`k${i}`, 'x'.repeat(500)] as const) }, 'all texts together are'],
    [{ weight: 0 }, 'the weight 0'],
    [{ priority: -1 }, 'the priority -1'],
    [{ ttlMs: 999 }, 'the ttl 999 is not a whole number from 1000'],
    [{ checks: Array(9).fill({ kind: 'tcp' }) }, 'checks are 9, at most 8'],
    [{ checks: [{ kind: 'script' as 'tcp' }] }, 'the check "script" is none of tcp, http, udp'],
    [{ checks: [{ kind: 'tcp', path: '/' }] }, 'path is for http'],
    [{ checks: [{ kind: 'http', path: 'x' }] }, 'the path "x"'],
    [{ checks: [{ kind: 'http', path: '/ HTTP/1.1\r\nX: y' }] }, 'the path'],
    [{ checks: [{ kind: 'tcp', send: '00' }] }, 'send and expect are for udp'],
    [{ checks: [{ kind: 'udp', send: '0' }] }, 'send is not at most 512 bytes in hexadecimal'],
    [{ checks: [{ kind: 'tcp', address: '0.0.0.0' }] }, 'the address "0.0.0.0"'],
    [{ checks: [{ kind: 'tcp', intervalMs: 999 }] }, 'interval 999'],
    [{ checks: [{ kind: 'tcp', fail: 0 }] }, 'fail 0'],
  ])('refuses %j', (input, reason) => {
    expect(reasonOf(input)).toContain(`register: ${reason}`);
  });

  it('never throws anything else, whatever the texts', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    fc.assert(
      fc.property(text, text, text, text, fc.double(), (name, id, address, description, port) => {
        try {
          readRegistration({ name, id, address, description, port, tags: [name], meta: [[id, name]] }, '10.0.0.1');
        } catch (error) {
          expect(error).toBeInstanceOf(NettkError);
        }
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NettkError } from '../../src/errors.ts';
import { parseNameCommand } from '../../src/protocols/name-line.ts';

const registration = (rest: string) => {
  const command = parseNameCommand(`register ${rest}`);
  return command.verb === 'register' ? command.registration : undefined;
};

describe('register', () => {
  it.each([
    ['web 80', { name: 'web', port: 80 }],
    ['web :80', { name: 'web', port: 80 }],
    ['web 10.0.0.1:80', { name: 'web', address: '10.0.0.1', port: 80 }],
    ['web [2001:db8::1]:80', { name: 'web', address: '2001:db8::1', port: 80 }],
    ['web example.org:80', { name: 'web', address: 'example.org', port: 80 }],
    ['  web\t80  The first  web  ', { name: 'web', port: 80, description: 'The first  web' }],
    ['web 80 weight=3 priority=0 id=w1 protocol=udp', { weight: 3, priority: 0, id: 'w1', protocol: 'udp' }],
    ['web 80 ttl=2.5s The web', { ttlMs: 2_500, description: 'The web' }],
    ['web 80 description="a \\"b\\"" ttl=1m', { description: 'a "b"', ttlMs: 60_000 }],
    [
      'web 80 tag=a tag="b c" meta.v=1 meta.w=""',
      {
        tags: ['a', 'b c'],
        meta: [
          ['v', '1'],
          ['w', ''],
        ],
      },
    ],
    ['web 80 check=none', { checks: [] }],
    ['web 80 interval=10s', { checks: [{ kind: 'tcp', intervalMs: 10_000 }] }],
    [
      'web 80 check=http path=/ok at=81 timeout=500ms check=udp at=10.0.0.2:53 send=00ff expect="a b" fail=1 rise=1 drop-after=0',
      {
        checks: [
          { kind: 'http', path: '/ok', port: 81, timeoutMs: 500 },
          { kind: 'udp', address: '10.0.0.2', port: 53, send: '00ff', expect: 'a b', fail: 1, rise: 1, dropAfter: 0 },
        ],
      },
    ],
  ])('reads %s', (text, expected) => {
    expect(registration(text)).toMatchObject(expected);
  });

  it('leaves out what is not said', () => {
    expect(Object.keys(registration('web 80') ?? {}).sort()).toEqual(['meta', 'name', 'port', 'tags']);
  });

  it.each([
    ['', 'usage: register NAME TARGET'],
    ['web', 'usage: register NAME TARGET'],
    ['web http', '"http" is no target'],
    ['web 10.0.0.1', '"10.0.0.1" is no target'],
    ['web 123456', '"123456" is no target'],
    ['web 80 colour=red', 'unknown key colour='],
    ['web 80 constructor=x', 'unknown key constructor='],
    ['web 80 weight=much', '"much" is not a whole number'],
    ['web 80 ttl=soon', 'ttl=soon is no duration'],
    ['web 80 check=none check=tcp', 'contradict each other'],
    ['web 80 tag="a"b', 'a blank is missing after tag='],
  ])('refuses %j', (text, reason) => {
    expect(() => registration(text)).toThrow(reason);
  });
});

describe('other commands', () => {
  it.each([
    ['renew web', { verb: 'renew', target: { name: 'web', id: undefined }, isWell: true, reason: '' }],
    ['RENEW Web/a/b up', { verb: 'renew', target: { name: 'web', id: 'a/b' }, isWell: true, reason: '' }],
    ['renew web/1 down for  maintenance', { isWell: false, reason: 'for maintenance' }],
    ['drop web/10.0.0.1:80', { verb: 'drop', target: { name: 'web', id: '10.0.0.1:80' } }],
    ['show web', { verb: 'show', target: { name: 'web', id: undefined } }],
    ['lookup web', { verb: 'lookup', name: 'web', wantsAll: false }],
    ['lookup web all', { verb: 'lookup', name: 'web', wantsAll: true }],
    ['list', { verb: 'list', prefix: '' }],
    ['list we', { verb: 'list', prefix: 'we' }],
    ['top', { verb: 'top', count: 20 }],
    ['top 5', { verb: 'top', count: 5 }],
    ['watch', { verb: 'watch', name: undefined, since: undefined }],
    ['watch since=12 web', { verb: 'watch', name: 'web', since: 12 }],
    ['log', { verb: 'log', count: 20, service: undefined, client: undefined, follows: false }],
    ['log 5 follow service=web client=::1', { count: 5, service: 'web', client: '::1', follows: true }],
    ['token a b', { verb: 'token', secret: 'a b' }],
    ['help me', { verb: 'help' }],
  ])('reads %s', (line, expected) => {
    expect(parseNameCommand(line)).toMatchObject(expected);
  });

  it.each([
    ['renew', 'usage: renew'],
    ['renew web sideways', 'usage: renew'],
    ['drop', 'usage: drop'],
    ['drop /x', 'usage: drop'],
    ['lookup', 'usage: lookup'],
    ['lookup web some', 'usage: lookup'],
    ['list a b', 'usage: list'],
    ['watch a b', 'usage: watch'],
    ['watch since=-1', '"-1" is not a whole number'],
    ['log many', '"many" is not a whole number'],
    ['top x', '"x" is not a whole number'],
    ['GET / HTTP/1.1', '"GET": unknown command; try help'],
    ['toString', '"toString": unknown command'],
  ])('refuses %j', (line, reason) => {
    expect(() => parseNameCommand(line)).toThrow(reason.replace('; try help', ''));
  });

  it('never throws anything else', () => {
    const verb = fc.constantFrom(
      'register',
      'renew',
      'drop',
      'lookup',
      'list',
      'show',
      'watch',
      'log',
      'top',
      'token',
      '',
    );
    const rest = fc.string({ unit: fc.constantFrom(...'ab:/=" 09.[]\\\t', 'check=', 'ttl=', 'since=') });
    fc.assert(
      fc.property(verb, rest, (first, text) => {
        try {
          parseNameCommand(`${first} ${text}`);
        } catch (error) {
          expect(error).toBeInstanceOf(NettkError);
        }
      }),
    );
  });
});

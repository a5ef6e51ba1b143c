import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSide, parseSide } from '../../../src/clients/relay/side.ts';
import { NettkError } from '../../../src/errors.ts';

describe('a side', () => {
  it.each([
    ['-', { kind: 'stdio' }, 'stdio:'],
    ['stdio:', { kind: 'stdio' }, 'stdio:'],
    ['file:a b', { kind: 'file', path: 'a b' }, 'file:a b'],
    ['file:///etc/motd', { kind: 'file', path: '/etc/motd' }, 'file:/etc/motd'],
    ['exec:tr a b', { kind: 'program' }, 'exec:tr a b'],
    ['shell:a | b', { kind: 'program' }, 'exec:a | b'],
    ['host:80', { kind: 'dial', endpoint: { scheme: 'tcp', host: 'host', port: 80 } }, 'tcp://host:80'],
    ['udp://[::1]:53', { kind: 'dial', endpoint: { scheme: 'udp', host: '::1', port: 53 } }, 'udp://[::1]:53'],
    ['unix:@name', { kind: 'dial', endpoint: { scheme: 'unix', path: '@name' } }, 'unix:@name'],
    [
      'tcp-listen://9000',
      { kind: 'listen', endpoint: { host: '127.0.0.1', port: 9_000 } },
      'tcp-listen://127.0.0.1:9000',
    ],
    [
      'TCP-LISTEN:9000',
      { kind: 'listen', endpoint: { host: '127.0.0.1', port: 9_000 } },
      'tcp-listen://127.0.0.1:9000',
    ],
    ['tls-listen://[::]:0', { kind: 'listen', endpoint: { scheme: 'tls', host: '::' } }, 'tls-listen://[::]:0'],
    [
      'ws-listen://0.0.0.0:80/x',
      { kind: 'listen', endpoint: { scheme: 'ws', path: '/x' } },
      'ws-listen://0.0.0.0:80/x',
    ],
    ['unix-listen:/a', { kind: 'listen', endpoint: { scheme: 'unix', path: '/a' } }, 'unix-listen:/a'],
    ['unix-listen:///a', { kind: 'listen', endpoint: { scheme: 'unix', path: '/a' } }, 'unix-listen:/a'],
    ['unix-listen://@a', { kind: 'listen', endpoint: { scheme: 'unix', path: '@a' } }, 'unix-listen:@a'],
  ])('%s is understood, and printed so that it is understood again', (text, side, printed) => {
    expect(parseSide(text)).toMatchObject(side);
    expect(formatSide(parseSide(text))).toBe(printed);
  });

  it.each([
    'file:',
    'exec:',
    'shell: ',
    'tcp-listen://',
    'sctp-listen://1',
    'tcp-listen://a:b:c',
    'unix-listen:',
    'tcp://host',
    'stdio:x',
  ])('%s is refused as a mistake of the person', (text) => {
    expect(() => parseSide(text)).toThrow(NettkError);
    expect(() => parseSide(text)).toThrow(expect.objectContaining({ exit: 2 }) as Error);
  });

  it('of any text is understood or refused, nothing else', () => {
    const part = fc.constantFrom(
      'tcp',
      'unix',
      '-listen',
      ':',
      '//',
      '@',
      '127.0.0.1',
      '80',
      'exec:',
      'file:',
      '\0',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        try {
          formatSide(parseSide(parts.join('')));
        } catch (error) {
          expect(error).toBeInstanceOf(NettkError);
        }
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NettkError } from '../../src/errors.ts';
import { type Endpoint, formatAuthority, formatEndpoint, parseEndpoint, parseHost } from '../../src/net/endpoint.ts';

/** The message of what a call throws; fails where it throws anything but a NettkError, or nothing. */
function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof NettkError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

describe('parseEndpoint', () => {
  it.each<[string, Endpoint]>([
    ['localhost:80', { scheme: 'tcp', host: 'localhost', port: 80, path: '' }],
    ['127.0.0.1:0', { scheme: 'tcp', host: '127.0.0.1', port: 0, path: '' }],
    ['h:65535', { scheme: 'tcp', host: 'h', port: 65_535, path: '' }],
    ['h:daytime', { scheme: 'tcp', host: 'h', port: 13, path: '' }],
    ['[::1]:80', { scheme: 'tcp', host: '::1', port: 80, path: '' }],
    ['[fe80::1%eth0]:80', { scheme: 'tcp', host: 'fe80::1%eth0', port: 80, path: '' }],
    ['[::ffff:10.0.0.1]:80', { scheme: 'tcp', host: '::ffff:10.0.0.1', port: 80, path: '' }],
    ['tcp://h:80', { scheme: 'tcp', host: 'h', port: 80, path: '' }],
    ['UDP://[::1]:daytime', { scheme: 'udp', host: '::1', port: 13, path: '' }],
    ['tls://h.example.:443', { scheme: 'tls', host: 'h.example.', port: 443, path: '' }],
    ['ws://h', { scheme: 'ws', host: 'h', port: 80, path: '/' }],
    ['ws://h:81/chat?x=/', { scheme: 'ws', host: 'h', port: 81, path: '/chat?x=/' }],
    ['wss://h/', { scheme: 'wss', host: 'h', port: 443, path: '/' }],
    ['unix:/tmp/a b', { scheme: 'unix', host: '', port: 0, path: '/tmp/a b' }],
    ['unix:relative.sock', { scheme: 'unix', host: '', port: 0, path: 'relative.sock' }],
    ['unix:///tmp/s', { scheme: 'unix', host: '', port: 0, path: '/tmp/s' }],
    ['unix:@name', { scheme: 'unix', host: '', port: 0, path: '@name' }],
    ['Bücher.example:80', { scheme: 'tcp', host: 'xn--bcher-kva.example', port: 80, path: '' }],
    ['_srv.h-1:80', { scheme: 'tcp', host: '_srv.h-1', port: 80, path: '' }],
  ])('reads %s', (text, endpoint) => {
    expect(parseEndpoint(text)).toEqual(endpoint);
  });

  it.each([
    '127.1:80',
    '0x7f.1:80',
    '0x7f000001:80',
    '010.0.0.1:80',
    '127.0.0.01:80',
    '2130706433:80',
    '1.2.3.4.5:80',
    '256.0.0.1:80',
    '1.2.3.4.:80',
    '1.2.3.0x4:80',
    '１２７.0.0.1:80',
    '127。0。0。1:80',
  ])('refuses %s, which C would take for an address', (text) => {
    expect(refusal(() => parseEndpoint(text))).toMatch(/not an IPv4 address|not a host name/);
  });

  it('says why a loose address is refused', () => {
    expect(refusal(() => parseEndpoint('010.0.0.1:80'))).toBe(
      'address "010.0.0.1": not an IPv4 address: four decimal numbers from 0 to 255, no leading zeros',
    );
  });

  it.each([
    ['', 'the port is missing'],
    ['h', 'the port is missing'],
    ['[::1]', 'the port is missing'],
    ['tcp://h', 'the port is missing'],
    [':80', 'the host is missing'],
    ['[]:80', '"" is not an IPv6 address'],
    ['[127.0.0.1]:80', '"127.0.0.1" is not an IPv6 address'],
    ['[::g]:80', '"::g" is not an IPv6 address'],
    ['::1', 'the IPv6 address needs brackets'],
    ['::1:80:x', 'more than one colon outside brackets'],
    ['h:80:90', 'more than one colon outside brackets'],
    ['http://h:80', 'unknown scheme "http"'],
    ['unix://', 'the socket path is missing'],
    ['unix:', 'the socket path is missing'],
    ['unix:@', 'the socket path is missing'],
    ['unix:/a\0b', 'no NUL byte'],
    ['tcp://h:80/x', 'a tcp address has no path'],
    ['h:80/', 'a tcp address has no path'],
    ['user@h:80', 'not a host name'],
    ['h h:80', 'not a host name'],
    ['h\n:80', 'not a host name'],
    ['h\0:80', 'not a host name'],
    ['a..b:80', 'labels have 1 to 63 characters'],
    [`${'a'.repeat(64)}:80`, 'labels have 1 to 63 characters'],
    ['h:080', '080'],
    ['h:0x50', '0x50'],
    ['h:-1', '-1'],
    ['h:65536', '65536'],
    ['h: 80', ' 80'],
    ['h:8e1', '8e1'],
    ['h:٣', '٣'],
    ['h:', ''],
    ['h:nosuchservice', 'nosuchservice'],
  ])('refuses %j: %s', (text, reason) => {
    expect(refusal(() => parseEndpoint(text))).toContain(reason);
  });

  it('refuses a socket path of 108 bytes and takes one of 107, counted in bytes', () => {
    expect(parseEndpoint(`unix:/${'a'.repeat(106)}`).path).toHaveLength(107);
    expect(refusal(() => parseEndpoint(`unix:/${'a'.repeat(107)}`))).toContain('at most 107 bytes');
    expect(refusal(() => parseEndpoint(`unix:/${'é'.repeat(54)}`))).toContain('at most 107 bytes');
  });

  it('takes a bare port where a host stands in, and a bare host where a port does', () => {
    expect(parseEndpoint('8080', { host: '127.0.0.1' })).toMatchObject({ host: '127.0.0.1', port: 8080 });
    expect(parseEndpoint(':8080', { host: '127.0.0.1' })).toMatchObject({ host: '127.0.0.1', port: 8080 });
    expect(parseEndpoint('h', { port: 7 })).toMatchObject({ host: 'h', port: 7 });
    expect(parseEndpoint('::1', { port: 7 })).toMatchObject({ host: '::1', port: 7 });
    expect(parseEndpoint('h', { port: 7, scheme: 'udp' })).toMatchObject({ scheme: 'udp', host: 'h', port: 7 });
  });

  it('throws nothing but a NettkError, whatever it is given', () => {
    const bits = fc.constantFrom('::', ':', '[', ']', '/', '//', 'tcp', 'unix', '@', '%', '.', '0x', '1', 'é', '\0');
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(bits).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (one) => {
        try {
          parseEndpoint(one);
        } catch (error) {
          expect(error).toBeInstanceOf(NettkError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('formatEndpoint', () => {
  it('puts IPv6 addresses in brackets and leaves the rest bare', () => {
    expect(formatEndpoint({ scheme: 'udp', host: '::1', port: 7, path: '' })).toBe('udp://[::1]:7');
    expect(formatEndpoint({ scheme: 'ws', host: 'h', port: 80, path: '/x' })).toBe('ws://h:80/x');
    expect(formatEndpoint({ scheme: 'unix', host: '', port: 0, path: '@a' })).toBe('unix:@a');
    expect(formatAuthority({ host: 'fe80::1%eth0', port: 7 })).toBe('[fe80::1%eth0]:7');
  });

  it('is read back as the same endpoint', () => {
    const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
    const port = fc.integer({ min: 0, max: 65_535 });
    const plain = fc.record({ scheme: fc.constantFrom('tcp', 'udp', 'tls'), host, port, path: fc.constant('') });
    const webPath = fc.webPath().map((path) => `/${path.replace(/^\/+/, '')}`);
    const web = fc.record({ scheme: fc.constantFrom('ws', 'wss'), host, port, path: webPath });
    fc.assert(
      fc.property(fc.oneof(plain, web), (endpoint) => {
        expect(parseEndpoint(formatEndpoint(endpoint as Endpoint))).toEqual(endpoint);
      }),
    );
  });

  it('is read back as the same endpoint, whatever a person typed', () => {
    const path = fc.array(fc.constantFrom('/', 'a', '@', ' ', 'é', ':')).map((parts) => `unix:${parts.join('')}`);
    fc.assert(
      fc.property(fc.oneof(path, fc.webUrl({ validSchemes: ['ws', 'wss'] })), (text) => {
        let endpoint: Endpoint | undefined;
        try {
          endpoint = parseEndpoint(text);
        } catch {
          fc.pre(false);
        }
        expect(parseEndpoint(formatEndpoint(endpoint as Endpoint))).toEqual(endpoint);
      }),
    );
  });
});

describe('parseHost', () => {
  it('takes a name of 253 characters and refuses a longer one', () => {
    const label = 'a'.repeat(63);
    const longest = [label, label, label, 'a'.repeat(61)].join('.');
    expect(parseHost(longest)).toBe(longest);
    expect(refusal(() => parseHost(`${longest}a`))).toContain('at most 253');
  });
});

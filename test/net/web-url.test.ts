import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatWebUrl, hostHeader, isSameOrigin, parseWebUrl, resolveLocation } from '../../src/net/web-url.ts';

describe('parseWebUrl', () => {
  it.each([
    ['example.com', 'http://example.com/'],
    ['localhost:8080/a?b#c', 'http://localhost:8080/a?b'],
    ['https://example.com:443', 'https://example.com/'],
    ['HTTP://Example.COM/%7Ea/../b', 'http://Example.COM/b'],
    ['http://[::1]:80/', 'http://[::1]/'],
    ['http://[fe80::1%25eth0]:81/x', 'http://[fe80::1%25eth0]:81/x'],
    ['http://bücher.example/ü', 'http://xn--bcher-kva.example/%C3%BC'],
    ['http://user:secret@host/', 'http://host/'],
    ['host/path?u=http://other/', 'http://host/path?u=http://other/'],
  ])('reads %s as %s', (text, url) => {
    expect(formatWebUrl(parseWebUrl(text)).toLowerCase()).toBe(url.toLowerCase());
  });

  it.each([
    ['http://0x7f.1/', /four decimal numbers/],
    ['http://127.1/', /four decimal numbers/],
    ['http://010.0.0.1/', /four decimal numbers/],
    ['http://2130706433/', /four decimal numbers/],
    ['http://１２７.0.0.1/', /not an IPv4 address/],
    ['http://host\r\nX: y/', /control characters/],
    ['http://ho\tst/', /control characters/],
    ['http://host/a b', /no spaces/],
    ['http://host\\@other/', /backslash/],
    ['http://host/a\\b', /backslash/],
    ['file:///etc/passwd', /"file" is not a scheme/],
    ['file:/etc/passwd', /not a port number/],
    ['ftp://host/', /"ftp" is not a scheme/],
    ['http://host:99999/', /99999/],
    ['http://host:0/', /port 0/],
    ['http://host:0x50/', /not a port number/],
    ['http://host:/', /not a port number/],
    ['http:///path', /host is missing/],
    ['http://::1/', /more than one colon/],
    ['', /host is missing/],
  ])('refuses %j', (text, reason) => {
    expect(() => parseWebUrl(text)).toThrow(reason);
  });

  it('decodes the credentials, which no printed URL shows', () => {
    expect(parseWebUrl('http://a%40b:p%3Aw@host/').credentials).toBe('a@b:p:w');
    expect(parseWebUrl('http://a%zz@host/').credentials).toBe('a%zz');
  });

  it('refuses any text or gives a request target and a host without anything that could split a request', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl(),
      fc.string().map((path) => `http://h/${path}`),
    );
    fc.assert(
      fc.property(text, (input) => {
        let url: ReturnType<typeof parseWebUrl>;
        try {
          url = parseWebUrl(input);
        } catch (error) {
          expect(error).toMatchObject({ name: 'NettkError', exit: 2 });
          return;
        }
        expect(url.path).toMatch(/^\/[\x21-\x7e]*$/);
        expect(hostHeader(url)).toMatch(/^[\x21-\x7e]+$/);
        expect(parseWebUrl(formatWebUrl(url))).toEqual({ ...url, credentials: undefined });
      }),
    );
  });
});

describe('resolveLocation', () => {
  const base = parseWebUrl('https://user:pw@host:8443/a/b?c');

  it.each([
    ['/x', 'https://host:8443/x'],
    ['x', 'https://host:8443/a/x'],
    ['../../../x', 'https://host:8443/x'],
    ['?q=http://other/', 'https://host:8443/a/b?q=http://other/'],
    ['//other/x', 'https://other/x'],
    ['http://other', 'http://other/'],
    ['/with space', 'https://host:8443/with%20space'],
    ['', 'https://host:8443/a/b?c'],
  ])('follows %j to %s', (location, url) => {
    expect(formatWebUrl(resolveLocation(base, location))).toBe(url);
  });

  it.each([
    'file:///etc/passwd',
    'javascript:alert(1)',
    'http:/x',
    '/\\other/',
    '\\\\other',
    'http://0x7f.1/',
    '/a\r\nb',
  ])('refuses %j', (location) => {
    expect(() => resolveLocation(base, location)).toThrow(/URL|address/);
  });

  it('keeps credentials within the origin only', () => {
    expect(resolveLocation(base, '/x').credentials).toBe('user:pw');
    expect(resolveLocation(base, 'https://host:8443/x').credentials).toBeUndefined();
    expect(resolveLocation(base, '//other/').credentials).toBeUndefined();
  });
});

describe('isSameOrigin', () => {
  it.each([
    ['http://host/a', 'http://HOST:80/b', true],
    ['http://host/', 'https://host/', false],
    ['http://host/', 'http://host:81/', false],
    ['http://host/', 'http://other/', false],
  ])('for %s and %s is %s', (a, b, is) => {
    expect(isSameOrigin(parseWebUrl(a), parseWebUrl(b))).toBe(is);
  });
});

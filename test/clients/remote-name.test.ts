import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { remoteName } from '../../src/clients/remote-name.ts';
import { parseWebUrl } from '../../src/net/web-url.ts';

const nameOf = (path: string): string => remoteName(parseWebUrl(`http://host${path}`));

describe('remoteName', () => {
  it.each([
    ['/page.html', 'page.html'],
    ['/a/b/c.tar.gz?x=/y', 'c.tar.gz'],
    ['/with%20space', 'with space'],
    ['/%C3%BC', 'ü'],
    ['/%ff', '%ff'],
  ])('of %s is %s', (path, name) => {
    expect(nameOf(path)).toBe(name);
  });

  it.each([
    '',
    '/',
    '/a/',
    '/..',
    '/%2e%2e',
    '/.bashrc',
    '/a%2fb',
    '/..%2fb',
    '/a%5cb',
    '/a%00',
    '/a%0ab',
    '/a%1b',
    '/%E2%80%AEb',
  ])('refuses %j', (path) => {
    expect(() => nameOf(path)).toThrow(/file name of/);
  });

  it('refuses what file systems would', () => {
    expect(() => nameOf(`/${'a'.repeat(251)}`)).toThrow(/too long/);
    expect(nameOf(`/${'a'.repeat(250)}`)).toHaveLength(250);
  });

  it('of any path is a name in this directory, or nothing', () => {
    fc.assert(
      fc.property(fc.webPath(), fc.string({ unit: 'binary' }), (path, tail) => {
        let name: string;
        try {
          name = nameOf(`${path}/${encodeURIComponent(tail.toWellFormed())}`);
        } catch (error) {
          expect(error).toMatchObject({ exit: 2 });
          return;
        }
        expect(name).toMatch(/^[^./\\\x00-\x1f][^/\\\x00-\x1f]*$/);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseServices } from '../../src/net/services-file.ts';

const only = (text: string) => {
  const entries = parseServices(text);
  expect(entries).toHaveLength(1);
  return entries[0]!;
};

describe('parseServices', () => {
  it('reads name, port, protocol, aliases and the line number', () => {
    expect(parseServices('# head\n\ntime\t\t37/udp  timserver tm # RFC 868\n')).toEqual([
      { name: 'time', port: 37, protocol: 'udp', aliases: ['timserver', 'tm'], line: 3 },
    ]);
  });

  it.each([
    ['leading blanks', '  lead 1264/tcp', { name: 'lead', port: 1264 }],
    ['CRLF, without a CR in the last alias', 'crlf 1231/tcp last\r\n', { aliases: ['last'] }],
    ['a missing final newline', 'eof 1275/tcp end', { aliases: ['end'] }],
    ['tabs only', 'tab\t1274/tcp\tal\t\n', { port: 1274, aliases: ['al'] }],
    ['vertical tabs and form feeds', 'vt\v1258/tcp\v\fq', { port: 1258, aliases: ['q'] }],
    ['a comment right behind the protocol', 'x 1272/tcp# y', { protocol: 'tcp', aliases: [] }],
    ['a NUL as the end of the line', 'nul 1256/tcp a\0b c', { aliases: ['a'] }],
    ['UTF-8 names', 'été 1263/tcp', { name: 'été' }],
    ['a plus sign', 'plus +1255/tcp', { port: 1255 }],
    ['port 0', 'zero 0/tcp', { port: 0 }],
    ['a port without protocol', 'bare 1238', { port: 1238, protocol: '' }],
    ['several slashes', 'slashes 1232//tcp', { protocol: 'tcp' }],
    ['a protocol with a slash in it', 'extra 1245/tcp/extra', { protocol: 'tcp/extra' }],
  ])('accepts %s', (_what, text, expected) => {
    expect(only(text)).toMatchObject(expected);
    expect(only(text).defect).toBeUndefined();
  });

  it.each([
    'x abc/tcp',
    'x -5/tcp',
    'x 1239 /tcp',
    'x 1254,tcp',
    'x',
    'hash#tag 1240/tcp',
    'x 1237 ',
    'n\0ul 1257/tcp',
    '',
  ])('skips %j as getservbyname does', (text) => {
    expect(parseServices(text)).toEqual([]);
  });

  it.each([
    ['oct 01250/tcp', 680, /leading zero/],
    ['hex 0x4E4/tcp', 1252, /hexadecimal/],
    ['big 70000/tcp', 4464, /above 65535/],
    ['wrap 65536/tcp', 0, /above 65535/],
    ['huge 4294967300/tcp', -1, /above 65535/],
  ])('marks %j, with the port C makes of it', (text, port, defect) => {
    expect(only(text).port).toBe(port);
    expect(only(text).defect).toMatch(defect);
  });

  it('reads 2,000 aliases on one line', () => {
    const aliases = Array.from({ length: 2000 }, (_, i) => `alias${i}`);
    expect(only(`many 1/tcp ${aliases.join(' ')}`).aliases).toEqual(aliases);
  });

  it('reads any text without throwing, and gives only ports that can be', () => {
    const word = fc.stringMatching(/^[a-z0-9/#\0\t\r +x-]{0,20}$/);
    fc.assert(
      fc.property(fc.array(word), (lines) =>
        parseServices(lines.join('\n')).every(
          ({ port, defect, name }) => name !== '' && (defect !== undefined || (port >= 0 && port <= 65535)),
        ),
      ),
    );
  });
});

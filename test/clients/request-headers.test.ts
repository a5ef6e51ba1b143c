import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestHeaders } from '../../src/clients/request-headers.ts';

describe('requestHeaders', () => {
  it('has the usual fields, which ask for the bytes as they are', () => {
    expect(requestHeaders([], 'me/1')).toEqual([
      ['User-Agent', 'me/1'],
      ['Accept', '*/*'],
      ['Accept-Encoding', 'identity'],
    ]);
  });

  it('adds, replaces and leaves out', () => {
    expect(requestHeaders(['accept: text/html', 'X-A:1', 'X-A: 2', 'User-Agent:'], 'me/1')).toEqual([
      ['Accept-Encoding', 'identity'],
      ['accept', 'text/html'],
      ['X-A', '1'],
      ['X-A', '2'],
    ]);
  });

  it.each([
    ['no colon here', /no colon/],
    ['two words: x', /not a header name/],
    [': x', /not a header name/],
    ['X-A: one\r\nX-B: two', /control characters/],
    ['X-A: nul\0', /control characters/],
    ['Content-Length: 5', /set by nettk/],
    ['transfer-encoding: chunked', /set by nettk/],
    ['Connection: keep-alive', /set by nettk/],
    ['Host:', /exactly one/],
  ])('refuses %j', (line, reason) => {
    expect(() => requestHeaders([line], 'me/1')).toThrow(reason);
  });

  it('refuses any other text too, or gives fields on one line each', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.string({ unit: 'binary' }), (lines, agent) => {
        try {
          for (const field of requestHeaders(lines, agent)) expect(field.join('')).not.toMatch(/[\r\n\0]/);
        } catch (error) {
          expect(error).toMatchObject({ code: 'USAGE', exit: 2 });
        }
      }),
    );
  });
});

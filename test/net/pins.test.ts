/** Pins as people copy them: hexadecimal, with colons, base64. */

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintOf, isPinned, parsePin } from '../../src/net/pins.ts';

const certificate = Buffer.from('any bytes');
const digest = createHash('sha256').update(certificate).digest();
const hex = digest.toString('hex');

describe('a pin', () => {
  it.each([
    `sha256:${hex}`,
    `SHA256:${hex.toUpperCase()}`,
    hex,
    hex.toUpperCase().replace(/(..)(?!$)/g, '$1:'),
    `sha256:${digest.toString('base64')}`,
    `sha256//${digest.toString('base64')}`,
    digest.toString('base64url'),
  ])('is read from %s', (text) => {
    expect(parsePin(text)).toBe(`sha256:${hex}`);
    expect(parsePin(text)).toBe(fingerprintOf(certificate));
    expect(isPinned(certificate, [`sha256:${'0'.repeat(64)}`, text])).toBe(true);
    expect(isPinned(Buffer.from('other bytes'), [text])).toBe(false);
  });

  it.each([
    '',
    'sha256:',
    'sha1:00',
    hex.slice(1),
    `${hex}0`,
    `md5:${hex}`,
    'sha256:AAAA=',
    `${hex.slice(1)}g`,
  ])('is not read from %j', (text) => {
    expect(() => parsePin(text)).toThrow(expect.objectContaining({ code: 'USAGE', exit: 2 }));
  });

  it('is what it was after being written either way', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        expect(parsePin(buffer.toString('base64'))).toBe(parsePin(buffer.toString('hex')));
      }),
    );
  });
});

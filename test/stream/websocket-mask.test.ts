import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mask, unmask } from '../../src/stream/websocket-mask.ts';

/** As RFC 6455 defines it: byte i of the data with byte i modulo 4 of the key. */
const byBytes = (data: Uint8Array, key: Uint8Array): Uint8Array => data.map((byte, i) => byte ^ (key[i % 4] as number));

describe('masking', () => {
  const KEY = fc.uint8Array({ minLength: 4, maxLength: 4 });
  const DATA = fc.uint8Array({ maxLength: 40 });

  it('is what the definition says, wherever the bytes lie in memory', () => {
    fc.assert(
      fc.property(DATA, KEY, fc.nat(9), fc.nat(9), (data, key, shift, offset) => {
        const source = new Uint8Array(shift + data.length).subarray(shift);
        source.set(data);
        const output = new Uint8Array(shift + offset + data.length + 3).subarray(shift);
        mask(source, key, output, offset, data.length);
        expect(output.subarray(offset, offset + data.length)).toEqual(byBytes(data, key));
        expect(output.subarray(offset + data.length)).toEqual(new Uint8Array(3));
        expect(output.subarray(0, offset)).toEqual(new Uint8Array(offset));
        unmask(output.subarray(offset, offset + data.length), key);
        expect(output.subarray(offset, offset + data.length)).toEqual(data);
      }),
    );
  });
});

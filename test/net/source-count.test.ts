import { describe, expect, it } from 'vitest';
import { SourceCount, sourceOf } from '../../src/net/source-count.ts';

describe('sourceOf', () => {
  it.each([
    ['10.0.0.1', '::ffff:10.0.0.1'],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::'],
    ['fe80::1%eth0', 'fe80::2%eth1'],
  ])('calls %s and %s one source', (one, other) => {
    expect(sourceOf(one)).toBe(sourceOf(other));
  });

  it.each([
    ['10.0.0.1', '10.0.0.2'],
    ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['10.0.0.1', '::10.0.0.1'],
  ])('calls %s and %s two', (one, other) => {
    expect(sourceOf(one)).not.toBe(sourceOf(other));
  });
});

describe('SourceCount', () => {
  it('gives a source its places, and them back', () => {
    const count = new SourceCount(2);
    const leave = count.enter('10.0.0.1');
    expect(count.enter('::ffff:10.0.0.1')).toBeTypeOf('function');
    expect(count.enter('10.0.0.1')).toBeUndefined();
    expect(count.enter('10.0.0.2')).toBeTypeOf('function');
    leave?.();
    expect(count.enter('10.0.0.1')).toBeTypeOf('function');
  });

  it('takes a place back once however often it is given', () => {
    const count = new SourceCount(1);
    const leave = count.enter('10.0.0.1');
    leave?.();
    const second = count.enter('10.0.0.1');
    leave?.();
    expect(count.enter('10.0.0.1')).toBeUndefined();
    second?.();
    expect(count.size).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { formatRecord, parseRecord } from '../../src/protocols/record-line.ts';

describe('formatRecord', () => {
  it('quotes what has blanks, quotes or nothing, and escapes what could drive a terminal', () => {
    const line = formatRecord('10.0.0.1:7', [
      ['plain', 'a=b:c/d'],
      ['blank', 'a b'],
      ['quote', 'a"b'],
      ['empty', ''],
      ['forged', 'x\n10.0.0.2:7 name=echo\x1b[2J\u202e'],
    ]);
    expect(line).toBe(
      '10.0.0.1:7 plain=a=b:c/d blank="a b" quote="a\\"b" empty="" ' +
        'forged="x\\n10.0.0.2:7 name=echo\\u001b[2J\\u202e"',
    );
  });
});

describe('parseRecord', () => {
  it('reads keys more than once, and words without fields', () => {
    expect(parseRecord('word')).toEqual({ word: 'word', fields: [] });
    expect(parseRecord('w tag=a tag="b c"').fields).toEqual([
      ['tag', 'a'],
      ['tag', 'b c'],
    ]);
  });

  it.each([
    '',
    ' a=b',
    'w a',
    'w a=',
    'w a="b',
    'w a="b"c=d',
    'w a="\\x"',
    'w  a=b',
    'w a=b ',
    'w 1=b',
    'w a=b"c',
  ])('refuses %j', (line) => {
    expect(() => parseRecord(line)).toThrow('not a word and key=value pairs');
  });
});

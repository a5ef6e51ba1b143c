import { expect, it } from 'vitest';
import { HexDump } from '../../src/stream/hex-dump.ts';

const NOON = new Date('2026-11-23T12:00:00.125Z');
const dump = (): HexDump => new HexDump('tcp://127.0.0.1:7', () => NOON);

it('shows direction, time, peer, length, offset, hex and ASCII', () => {
  const bytes = Buffer.from('GET / HTTP/1.0\r\n\x00\x7f\xff~', 'latin1');
  expect(dump().dump('>', bytes).toString()).toBe(
    '> 2026-11-23T12:00:00.125Z tcp://127.0.0.1:7 20 bytes\n' +
      '> 00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 30 0d 0a  |GET / HTTP/1.0..|\n' +
      '> 00000010  00 7f ff 7e                                       |...~|\n',
  );
});

it('counts each direction for itself', () => {
  const one = dump();
  one.dump('>', Buffer.alloc(17));
  expect(one.dump('<', Buffer.from('a')).toString()).toContain('< 00000000  61 ');
  expect(one.dump('>', Buffer.from('b')).toString()).toContain('> 00000011  62 ');
});

it('shows an empty datagram as its header alone', () => {
  expect(dump().dump('<', Buffer.alloc(0)).toString()).toBe('< 2026-11-23T12:00:00.125Z tcp://127.0.0.1:7 0 bytes\n');
});

it('has nothing in it that could drive a terminal', () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  expect(new HexDump('unix:/tmp/\x1b[2J').dump('<', all).toString()).toMatch(/^[\x20-\x7e\n]*$/);
});

it('has the same columns in every row, full or not', () => {
  const rows = (bytes: number): string[] =>
    dump().dump('>', Buffer.alloc(bytes, 'x')).toString().split('\n').slice(1, -1);
  for (let size = 1; size <= 40; size += 1) {
    expect(rows(size)).toHaveLength(Math.ceil(size / 16));
    for (const row of rows(size)) expect(row).toMatch(/^> [0-9a-f]{8} {2}(?:78 | {3}){8} (?:78 | {3}){8} \|x{1,16}\|$/);
  }
});

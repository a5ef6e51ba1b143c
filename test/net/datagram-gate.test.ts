import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { DatagramGate, type DatagramSource } from '../../src/net/datagram-gate.ts';

const OWN: DatagramSource = { address: '127.0.0.1', port: 7007 };

/** A gate whose clock stands still until told. */
function makeGate(rate: number, own = OWN) {
  const clock = { now: 0 };
  return { clock, gate: new DatagramGate(own, { rate }, () => clock.now) };
}

const from = (address: string, port = 40_000): DatagramSource => ({ address, port });

describe('loops', () => {
  it.each([0, 7, 9, 13, 17, 19, 37, 53])('refuses source port %d', (port) => {
    expect(makeGate(100).gate.refuse(from('192.0.2.1', port))).toBe('source port of a service');
  });

  it.each([1, 8, 123, 1024, 65_535])('takes source port %d', (port) => {
    expect(makeGate(100).gate.refuse(from('192.0.2.1', port))).toBeUndefined();
  });

  it('refuses its own address and port', () => {
    const { gate } = makeGate(100);
    expect(gate.refuse(OWN)).toBe('own address');
    expect(gate.refuse(from('127.0.0.1', 7008))).toBeUndefined();
  });

  it.each(['0.0.0.0', '::'])('refuses every address of this machine with its port when bound to %s', (address) => {
    const { gate } = makeGate(100, { address, port: 7007 });
    const mine = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((one) => one.address));
    for (const one of [...mine, '127.0.0.1', '127.3.2.1', '::ffff:127.0.0.1']) {
      expect(gate.refuse(from(one, 7007))).toBe('own address');
    }
    expect(gate.refuse(from('192.0.2.77', 7007))).toBeUndefined();
  });

  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '224.0.0.1',
    '239.1.2.3',
    '255.255.255.255',
    '::ffff:224.0.0.1',
    'ff02::1',
    'FF05::2',
    '::',
  ])('refuses %s, which is no host', (address) => {
    expect(makeGate(100).gate.refuse(from(address))).toBe('not a unicast source');
  });

  it.each([
    '10.0.0.1',
    '223.255.255.255',
    '::1',
    'fe80::1%eth0',
    '2001:db8::1',
    '::ffff:10.0.0.1',
  ])('takes %s', (address) => {
    expect(makeGate(100).gate.refuse(from(address))).toBeUndefined();
  });
});

describe('the rate', () => {
  const taken = (gate: DatagramGate, times: number, source = from('192.0.2.1')): number =>
    Array.from({ length: times }, () => gate.refuse(source)).filter((refusal) => refusal === undefined).length;

  it('lets through as many at once as a second may have, then none', () => {
    const { gate } = makeGate(5);
    expect(taken(gate, 8)).toBe(5);
    expect(gate.refuse(from('192.0.2.1'))).toBe('too many from one source');
  });

  it('fills up with time and never above the rate', () => {
    const { gate, clock } = makeGate(10);
    expect(taken(gate, 20)).toBe(10);
    clock.now += 300;
    expect(taken(gate, 20)).toBe(3);
    clock.now += 3_600_000;
    expect(taken(gate, 20)).toBe(10);
  });

  it('holds over ten seconds of flood', () => {
    const { gate, clock } = makeGate(100);
    let answers = 0;
    for (let ms = 0; ms < 10_000; ms += 1, clock.now += 1) answers += taken(gate, 3);
    expect(answers).toBeGreaterThanOrEqual(1_000);
    expect(answers).toBeLessThanOrEqual(1_100);
  });

  it('is not spent by what is refused for another reason', () => {
    const { gate } = makeGate(1);
    gate.refuse(from('192.0.2.1', 19));
    expect(gate.refuse(from('192.0.2.1'))).toBeUndefined();
  });

  it('counts a source over all its ports', () => {
    const { gate } = makeGate(1);
    expect(gate.refuse(from('192.0.2.1', 1_111))).toBeUndefined();
    expect(gate.refuse(from('192.0.2.1', 2_222))).toBe('too many from one source');
    expect(gate.refuse(from('192.0.2.2', 1_111))).toBeUndefined();
  });

  it.each([
    ['2001:db8:0:1::1', '2001:db8:0:1:ffff:ffff:ffff:ffff'],
    ['2001:db8::1', '2001:db8::abcd:1'],
    ['::1', '::2'],
    ['fe80::1%eth0', 'fe80::2%eth0'],
  ])('takes %s and %s for one source: they share a /64', (one, other) => {
    const { gate } = makeGate(1);
    expect(gate.refuse(from(one))).toBeUndefined();
    expect(gate.refuse(from(other))).toBe('too many from one source');
  });

  it.each([
    ['2001:db8:0:1::1', '2001:db8:0:2::1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:5:5:6:7:8'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.2'],
  ])('keeps %s and %s apart', (one, other) => {
    const { gate } = makeGate(1);
    expect(gate.refuse(from(one))).toBeUndefined();
    expect(gate.refuse(from(other))).toBeUndefined();
  });

  it('spares loopback where it is told to, and nobody else', () => {
    const gate = new DatagramGate(OWN, { rate: 1, sparesLoopback: true }, () => 0);
    for (const address of ['127.0.0.1', '127.0.0.1', '127.9.9.9', '::1', '::1', '::ffff:127.0.0.1']) {
      expect(gate.refuse(from(address)), address).toBeUndefined();
    }
    expect(gate.refuse(from('192.0.2.1'))).toBeUndefined();
    expect(gate.refuse(from('192.0.2.1'))).toBe('too many from one source');
  });

  it('remembers 65,536 sources and forgets the one not heard for longest', () => {
    const { gate } = makeGate(1);
    const nth = (i: number): DatagramSource => from(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    for (let i = 0; i < 65_536; i += 1) gate.refuse(nth(i));
    expect(gate.refuse(nth(0))).toBe('too many from one source');
    expect(gate.refuse(nth(65_536))).toBeUndefined();
    expect(gate.refuse(nth(0))).toBe('too many from one source');
    expect(gate.refuse(nth(1))).toBeUndefined();
  });
});

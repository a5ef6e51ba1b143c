import { type Answer, decode, encode, type Packet } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { readAnnouncements } from '../../src/net/mdns-discover.ts';

const TYPE = '_nettk-name._tcp.local';
const INSTANCE = `ns1.${TYPE}`;
const PTR: Answer = { type: 'PTR', name: TYPE, ttl: 120, data: INSTANCE };
const SRV: Answer = { type: 'SRV', name: INSTANCE, ttl: 120, data: { port: 21_570, target: 'ns1.local' } };
const TXT: Answer = { type: 'TXT', name: INSTANCE, ttl: 120, data: ['tls=1'] };
const A: Answer = { type: 'A', name: 'ns1.local', ttl: 120, data: '192.0.2.99' };

/** What is read of a packet that was on the wire. */
function read(packet: Packet, from = '10.0.0.5') {
  return readAnnouncements(decode(encode({ type: 'response', ...packet })), TYPE, from);
}

describe('readAnnouncements', () => {
  it('takes the port that is named, and the address of who says so, whatever address it names', () => {
    expect(read({ answers: [PTR, SRV, A] })).toEqual([
      { name: 'ns1', endpoint: { scheme: 'tcp', host: '10.0.0.5', port: 21_570, path: '' } },
    ]);
  });

  it('reads what stands in the additional section, and whether it is TLS', () => {
    expect(read({ answers: [PTR], additionals: [SRV, TXT, A] })).toMatchObject([{ endpoint: { scheme: 'tls' } }]);
  });

  it('does not mind the case of names', () => {
    const answers = [
      { ...PTR, name: TYPE.toUpperCase() },
      { ...SRV, name: INSTANCE.toUpperCase() },
    ] as Answer[];
    expect(read({ answers })).toMatchObject([{ endpoint: { port: 21_570 } }]);
  });

  it.each<[string, Answer[]]>([
    ['a goodbye', [{ ...PTR, ttl: 0 } as Answer, SRV]],
    ['another type', [{ type: 'PTR', name: '_ipp._tcp.local', ttl: 120, data: INSTANCE }, SRV]],
    ['a pointer without a place', [PTR]],
    ['a place without a pointer', [SRV, A]],
    ['the place of somebody else', [PTR, { ...SRV, name: `ns2.${TYPE}` } as Answer]],
    ['port 0', [PTR, { ...SRV, data: { port: 0, target: 'ns1.local' } } as Answer]],
    ['nothing', []],
  ])('takes nothing of %s', (_what, answers) => {
    expect(read({ answers })).toEqual([]);
  });

  it('takes nothing of who has no IPv4 address', () => {
    expect(read({ answers: [PTR, SRV] }, 'fe80::1')).toEqual([]);
  });

  it('lets no name drive a terminal', () => {
    const data = `\u001b[2J\u0007${'x'.repeat(50)}.${TYPE}`;
    const [one] = read({
      answers: [{ type: 'PTR', name: TYPE, ttl: 120, data }, { ...SRV, name: data } as Answer],
    });
    expect(one?.name).toMatch(/^[\x20-\x7e]{1,63}$/);
  });
});

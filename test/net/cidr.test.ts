import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNetwork } from '../../src/net/cidr.ts';
import { failureOf } from '../support/errors.ts';
import { needs } from '../support/needs.ts';
import { askPython } from '../support/python.ts';

const SAMPLES = 300;

const HOSTS = 'ipaddress.ip_network(x, False)';
/** Network, last address, mask, wildcard, count; and the hosts' ends, which `hosts()` would list one by one. */
const FACTS =
  `(lambda n: [str(n.network_address), str(n.broadcast_address), str(n.netmask), str(n.hostmask), ` +
  `str(n.num_addresses), str(next(iter(n.hosts()), n[0]))])(${HOSTS})`;

function ours(text: string): string[] {
  const { network, end, mask, wildcard, count, first } = parseNetwork(text);
  return [network, end, mask, wildcard, String(count), first];
}

describe('parseNetwork', () => {
  it('works IPv4 networks of every size out as Python does', (context) => {
    needs(context, 'python3');
    const sampled = fc.sample(fc.tuple(fc.ipV4(), fc.nat(32)), SAMPLES).map(([ip, bits]) => `${ip}/${bits}`);
    const edges = Array.from({ length: 33 }, (_, bits) => `203.0.113.77/${bits}`);
    expect([...sampled, ...edges].map(ours)).toEqual(askPython('ipaddress', FACTS, [...sampled, ...edges]));
  });

  it('works IPv6 networks of every size out as Python does', (context) => {
    needs(context, 'python3');
    const word = fc.constantFrom('0', '0', 'ffff', '1', 'a0b');
    const address = fc.array(word, { minLength: 8, maxLength: 8 }).map((words) => words.join(':'));
    const sampled = fc.sample(fc.tuple(address, fc.nat(128)), SAMPLES);
    const texts = sampled.map(([ip, bits]) => `${ip}/${bits}`);
    expect(texts.map(ours)).toEqual(askPython('ipaddress', FACTS, texts));
  });

  it('gives hosts all but the first and last address, if there are more than two', () => {
    expect(parseNetwork('10.0.0.5/24')).toMatchObject({ first: '10.0.0.1', last: '10.0.0.254', usable: 254n });
    expect(parseNetwork('10.0.0.5/31')).toMatchObject({ first: '10.0.0.4', last: '10.0.0.5', usable: 2n });
    expect(parseNetwork('10.0.0.5/32')).toMatchObject({ first: '10.0.0.5', last: '10.0.0.5', broadcast: undefined });
    expect(parseNetwork('2001:db8::/126')).toMatchObject({ first: '2001:db8::1', last: '2001:db8::3', usable: 3n });
    expect(parseNetwork('2001:db8::/127').usable).toBe(2n);
  });

  it('takes a mask for a prefix', () => {
    expect(parseNetwork('10.0.0.5/255.255.240.0').prefix).toBe(20);
    expect(failureOf(() => parseNetwork('10.0.0.0/255.0.255.0')).message).toContain('not a mask');
  });

  it.each([
    ...['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/08', '10.0.0.0/-1', '10.0.0.0/8/8', '10.0.0.0/ 8', '10/8', '010.0.0.0/8'],
    ...['::/129', '::/ffff::', 'fe80::1%lo/64', 'host/8', '/8', '', '10.0.0.0'],
  ])('refuses %j', (text) => {
    expect(failureOf(() => parseNetwork(text))).toMatchObject({ code: 'BAD_ENDPOINT', exit: 2 });
  });
});

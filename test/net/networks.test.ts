import { describe, expect, it } from 'vitest';
import { readNetworks } from '../../src/net/networks.ts';

describe('readNetworks', () => {
  it('has what is in one of the networks', () => {
    const networks = readNetworks('10.0.0.0/8,192.168.1.1-192.168.1.20, 2001:db8::/32');
    for (const address of ['10.255.0.1', '::ffff:10.0.0.1', '192.168.1.20', '2001:db8::7'])
      expect(networks.has(address)).toBe(true);
    for (const address of ['11.0.0.1', '192.168.1.21', '2001:db9::', '::1']) expect(networks.has(address)).toBe(false);
  });

  it('takes no host names, and nothing that is no network', () => {
    expect(() => readNetworks('localhost')).toThrow('rule "localhost": a host name, not a network');
    expect(() => readNetworks('10.0.0.0/33')).toThrow('rule "10.0.0.0/33"');
  });
});

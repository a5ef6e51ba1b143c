/** The certificate of servers that have none. */

import { X509Certificate } from 'node:crypto';
import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { makeThrowawayCertificate } from '../../src/host/throwaway-certificate.ts';

describe('a throw-away certificate', () => {
  it('is a fresh ECDSA certificate for this machine and the addresses given, and for a month', async () => {
    const [one, other] = [await makeThrowawayCertificate(['192.0.2.1', '::1']), await makeThrowawayCertificate([])];
    const certificate = new X509Certificate(one.cert);
    expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkHost(hostname().toLowerCase())?.toLowerCase()).toBe(hostname().toLowerCase());
    expect([certificate.checkIP('192.0.2.1'), certificate.checkIP('::1')]).toEqual(['192.0.2.1', '::1']);
    expect(certificate.ca).toBe(false);
    const days = (certificate.validToDate.getTime() - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(30);
    expect(certificate.validFromDate.getTime()).toBeLessThan(Date.now());
    expect(one.key).toContain('PRIVATE KEY');
    expect(one.cert).not.toBe(other.cert);
  });
});

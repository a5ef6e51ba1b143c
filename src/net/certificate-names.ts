/** Is a certificate for this host? By its subject alternative names only; the common name does not count (RFC 9525). */

import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** The code of such an error, which is Node's own. */
export const WRONG_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID';

/** The certificate is for somebody else; `message` says for whom, in words that follow "its certificate". */
export class WrongName extends Error {
  readonly code = WRONG_NAME;
}

/** The longest list of names shown. */
const MAX_SHOWN = 200;

/** What is wrong with the names of a certificate in DER form for this host; undefined where nothing is. */
export function checkNames(host: string, der: Buffer): WrongName | undefined {
  const certificate = new X509Certificate(der);
  const isAddress = isIP(host) !== 0;
  const fits = isAddress
    ? certificate.checkIP(host)
    : certificate.checkHost(host, { subject: 'never', partialWildcards: false });
  return fits === undefined ? new WrongName(whyNot(host, isAddress, certificate)) : undefined;
}

function whyNot(host: string, isAddress: boolean, { subject, subjectAltName = '' }: X509Certificate): string {
  const names = subjectAltName.split(', ');
  const dns = names.filter((one) => one.startsWith('DNS:')).map((one) => one.slice('DNS:'.length));
  const addresses = names.filter((one) => one.startsWith('IP Address:')).map((one) => one.slice('IP Address:'.length));
  const all = show([...dns, ...addresses]);
  if (all === '') {
    const common = /^CN=(.*)$/m.exec(subject)?.[1];
    return common === undefined ? 'names nobody' : `has only a common name, ${show([common])}, which does not count`;
  }
  if (isAddress && addresses.length === 0) return `is for names (${all}), not for the address ${host}`;
  const wild = dns.find((name) => name.startsWith('*.') && host.toLowerCase().endsWith(name.slice(1).toLowerCase()));
  if (wild !== undefined) return `is for ${show([wild])}, whose * stands for one label, so not for ${host}`;
  return `is for ${all}, not for ${host}`;
}

function show(names: readonly string[]): string {
  return names
    .join(', ')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, MAX_SHOWN);
}

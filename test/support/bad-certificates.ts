/** Certificates that no client may take, each for a reason of its own. */

import { CertificateWorkshop, type Leaf } from './certificate-workshop.ts';

/** One kind of bad certificate. */
export interface BadCertificate {
  readonly kind: string;
  readonly leaf: Leaf;
  /** The name that the client asks for. */
  readonly name: string;
  /** What the refusal says. */
  readonly says: RegExp;
}

/** All of them, and one that is good. */
export interface BadCertificates {
  /** The authority that clients trust. */
  readonly ca: string;
  readonly caFile: string;
  /** For here.example, localhost, 127.0.0.1 and ::1. */
  readonly good: Leaf;
  readonly bad: readonly BadCertificate[];
  readonly workshop: CertificateWorkshop;
}

const HERE = 'here.example';
const NAMES = `subjectAltName=DNS:${HERE},DNS:localhost,IP:127.0.0.1,IP:::1`;

/** Makes them; openssl must be there. */
export function makeBadCertificates(): BadCertificates {
  const workshop = new CertificateWorkshop();
  const make = (name: string, options: Parameters<CertificateWorkshop['leaf']>[1] = {}): Leaf =>
    workshop.leaf(name, { by: 'root', extensions: [NAMES], ...options });
  const root = workshop.authority('root');
  workshop.authority('stranger');
  workshop.authority('middle', { by: 'root' });
  workshop.authority('narrow', { by: 'root', extensions: ['nameConstraints=critical,permitted;DNS:inside.example'] });
  const good = make('good');
  make('no-authority', { extensions: [NAMES, 'basicConstraints=critical,CA:FALSE'] });
  const forged = make('forged');
  const bad: BadCertificate[] = [
    { kind: 'self-signed', leaf: make('alone', { by: 'alone' }), name: HERE, says: /is self-signed/ },
    {
      kind: 'expired',
      leaf: make('old', { dates: ['20200101000000Z', '20200201000000Z'] }),
      name: HERE,
      says: /has expired/,
    },
    {
      kind: 'not valid yet',
      leaf: make('young', { dates: ['20900101000000Z', '20900201000000Z'] }),
      name: HERE,
      says: /is not valid yet/,
    },
    {
      kind: 'for another name',
      leaf: make('elsewhere', { extensions: ['subjectAltName=DNS:elsewhere.example'] }),
      name: HERE,
      says: /is for elsewhere\.example, not for here\.example/,
    },
    {
      kind: 'with a common name only',
      leaf: make('common', { subject: `/CN=${HERE}`, extensions: [] }),
      name: HERE,
      says: /has only a common name, here\.example, which does not count/,
    },
    {
      kind: 'for clients only',
      leaf: make('client', { extensions: [NAMES, 'extendedKeyUsage=clientAuth'] }),
      name: HERE,
      says: /is not meant for servers/,
    },
    {
      kind: 'with a short RSA key',
      leaf: make('weak', { rsaBits: 1024 }),
      name: HERE,
      says: /key of its certificate is too short/,
    },
    {
      kind: 'outside its authority’s names',
      leaf: make('outside', { by: 'narrow', chain: ['narrow'] }),
      name: HERE,
      says: /authority may not issue for its names/,
    },
    {
      kind: 'without the address',
      leaf: make('named', { extensions: ['subjectAltName=DNS:localhost'] }),
      name: '127.0.0.1',
      says: /is for names \(localhost\), not for the address 127\.0\.0\.1/,
    },
    {
      kind: 'with a wildcard that does not reach',
      leaf: make('wild', { extensions: ['subjectAltName=DNS:*.example'] }),
      name: `a.${HERE}`,
      says: /is for \*\.example, whose \* stands for one label/,
    },
    {
      kind: 'of an unknown authority',
      leaf: make('strange', { by: 'stranger', chain: ['stranger'] }),
      name: HERE,
      says: /comes from an authority that is not trusted here/,
    },
    {
      kind: 'issued by no authority',
      leaf: make('fake', { by: 'no-authority', chain: ['no-authority'] }),
      name: HERE,
      says: /issued by a certificate that is no authority/,
    },
    {
      kind: 'without the chain',
      leaf: make('cut', { by: 'middle' }),
      name: HERE,
      says: /left out part of the chain/,
    },
    {
      kind: 'with a wrong signature',
      leaf: { ...forged, cert: withBrokenSignature(forged.cert) },
      name: HERE,
      says: /signature of its certificate is wrong/,
    },
    {
      kind: 'signed with a broken hash',
      leaf: make('hashed', { by: 'middle', chain: ['middle'], digest: 'sha1' }),
      name: HERE,
      says: /signed with a hash that is broken/,
    },
  ];
  return { ca: root.cert, caFile: root.certFile, good, bad, workshop };
}

/** The last byte of a certificate belongs to its signature. */
function withBrokenSignature(pem: string): string {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  der[der.length - 1] = (der[der.length - 1] as number) ^ 1;
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
}

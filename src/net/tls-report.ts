/** What TLS settled on a connection, and who is at the other end. */

import type { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { printable } from '../stream/printable.ts';
import { fingerprintOf } from './pins.ts';

/** A certificate in a person's words. All text is the peer's, as it came. */
export interface CertificateReport {
  /** `CN=name, O=organisation`, from the most particular part on. */
  readonly subject: string;
  readonly issuer: string;
  /** The names it is for, as OpenSSL lists them; empty where it has none. */
  readonly names: string;
  readonly validFrom: Date;
  readonly validTo: Date;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly fingerprint: string;
}

/** What TLS settled. */
export interface TlsReport {
  /** `TLSv1.3`. */
  readonly protocol: string;
  /** By its standard name: `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string;
  /** The application protocol agreed on; empty where there is none. */
  readonly alpn: string;
  /** The name that was asked for; empty where there is none. */
  readonly sni: string;
  /** The peer's certificate; a client often has none. */
  readonly certificate: CertificateReport | undefined;
  /** `verified`, `pinned`, or why not: `not verified: self-signed certificate`. */
  readonly trust: string;
}

/** Reports written by whoever laid TLS over a stream; a stream over TLS has that of the TLS below. */
const layers = new WeakMap<Duplex, { readonly socket: TLSSocket; readonly trust: string }>();

/** Notes that a stream is carried by this TLS, and how the peer was judged. */
export function noteTls(stream: Duplex, socket: TLSSocket, trust: string): void {
  layers.set(stream, { socket, trust });
}

/** Notes that what carries one stream carries another, laid over it, too. */
export function inheritTls(upper: Duplex, lower: Duplex): void {
  const layer = layers.get(lower);
  if (layer) layers.set(upper, layer);
}

/** What TLS settled on this connection; undefined where it has none. To be asked while the connection is open. */
export function describeTls(conn: Duplex): TlsReport | undefined {
  const layer = layers.get(conn);
  if (!layer) return undefined;
  const { socket, trust } = layer;
  const certificate = socket.getPeerX509Certificate();
  const sni = (socket as TLSSocket & { readonly servername?: string | false }).servername;
  return {
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher()?.standardName ?? '',
    alpn: socket.alpnProtocol || '',
    sni: sni || '',
    certificate: certificate && describeCertificate(certificate),
    trust,
  };
}

function describeCertificate(certificate: X509Certificate): CertificateReport {
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: certificate.subjectAltName ?? '',
    validFrom: certificate.validFromDate,
    validTo: certificate.validToDate,
    fingerprint: fingerprintOf(certificate.raw),
  };
}

/** Node prints a name with a line for each part, the most general one first. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').reverse().join(', ');
}

/**
 * The report as lines for a person, made printable.
 *
 * @example tlsLines(report) // ['TLSv1.3 with TLS_AES_256_GCM_SHA384, verified', 'subject: CN=example.org', …]
 */
export function tlsLines(report: TlsReport): string[] {
  return reportLines(report).map(printable);
}

function reportLines(report: TlsReport): string[] {
  const { protocol, cipher, alpn, sni, certificate, trust } = report;
  const lines = [`${protocol} with ${cipher}, ${trust}`];
  if (alpn) lines.push(`application protocol: ${alpn}`);
  if (sni) lines.push(`name asked for: ${sni}`);
  if (!certificate) return [...lines, 'the peer showed no certificate'];
  const { subject, issuer, names, validFrom, validTo, fingerprint } = certificate;
  lines.push(`subject: ${subject || '(empty)'}`, `issuer: ${issuer || '(empty)'}`);
  if (names) lines.push(`names: ${names}`);
  return [...lines, `valid from ${validFrom.toISOString()} to ${validTo.toISOString()}`, `certificate ${fingerprint}`];
}

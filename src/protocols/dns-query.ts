/**
 * Reads a DNS query (RFC 1035, section 4; EDNS, RFC 6891): its header, its one question, its OPT record. By hand and not by
 * dns-packet: it is what a server does for every datagram, and it must judge what dns-packet passes over.
 */

/** Types of records by their numbers (IANA, DNS parameters). */
export const DNS_TYPE = { A: 1, NS: 2, SOA: 6, TXT: 16, AAAA: 28, SRV: 33, OPT: 41, AXFR: 252, ANY: 255 } as const;

/** Response codes (RFC 1035, 4.1.1; BADVERS, RFC 6891). */
export const DNS_RCODE = {
  noError: 0,
  formErr: 1,
  servFail: 2,
  nxDomain: 3,
  notImp: 4,
  refused: 5,
  badVers: 16,
} as const;

/** The class of the Internet, the only one there is data for. */
export const DNS_CLASS_IN = 1;
/** The bytes before the question. */
export const DNS_HEADER_BYTES = 12;
/** The longest message over UDP without EDNS, in bytes. */
export const DNS_UDP_BYTES = 512;
/** The longest message over TCP, in bytes. */
export const DNS_TCP_BYTES = 65_535;

/** What a client that speaks EDNS says of itself. */
export interface Edns {
  /** The longest datagram it takes, in bytes. */
  readonly size: number;
  /** It wants DNSSEC records (DO); the bit is copied into the answer. */
  readonly isDnssecOk: boolean;
}

/** A query, read. */
export interface DnsQuery {
  readonly message: Buffer;
  /** What is wrong with it, as the code of the answer that it gets; 0 where nothing is. */
  readonly rcode: number;
  /** The labels of the name in lower case; a byte that no host name has is a `?`, so they have the length that they came with. */
  readonly labels: readonly string[];
  readonly type: number;
  readonly class: number;
  /** Where the question ends in the message; 12 where it could not be read. */
  readonly end: number;
  readonly edns: Edns | undefined;
}

const RESPONSE_BIT = 0x80;
const OPCODE_BITS = 0x78;
const MAX_LABEL_BYTES = 63;
const MAX_NAME_BYTES = 255;
/** A client sends an OPT record and perhaps a signature; nobody has reason for more. */
const MAX_ADDITIONALS = 4;
const UNUSUAL = /[^a-z\d_-]/g;

/** Reads a query; undefined where it is none that anybody answers: too short, or itself an answer. */
export function readDnsQuery(message: Buffer): DnsQuery | undefined {
  if (message.length < DNS_HEADER_BYTES || (at(message, 2) & RESPONSE_BIT) !== 0) return undefined;
  if ((at(message, 2) & OPCODE_BITS) !== 0) return unreadable(message, DNS_RCODE.notImp);
  if (u16(message, 4) !== 1 || u16(message, 6) !== 0 || u16(message, 8) !== 0) return malformed(message);
  const labels: string[] = [];
  let offset = DNS_HEADER_BYTES;
  for (let length = at(message, offset); length !== 0; length = at(message, offset)) {
    // A pointer has nothing to point to yet. A length past the end is NaN, and no comparison holds for that.
    if (!(length <= MAX_LABEL_BYTES) || offset + length >= message.length) return malformed(message);
    labels.push(readLabel(message, offset + 1, offset + 1 + length));
    offset += length + 1;
  }
  const end = offset + 5;
  if (offset + 1 - DNS_HEADER_BYTES > MAX_NAME_BYTES || end > message.length) return malformed(message);
  const question = { message, labels, type: u16(message, offset + 1), class: u16(message, offset + 3), end };
  if (end === message.length && u16(message, 10) === 0)
    return { ...question, rcode: DNS_RCODE.noError, edns: undefined };
  const edns = readAdditionals(message, end, u16(message, 10));
  return edns === 'malformed' ? malformed(message) : { ...question, ...edns };
}

const at = (message: Buffer, offset: number): number => message[offset] ?? Number.NaN;
const u16 = (message: Buffer, offset: number): number => (at(message, offset) << 8) | at(message, offset + 1);

const malformed = (message: Buffer): DnsQuery => unreadable(message, DNS_RCODE.formErr);

function unreadable(message: Buffer, rcode: number): DnsQuery {
  return { message, rcode, labels: [], type: 0, class: 0, end: DNS_HEADER_BYTES, edns: undefined };
}

function readLabel(message: Buffer, start: number, end: number): string {
  const label = message.toString('latin1', start, end).toLowerCase();
  return label.replace(UNUSUAL, '?');
}

/** Reads what follows the question up to the last byte. */
function readAdditionals(
  message: Buffer,
  start: number,
  count: number,
): Pick<DnsQuery, 'edns' | 'rcode'> | 'malformed' {
  if (count > MAX_ADDITIONALS) return 'malformed';
  let offset = start;
  let edns: Edns | undefined;
  let rcode: number = DNS_RCODE.noError;
  for (let left = count; left > 0; left -= 1) {
    const fixed = skipName(message, offset);
    const end = fixed + 10 + u16(message, fixed + 8);
    if (fixed + 10 > message.length || end > message.length) return 'malformed';
    if (u16(message, fixed) === DNS_TYPE.OPT) {
      if (edns || fixed !== offset + 1) return 'malformed';
      edns = { size: u16(message, fixed + 2), isDnssecOk: (at(message, fixed + 6) & 0x80) !== 0 };
      if (at(message, fixed + 5) > 0) rcode = DNS_RCODE.badVers;
    }
    offset = end;
  }
  return offset === message.length ? { edns, rcode } : 'malformed';
}

/** Where the name at an offset ends; past the message where it does not. A pointer ends a name; it is not followed. */
function skipName(message: Buffer, start: number): number {
  let offset = start;
  for (;;) {
    const length = at(message, offset);
    if (length === 0) return offset + 1;
    if ((length & 0xc0) === 0xc0) return offset + 2;
    if (!(length <= MAX_LABEL_BYTES)) return message.length + 1;
    offset += length + 1;
  }
}

/**
 * Writes answers to DNS queries (RFC 1035, section 4) with the owners' names compressed, which dns-packet does not do: with
 * it, a datagram holds about three times as many records. What records hold is dns-packet's to write.
 */

import { encode, type SoaAnswer, type SrvAnswer, type StringAnswer, type TxtAnswer } from 'dns-packet';
import { DNS_HEADER_BYTES, DNS_TYPE, type DnsQuery } from './dns-query.ts';

/** The longest datagram to a client that takes it, in bytes: it passes through any network in one piece (dnsflagday.net). */
export const DNS_EDNS_BYTES = 1_232;
/** An OPT record without options, in bytes. */
const OPT_BYTES = 11;
/** Where the target stands behind the owner: after type, class, ttl, length, priority, weight and port. */
const SRV_TARGET_AT = 16;
/** Where an address stands there: after type, class, ttl and length. */
const ADDRESS_AT = 10;
/** How far a pointer reaches, in bytes (RFC 1035, 4.1.4). */
const MAX_POINTER = 0x3fff;

/** Bits of the third and fourth byte. */
const FLAG = {
  response: 0x80,
  authoritative: 0x04,
  truncated: 0x02,
  recursionDesired: 0x01,
  recursionAvailable: 0x80,
  checkingDisabled: 0x10,
};

/** A record as dns-packet has it: its owner in lower case and without the last dot, its ttl in seconds. */
export type DnsRecord = SoaAnswer | SrvAnswer | TxtAnswer | (StringAnswer & { type: 'A' | 'AAAA' | 'NS' });

/** What an answer says. */
export interface DnsSections {
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  /** Nice to have: those that do not fit are left out without a word. */
  readonly additionals: readonly DnsRecord[];
}

/** What stands behind the question; it fits every query for the same name and type, whatever the case of its letters. */
export interface DnsBody {
  readonly bytes: Buffer;
  readonly counts: readonly [answers: number, authorities: number, additionals: number];
  /** Not all answers fit. */
  readonly isTruncated: boolean;
}

/** An answer that says nothing. */
export const EMPTY_BODY: DnsBody = { bytes: Buffer.alloc(0), counts: [0, 0, 0], isTruncated: false };

/**
 * Writes what stands behind the question.
 *
 * @param labels the name in the question
 * @param limit the longest message, in bytes; room for an OPT record is kept
 */
export function encodeDnsBody(labels: readonly string[], sections: DnsSections, limit: number): DnsBody {
  const writer = new BodyWriter(labels, limit - OPT_BYTES);
  const answers = writer.addAll(sections.answers);
  const authorities = writer.addAll(sections.authorities);
  const isTruncated = answers + authorities < sections.answers.length + sections.authorities.length;
  const additionals = isTruncated ? 0 : writer.addAll(sections.additionals);
  return { bytes: writer.bytes, counts: [answers, authorities, additionals], isTruncated };
}

/** What an answer says of who gives it. */
export interface DnsAuthority {
  /** AA: it is its own zone that it speaks of. */
  readonly isAuthoritative?: boolean;
  /** RA: it would pass on what it does not know. */
  readonly forwards?: boolean;
}

/** Joins a query and what is said to it; the question goes back byte by byte. */
export function answerDnsQuery(
  query: DnsQuery,
  rcode: number,
  body: DnsBody,
  { isAuthoritative, forwards }: DnsAuthority = {},
): Buffer {
  const { message, end, edns } = query;
  const bodyEnd = end + body.bytes.length;
  const answer = Buffer.allocUnsafe(edns ? bodyEnd + OPT_BYTES : bodyEnd);
  message.copy(answer, 0, 0, end);
  answer.set(body.bytes, end);
  // The opcode is the query's.
  const kept = (message[2] as number) & (0x78 | FLAG.recursionDesired);
  answer[2] =
    kept | FLAG.response | (isAuthoritative ? FLAG.authoritative : 0) | (body.isTruncated ? FLAG.truncated : 0);
  answer[3] =
    ((message[3] as number) & FLAG.checkingDisabled) | (forwards ? FLAG.recursionAvailable : 0) | (rcode & 0x0f);
  const [answers, authorities, additionals] = body.counts;
  answer.writeUInt16BE(end > DNS_HEADER_BYTES ? 1 : 0, 4);
  answer.writeUInt16BE(answers, 6);
  answer.writeUInt16BE(authorities, 8);
  answer.writeUInt16BE(edns ? additionals + 1 : additionals, 10);
  if (edns) writeOpt(answer, bodyEnd, rcode, edns.isDnssecOk);
  return answer;
}

/** Says what we take, the upper bits of the code, and that we speak version 0 (RFC 6891, 6.1.3). */
function writeOpt(answer: Buffer, offset: number, rcode: number, isDnssecOk: boolean): void {
  answer.fill(0, offset, offset + OPT_BYTES);
  answer[offset + 2] = DNS_TYPE.OPT;
  answer.writeUInt16BE(DNS_EDNS_BYTES, offset + 3);
  answer[offset + 5] = rcode >> 4;
  answer[offset + 7] = isDnssecOk ? 0x80 : 0;
}

/** What follows the owner: type, class, time to live, length, data. */
function encodeContent(record: DnsRecord): Buffer {
  return encode({ type: 'response', answers: [{ ...record, name: '.' }] }).subarray(DNS_HEADER_BYTES + 1);
}

/** An address as one label: its bytes in hexadecimal. */
export function addressLabel(address: string): string {
  const record: DnsRecord = { name: '.', type: address.includes(':') ? 'AAAA' : 'A', data: address };
  return encodeContent(record).subarray(ADDRESS_AT).toString('hex');
}

/** Puts records behind a question as long as they fit. */
class BodyWriter {
  readonly #limit: number;
  /** Where names stand in the message. */
  readonly #known = new Map<string, number>();
  readonly #parts: Buffer[] = [];
  #offset: number;

  constructor(labels: readonly string[], limit: number) {
    this.#limit = limit;
    this.#offset = DNS_HEADER_BYTES;
    labels.forEach((label, index) => {
      this.#known.set(labels.slice(index).join('.'), this.#offset);
      this.#offset += label.length + 1;
    });
    this.#offset += 5;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  /** Adds records up to the first that does not fit; returns how many. */
  addAll(records: readonly DnsRecord[]): number {
    const overflow = records.findIndex((one) => !this.#add(one));
    return overflow === -1 ? records.length : overflow;
  }

  #add(record: DnsRecord): boolean {
    const owner = this.#owner(record.name);
    const content = encodeContent(record);
    const size = owner.length + content.length;
    if (this.#offset + size > this.#limit) return false;
    this.#learn(record.name, this.#offset);
    // A name in a record is not compressed (RFC 2782), but later ones may point to it.
    if (record.type === 'SRV') this.#learn(record.data.target, this.#offset + owner.length + SRV_TARGET_AT);
    this.#parts.push(owner, content);
    this.#offset += size;
    return true;
  }

  /** The name's own labels, and a pointer to the rest where that stands already. */
  #owner(name: string): Buffer {
    const labels = name.split('.');
    const known = labels.findIndex((_, index) => this.#known.has(labels.slice(index).join('.')));
    const own = known === -1 ? labels : labels.slice(0, known);
    const bytes = own.flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]);
    const pointer = this.#known.get(labels.slice(own.length).join('.'));
    return Buffer.from(pointer === undefined ? [...bytes, 0] : [...bytes, 0xc0 | (pointer >> 8), pointer & 0xff]);
  }

  /** Notes where a name and its ends stand. */
  #learn(name: string, start: number): void {
    let offset = start;
    const labels = name.split('.');
    for (const [index, label] of labels.entries()) {
      const end = labels.slice(index).join('.');
      // The rest is a pointer, not the name.
      if (this.#known.has(end) || offset > MAX_POINTER) return;
      this.#known.set(end, offset);
      offset += label.length + 1;
    }
  }
}

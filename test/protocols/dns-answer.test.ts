import { type DecodedPacket, decode, encode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressLabel,
  answerDnsQuery,
  type DnsRecord,
  type DnsSections,
  EMPTY_BODY,
  encodeDnsBody,
} from '../../src/protocols/dns-answer.ts';
import { DNS_RCODE, type DnsQuery, readDnsQuery } from '../../src/protocols/dns-query.ts';

function ask(name: string, edns = false): DnsQuery {
  const additionals = edns
    ? [{ type: 'OPT', name: '.', udpPayloadSize: 4_096, flags: 0x8000, options: [] } as never]
    : [];
  const message = encode({ type: 'query', id: 0xbeef, flags: 0x110, questions: [{ type: 'SRV', name }], additionals });
  return readDnsQuery(message) as DnsQuery;
}

const sections = (some: Partial<DnsSections>): DnsSections => ({
  answers: [],
  authorities: [],
  additionals: [],
  ...some,
});

const srv = (name: string, target: string, port = 80): DnsRecord => ({
  name,
  type: 'SRV',
  ttl: 5,
  data: { priority: 1, weight: 2, port, target },
});
const a = (name: string, data: string): DnsRecord => ({ name, type: 'A', ttl: 5, data });

const plain = (records: DecodedPacket['answers']): unknown[] =>
  (records ?? []).filter(({ type }) => type !== 'OPT').map((one) => ({ ...one, class: undefined, flush: undefined }));

const LABEL = fc.stringMatching(/^[a-z\d_][a-z\d_-]{0,14}$/);
const NAME = fc.array(LABEL, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const RECORD: fc.Arbitrary<DnsRecord> = fc.oneof(
  fc.tuple(NAME, fc.ipV4()).map(([name, data]) => a(name, data)),
  fc.tuple(NAME, NAME, fc.nat(65_535)).map(([name, target, port]) => srv(name, target, port)),
  fc.tuple(NAME, NAME).map(([name, data]): DnsRecord => ({ name, type: 'NS', ttl: 5, data })),
  NAME.map((name): DnsRecord => ({ name, type: 'TXT', ttl: 5, data: [Buffer.from('id=a'), Buffer.from('b')] })),
);

describe('an answer', () => {
  it('says to dns-packet what it was made of, however its names overlap', () => {
    const few = fc.array(RECORD, { maxLength: 8 });
    fc.assert(
      fc.property(NAME, few, few, few, fc.boolean(), (name, answers, authorities, additionals, edns) => {
        const query = ask(name, edns);
        const body = encodeDnsBody(query.labels, { answers, authorities, additionals }, 65_535);
        const read = decode(answerDnsQuery(query, 0, body));
        expect(body.isTruncated).toBe(false);
        expect(plain(read.answers)).toEqual(plain(answers as never));
        expect(plain(read.authorities)).toEqual(plain(authorities as never));
        expect(plain(read.additionals)).toEqual(plain(additionals as never));
      }),
    );
  });

  it('is never longer than its limit, and says when something is missing', () => {
    fc.assert(
      fc.property(
        NAME,
        fc.array(RECORD, { maxLength: 40 }),
        fc.integer({ min: 300, max: 1_300 }),
        (name, answers, limit) => {
          const query = ask(name, true);
          const body = encodeDnsBody(query.labels, sections({ answers }), limit);
          const message = answerDnsQuery(query, 0, body);
          expect(message.length).toBeLessThanOrEqual(limit);
          const read = decode(message);
          expect(read.answers?.length).toBe(body.counts[0]);
          expect(body.isTruncated).toBe(body.counts[0] < answers.length);
          expect(read.flag_tc).toBe(body.isTruncated);
        },
      ),
    );
  });

  it('writes the name of the question once: 30 addresses fit the 512 bytes of old', () => {
    const name = 'a-name-of-some-length.example.nettk';
    const addresses = Array.from({ length: 40 }, (_, i) => a(name, `10.0.0.${i}`));
    const body = encodeDnsBody(name.split('.'), sections({ answers: addresses }), 512);
    expect(body.counts[0]).toBeGreaterThanOrEqual(27);
    expect(body.isTruncated).toBe(true);
  });

  it('leaves additionals out without a word where there is no room', () => {
    const query = ask('echo.nettk');
    const answers = [srv('echo.nettk', 'a.echo.nettk')];
    const additionals = Array.from({ length: 60 }, (_, i) => a(`a${i}.echo.nettk`, '10.0.0.1'));
    const body = encodeDnsBody(query.labels, sections({ answers, additionals }), 512);
    expect(body).toMatchObject({ isTruncated: false, counts: [1, 0, expect.any(Number)] });
    expect(body.counts[2]).toBeGreaterThan(10);
  });

  it('gives the question back as it came, with RD and CD, and the number', () => {
    const query = ask('eChO.NeTTk');
    const message = answerDnsQuery(query, DNS_RCODE.nxDomain, EMPTY_BODY, { isAuthoritative: true });
    expect(message.subarray(12, query.end)).toEqual(query.message.subarray(12, query.end));
    expect(decode(message)).toMatchObject({
      id: 0xbeef,
      type: 'response',
      rcode: 'NXDOMAIN',
      flag_rd: true,
      flag_cd: true,
      flag_aa: true,
      flag_ra: false,
      flag_tc: false,
    });
    expect(decode(answerDnsQuery(query, 0, EMPTY_BODY, { forwards: true }))).toMatchObject({
      flag_aa: false,
      flag_ra: true,
    });
  });

  it('has an OPT record where the query has one, with the upper bits of the code and DO', () => {
    expect(decode(answerDnsQuery(ask('a'), 0, EMPTY_BODY)).additionals).toEqual([]);
    const [opt] = decode(answerDnsQuery(ask('a', true), DNS_RCODE.badVers, EMPTY_BODY)).additionals ?? [];
    expect(opt).toMatchObject({ type: 'OPT', udpPayloadSize: 1_232, extendedRcode: 1, ednsVersion: 0, flag_do: true });
  });

  it('has no question where the query had none that could be read', () => {
    const query = readDnsQuery(encode({ type: 'query', id: 9, questions: [] })) as DnsQuery;
    expect(decode(answerDnsQuery(query, query.rcode, EMPTY_BODY))).toMatchObject({ rcode: 'FORMERR', questions: [] });
  });
});

describe('addressLabel', () => {
  it('writes the bytes of an address as one label', () => {
    expect(addressLabel('127.0.0.1')).toBe('7f000001');
    expect(addressLabel('2001:db8::1')).toBe('20010db8000000000000000000000001');
  });
});

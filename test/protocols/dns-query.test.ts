import { encode, type Packet } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DNS_RCODE, readDnsQuery } from '../../src/protocols/dns-query.ts';

const query = (more: Packet = {}): Buffer =>
  encode({ type: 'query', id: 7, flags: 0x100, questions: [{ type: 'A', name: 'Echo.nettk' }], ...more });

const opt = (fields: object = {}) =>
  ({ type: 'OPT', name: '.', udpPayloadSize: 1_400, flags: 0, options: [], ...fields }) as never;

const LABEL = fc.stringMatching(/^[a-zA-Z\d_-]{1,20}$/);

describe('readDnsQuery', () => {
  it('reads what dns-packet writes', () => {
    const types = fc.constantFrom(['A', 1], ['AAAA', 28], ['SRV', 33], ['TXT', 16], ['SOA', 6]) as fc.Arbitrary<
      [never, number]
    >;
    fc.assert(
      fc.property(
        fc.array(LABEL, { minLength: 1, maxLength: 6 }),
        types,
        fc.boolean(),
        (labels, [type, number], isEdns) => {
          const message = query({
            questions: [{ type, name: labels.join('.') }],
            ...(isEdns && { additionals: [opt({ flags: 0x8000 })] }),
          });
          const read = readDnsQuery(message);
          expect(read).toMatchObject({ rcode: 0, type: number, class: 1 });
          expect(read?.labels).toEqual(labels.map((label) => label.toLowerCase()));
          expect(read?.edns).toEqual(isEdns ? { size: 1_400, isDnssecOk: true } : undefined);
          expect(message.subarray(12, read?.end).length).toBe(labels.join('.').length + 2 + 4);
        },
      ),
    );
  });

  it('takes any bytes for a query, a refusal or nothing', () => {
    const near = fc
      .tuple(
        fc.constant(query({ additionals: [opt()] })),
        fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 4 }),
      )
      .map(([message, edits]) => {
        const bytes = Buffer.from(message);
        for (const [at, byte] of edits) if (at < bytes.length) bytes[at] = byte;
        return bytes;
      });
    const any = fc.oneof(
      near,
      fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(any, (message) => {
        const read = readDnsQuery(message);
        if (!read) return;
        expect(Object.values(DNS_RCODE)).toContain(read.rcode);
        expect(read.end).toBeLessThanOrEqual(message.length);
      }),
      { numRuns: 2_000 },
    );
  });

  it('does not answer answers, nor what is shorter than a header', () => {
    expect(readDnsQuery(encode({ type: 'response', questions: [{ type: 'A', name: 'a' }] }))).toBeUndefined();
    expect(readDnsQuery(query().subarray(0, 11))).toBeUndefined();
    expect(readDnsQuery(Buffer.alloc(0))).toBeUndefined();
  });

  it('knows no other operation than a query', () => {
    expect(readDnsQuery(query({ flags: 2 << 11 }))?.rcode).toBe(DNS_RCODE.notImp);
  });

  it.each([
    ['no question', query({ questions: [] })],
    [
      'two questions',
      query({
        questions: [
          { type: 'A', name: 'a' },
          { type: 'A', name: 'b' },
        ],
      }),
    ],
    ['an answer', query({ answers: [{ type: 'A', name: 'a', data: '10.0.0.1' }] })],
    ['two OPT records', query({ additionals: [opt(), opt()] })],
    [
      'an OPT record with a name',
      Buffer.concat([withAdditionals(1), Buffer.from([1, 97, 0, 0, 41, 4, 0, 0, 0, 0, 0, 0, 0])]),
    ],
    ['a question that is cut off', query().subarray(0, -1)],
    ['bytes behind it', Buffer.concat([query(), Buffer.from([0])])],
    ['an additional that is not there', withAdditionals(1)],
    ['very many additionals', withAdditionals(5)],
    ['a pointer in the question', Buffer.concat([query().subarray(0, 12), Buffer.from([0xc0, 12, 0, 1, 0, 1])])],
    ['a name of more than 255 bytes', query({ questions: [{ type: 'A', name: `${'a'.repeat(60)}.`.repeat(5) }] })],
  ])('says that %s is malformed', (_what, message) => {
    expect(readDnsQuery(message)).toMatchObject({ rcode: DNS_RCODE.formErr, end: 12 });
  });

  it('says that it speaks version 0 of EDNS only', () => {
    expect(readDnsQuery(query({ additionals: [opt({ ednsVersion: 1 })] }))?.rcode).toBe(DNS_RCODE.badVers);
  });

  it('keeps the length of a label whatever is in it', () => {
    const odd = Buffer.concat([query().subarray(0, 12), Buffer.from('\x05a.\0\xe9B\x00\x00\x01\x00\x01', 'latin1')]);
    expect(readDnsQuery(odd)?.labels).toEqual(['a???b']);
  });

  it('reads the name of the root as none', () => {
    expect(readDnsQuery(query({ questions: [{ type: 'A', name: '.' }] }))).toMatchObject({ rcode: 0, labels: [] });
  });
});

function withAdditionals(count: number): Buffer {
  const message = Buffer.from(query());
  message.writeUInt16BE(count, 10);
  return message;
}

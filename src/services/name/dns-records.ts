/** The records of a service, and of the zone itself. */

import { addressLabel, type DnsRecord, encodeDnsBody } from '../../protocols/dns-answer.ts';
import { DNS_TYPE } from '../../protocols/dns-query.ts';
import { formatTarget } from '../../registry/address.ts';
import type { Instance } from '../../registry/instance.ts';
import type { Service } from '../../registry/table.ts';
import { isIn, type View } from './dns-names.ts';
import { type AnswerShelf, TurningAnswer } from './dns-shelf.ts';
import { ANSWER_TTL_S } from './line-answers.ts';

/** How long it may be kept that there is nothing, in seconds (RFC 2308): who registers is found soon. */
export const NEGATIVE_TTL_S = 1;
/** The longest string in a TXT record, in bytes (RFC 1035, 3.3.14). */
const MAX_TXT_BYTES = 255;
/** Records of one kind in one answer; more would not fit a message. */
const MAX_RECORDS = 2_048;
/** Addresses written to the log; it has no room for more, and these are kept with the answer. */
const MAX_LOGGED = 16;

/** Types that services have records of. */
export type ServiceRecordType = 'A' | 'AAAA' | 'SRV' | 'TXT';

/** Which of them a number is. */
export const SERVICE_TYPES: ReadonlyMap<number, ServiceRecordType> = new Map([
  [DNS_TYPE.A, 'A'],
  [DNS_TYPE.AAAA, 'AAAA'],
  [DNS_TYPE.SRV, 'SRV'],
  [DNS_TYPE.TXT, 'TXT'],
]);

/** A question about a service; the labels are the whole name's. */
export interface ServiceQuestion {
  readonly labels: readonly string[];
  readonly zone: string;
  readonly view: View;
  readonly type: ServiceRecordType;
  /** The longest message, in bytes. */
  readonly limit: number;
  /** Says that there is nothing. */
  readonly soa: DnsRecord;
}

/** Makes the answer about a service, to be kept on a shelf. */
export function answerService(service: Service, question: ServiceQuestion, shelf: AnswerShelf): TurningAnswer {
  const { labels, soa, limit, type } = question;
  const found = service.served.filter((one) => isIn(question.view, one)).slice(0, MAX_RECORDS);
  const chosen = type === 'A' || type === 'AAAA' ? ofFamily(found, type) : found;
  if (chosen.length === 0) {
    const nothing = { answers: [], authorities: [soa], additionals: [] };
    return new TurningAnswer(service.served.length === 0 ? 'all down' : `no ${type}`, [1, 0], shelf, () =>
      encodeDnsBody(labels, nothing, limit),
    );
  }
  const logged = chosen.slice(0, MAX_LOGGED);
  const text = logged.map(({ registration: { address, port } }) => formatTarget(address, port)).join(', ');
  return new TurningAnswer(text, [chosen.length, service.asked], shelf, (turn) => {
    const answers = recordsOf(turned(chosen, turn), question);
    const additionals = type === 'SRV' ? addressesOf(answers, chosen, service, question.zone) : [];
    return encodeDnsBody(labels, { answers, authorities: [], additionals }, limit);
  });
}

/** One of each address of a family: of those that come first, since address records have no priority of their own. */
function ofFamily(instances: readonly Instance[], type: 'A' | 'AAAA'): readonly Instance[] {
  const family = instances.filter(({ registration }) => registration.address.includes(':') === (type === 'AAAA'));
  const first = Math.min(...family.map(({ registration }) => registration.priority));
  const best = family.filter(({ registration }) => registration.priority === first);
  return [...new Map(best.map((one) => [one.registration.address, one])).values()];
}

/** Who comes first changes; those with a lower priority stay before the others. */
function turned(instances: readonly Instance[], turn: number): readonly Instance[] {
  const from = turn % instances.length;
  const all = [...instances.slice(from), ...instances.slice(0, from)];
  return all.sort((one, other) => one.registration.priority - other.registration.priority);
}

function recordsOf(instances: readonly Instance[], { labels, zone, type }: ServiceQuestion): readonly DnsRecord[] {
  const name = labels.join('.');
  return instances.map(({ registration }): DnsRecord => {
    const common = { name, ttl: ANSWER_TTL_S };
    const { address, port, priority, weight } = registration;
    if (type === 'A' || type === 'AAAA') return { ...common, type, data: address };
    if (type === 'TXT') return { ...common, type, data: stringsOf(registration) };
    return { ...common, type, data: { priority, weight, port, target: targetName(address, registration.name, zone) } };
  });
}

const targetName = (address: string, service: string, zone: string): string =>
  `${addressLabel(address)}.${service}.${zone}`;

/** Where the targets are, each once. */
function addressesOf(
  answers: readonly DnsRecord[],
  instances: readonly Instance[],
  { name }: Service,
  zone: string,
): readonly DnsRecord[] {
  const addresses = new Map(
    instances.map(({ registration: { address } }) => [targetName(address, name, zone), address]),
  );
  const targets = new Set(answers.flatMap((one) => (one.type === 'SRV' ? [one.data.target] : [])));
  return [...targets].map((target) => addressRecord(target, addresses.get(target) as string));
}

/** An address of either family as a record. */
export function addressRecord(name: string, address: string): DnsRecord {
  return { name, type: address.includes(':') ? 'AAAA' : 'A', ttl: ANSWER_TTL_S, data: address };
}

/** What TXT says of an instance, `key=value` as RFC 6763, 6.3 has it; what is too long for a string is cut. */
function stringsOf({ id, description, tags, meta }: Instance['registration']): Buffer[] {
  const texts = [
    `id=${id}`,
    ...(description === '' ? [] : [`description=${description}`]),
    ...tags.map((tag) => `tag=${tag}`),
    ...meta.map(([key, value]) => `${key}=${value}`),
  ];
  return texts.map(cutString);
}

/** Never within a character. */
function cutString(text: string): Buffer {
  const bytes = Buffer.from(text);
  let end = Math.min(bytes.length, MAX_TXT_BYTES);
  while (end < bytes.length && ((bytes[end] as number) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}

/** The zone's name server: a name that the zone answers for where somebody registers `ns`. */
export const nameServerRecord = (zone: string): DnsRecord => ({
  name: zone,
  type: 'NS',
  ttl: ANSWER_TTL_S,
  data: `ns.${zone}`,
});

/** The zone's SOA; its serial is the number of the last change. */
export function soaRecord(zone: string, index: number): DnsRecord {
  const times = { refresh: 3_600, retry: 600, expire: 86_400, minimum: NEGATIVE_TTL_S };
  const data = { mname: `ns.${zone}`, rname: `hostmaster.${zone}`, serial: index >>> 0, ...times };
  return { name: zone, type: 'SOA', ttl: NEGATIVE_TTL_S, data };
}

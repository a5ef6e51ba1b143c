/** Answers DNS queries about the registry (RFC 1034, RFC 1035, RFC 2308); other names go to the forwarder, or are refused. */

import {
  answerDnsQuery,
  DNS_EDNS_BYTES,
  type DnsAuthority,
  type DnsBody,
  EMPTY_BODY,
  encodeDnsBody,
} from '../../protocols/dns-answer.ts';
import {
  DNS_CLASS_IN,
  DNS_RCODE,
  DNS_TCP_BYTES,
  DNS_TYPE,
  DNS_UDP_BYTES,
  type DnsQuery,
  readDnsQuery,
} from '../../protocols/dns-query.ts';
import type { Caller } from '../../registry/log.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Service } from '../../registry/table.ts';
import type { DnsForwarder } from './dns-forward.ts';
import { findPlace, labelsInZone, type Place, zoneLabels } from './dns-names.ts';
import { addressRecord, answerService, nameServerRecord, SERVICE_TYPES, soaRecord } from './dns-records.ts';
import { AnswerShelf, type TurningAnswer } from './dns-shelf.ts';

/** What carried a query: it says how long the answer may be. */
export type Carrier = 'udp' | 'tcp';

/** What an answer says, and whether it was at hand. */
interface Reply {
  readonly body: DnsBody;
  readonly rcode: number;
  readonly text: string;
  readonly isHit: boolean;
}

/** Answers the queries of one name server. */
export class DnsDesk {
  readonly #registry: Registry;
  readonly #zone: readonly string[];
  readonly #zoneName: string;
  readonly #forwarder: DnsForwarder | undefined;
  /** Who speaks, in answers of the zone and in others. */
  readonly #own: DnsAuthority;
  readonly #others: DnsAuthority;
  readonly #shelf = new AnswerShelf();

  /** @throws NettkError `USAGE` where the zone is no domain name */
  constructor(registry: Registry, zone: string, forwarder: DnsForwarder | undefined) {
    this.#registry = registry;
    this.#zone = zoneLabels(zone);
    this.#zoneName = this.#zone.join('.');
    this.#forwarder = forwarder;
    this.#others = { forwards: forwarder !== undefined };
    this.#own = { ...this.#others, isAuthoritative: true };
  }

  /** The answer to a message, at once but for what is forwarded; undefined where it deserves none. */
  answer(message: Buffer, caller: Caller, carrier: Carrier): Buffer | Promise<Buffer> | undefined {
    const query = readDnsQuery(message);
    if (!query) return undefined;
    if (query.rcode !== DNS_RCODE.noError) return answerDnsQuery(query, query.rcode, EMPTY_BODY, this.#others);
    const inZone = query.class === DNS_CLASS_IN ? labelsInZone(query.labels, this.#zone) : undefined;
    if (!inZone) return this.#forwarder?.forward(query, caller, carrier) ?? refuse(query, this.#others);
    if (query.type === DNS_TYPE.ANY || query.type === DNS_TYPE.AXFR) return refuse(query, this.#own);
    const place = findPlace(inZone, this.#registry);
    const { body, rcode, text, isHit } = this.#reply(place, query, limitOf(query, carrier));
    if (place.kind !== 'apex' && place.kind !== 'empty') this.#note(place, text, isHit, caller);
    return answerDnsQuery(query, rcode, body, this.#own);
  }

  #reply(place: Place, query: DnsQuery, limit: number): Reply {
    switch (place.kind) {
      case 'service':
        return this.#ofService(place.service, place.view, query, limit);
      case 'target':
        return this.#ofTarget(place.address, query, limit);
      case 'apex':
        return this.#ofApex(query, limit);
      case 'empty':
        return this.#nothing(query, limit, DNS_RCODE.noError, '');
      case 'nothing':
        return this.#nothing(query, limit, DNS_RCODE.nxDomain, 'not registered');
    }
  }

  #ofService(service: Service, view: 'any' | 'tcp' | 'udp', query: DnsQuery, limit: number): Reply {
    const type = SERVICE_TYPES.get(query.type);
    if (type === undefined || (view !== 'any' && (type === 'A' || type === 'AAAA'))) {
      return this.#nothing(query, limit, DNS_RCODE.noError, 'no such record');
    }
    const { labels } = query;
    const { value, isHit } = service.answer(`dns ${view} ${type} ${limit}`, (): TurningAnswer => {
      const soa = soaRecord(this.#zoneName, this.#registry.changes.index);
      const question = { labels, zone: this.#zoneName, view, type, limit, soa };
      return answerService(service, question, this.#shelf);
    });
    return { body: value.next(), rcode: DNS_RCODE.noError, text: value.text, isHit };
  }

  #ofTarget(address: string, query: DnsQuery, limit: number): Reply {
    const record = addressRecord(query.labels.join('.'), address);
    if (query.type !== DNS_TYPE[record.type]) return this.#nothing(query, limit, DNS_RCODE.noError, 'no such record');
    const body = encodeDnsBody(query.labels, { answers: [record], authorities: [], additionals: [] }, limit);
    return { body, rcode: DNS_RCODE.noError, text: address, isHit: true };
  }

  #ofApex(query: DnsQuery, limit: number): Reply {
    const { type, labels } = query;
    if (type !== DNS_TYPE.SOA && type !== DNS_TYPE.NS) return this.#nothing(query, limit, DNS_RCODE.noError, '');
    const soa = soaRecord(this.#zoneName, this.#registry.changes.index);
    const answers = [type === DNS_TYPE.SOA ? soa : nameServerRecord(this.#zoneName)];
    const body = encodeDnsBody(labels, { answers, authorities: [], additionals: [] }, limit);
    return { body, rcode: DNS_RCODE.noError, text: '', isHit: false };
  }

  #nothing({ labels }: DnsQuery, limit: number, rcode: number, text: string): Reply {
    const authorities = [soaRecord(this.#zoneName, this.#registry.changes.index)];
    return {
      body: encodeDnsBody(labels, { answers: [], authorities, additionals: [] }, limit),
      rcode,
      text,
      isHit: false,
    };
  }

  #note(place: Exclude<Place, { kind: 'apex' | 'empty' }>, answer: string, isHit: boolean, caller: Caller): void {
    const service = place.kind === 'nothing' ? undefined : place.service;
    const name = place.kind === 'nothing' ? place.asked : place.service.name;
    this.#registry.noteLookup({ name, service, answer, isHit }, caller);
  }
}

const refuse = (query: DnsQuery, authority: DnsAuthority): Buffer =>
  answerDnsQuery(query, DNS_RCODE.refused, EMPTY_BODY, authority);

/** Three lengths, so that answers can be kept: a client that takes more than 512 bytes takes 1,232 or is given 512. */
function limitOf({ edns }: DnsQuery, carrier: Carrier): number {
  if (carrier === 'tcp') return DNS_TCP_BYTES;
  return edns && edns.size >= DNS_EDNS_BYTES ? DNS_EDNS_BYTES : DNS_UDP_BYTES;
}

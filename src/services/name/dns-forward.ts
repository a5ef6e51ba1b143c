/**
 * Passes queries for names of others to another DNS server. Each goes out from a socket of its own, under a number of its
 * own, and only an answer to the same question from that server is passed back (RFC 5452).
 */

import { randomInt } from 'node:crypto';
import { NettkError, usageError } from '../../errors.ts';
import type { Conn } from '../../net/conn.ts';
import type { Networks } from '../../net/networks.ts';
import { answerDnsQuery, DNS_EDNS_BYTES, EMPTY_BODY } from '../../protocols/dns-answer.ts';
import { dnsFrame, readDnsFrames } from '../../protocols/dns-frames.ts';
import { DNS_HEADER_BYTES, DNS_RCODE, DNS_TCP_BYTES, DNS_UDP_BYTES, type DnsQuery } from '../../protocols/dns-query.ts';
import { canonicalAddress } from '../../registry/address.ts';
import type { Caller } from '../../registry/log.ts';
import type { Registry } from '../../registry/registry.ts';
import type { ServerContext } from '../service.ts';
import type { Carrier } from './dns-desk.ts';

/** How long the other server may take, in milliseconds: clients ask again after 5 s (resolv.conf(5)). */
const FORWARD_TIMEOUT_MS = 4_000;
/** Queries on their way at once; each has a socket. */
const MAX_FORWARDED = 512;

/** Where queries go. */
export interface ForwardTarget {
  readonly host: string;
  readonly port: number;
}

const DNS_PORT = 53;
const TARGET = /^(?:\[([\da-f:.]+)\]|([\d.]+))(?::(\d{1,5}))?$/i;

/**
 * Reads ADDRESS or ADDRESS:PORT, with an IPv6 address in brackets where a port follows.
 *
 * @throws NettkError `USAGE` where it is none; a host name would have to be looked up by what we are asked for
 */
export function readForwardTarget(text: string): ForwardTarget {
  const [, bracketed, v4, digits = String(DNS_PORT)] = TARGET.exec(isBareIpv6(text) ? `[${text}]` : text) ?? [];
  const host = canonicalAddress(bracketed ?? v4 ?? '');
  const port = Number(digits);
  if (host !== undefined && port >= 1 && port <= 65_535) return { host, port };
  throw usageError(
    'option --forward',
    `${JSON.stringify(text)} is not an address, or an address and a port`,
    '192.0.2.53',
  );
}

const isBareIpv6 = (text: string): boolean => !text.startsWith('[') && text.split(':').length > 2;

/** Forwards queries. */
export class DnsForwarder {
  readonly #server: ServerContext;
  readonly #target: ForwardTarget;
  readonly #clients: Networks | undefined;
  readonly #registry: Registry;
  #running = 0;

  /**
   * @param clients who may have names of others looked up, or this machine and private networks: a server that does so for
   *   everybody is used in attacks
   */
  constructor(server: ServerContext, target: ForwardTarget, clients: Networks | undefined, registry: Registry) {
    this.#server = server;
    this.#target = target;
    this.#clients = clients;
    this.#registry = registry;
  }

  /** The other server's answer; where there is none, one that says so. */
  async forward(query: DnsQuery, caller: Caller, carrier: Carrier): Promise<Buffer> {
    const question = query.labels.join('.');
    if (!(this.#clients?.has(caller.address) ?? isNearby(caller.address))) {
      this.#note(`${question}: refused: it is not forwarded for everybody`, caller);
      return answerDnsQuery(query, DNS_RCODE.refused, EMPTY_BODY, { forwards: true });
    }
    this.#note(`${question}: forwarded`, caller);
    if (this.#running >= MAX_FORWARDED) return failed(query);
    this.#running += 1;
    try {
      return await this.#ask(query, carrier);
    } catch (error) {
      if (!(error instanceof NettkError)) throw error;
      return failed(query);
    } finally {
      this.#running -= 1;
    }
  }

  async #ask(query: DnsQuery, carrier: Carrier): Promise<Buffer> {
    const { host, port } = this.#target;
    const signal = AbortSignal.any([this.#server.signal, AbortSignal.timeout(FORWARD_TIMEOUT_MS)]);
    const sent = Buffer.from(query.message);
    sent.writeUInt16BE(randomInt(0x10000), 0);
    const conn = await this.#server.dial({ scheme: carrier, host, port, path: '' }, { signal }).catch(asFailure);
    const stop = (): void => void conn.destroy();
    signal.addEventListener('abort', stop);
    try {
      conn.write(carrier === 'tcp' ? dnsFrame(sent) : sent);
      const answer = await firstAnswer(conn, sent, query.end, carrier);
      if (answer.length > lengthFor(query, carrier)) return truncated(query, answer);
      query.message.copy(answer, 0, 0, 2);
      return answer;
    } finally {
      signal.removeEventListener('abort', stop);
      conn.destroy();
    }
  }

  #note(answer: string, caller: Caller): void {
    this.#registry.noteLookup({ name: '', service: undefined, answer, isHit: false }, caller);
  }
}

/** This machine, link-local and private networks (RFC 1918, 3927, 4193, 4291). */
const NEARBY = /^(127|10|192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))\.|^::1$|^f[cd]|^fe[89ab]/;

const isNearby = (address: string): boolean => NEARBY.test(address);

/** The longest answer that is passed back, in bytes: the other server may send what we cannot, or the client did not ask for. */
function lengthFor({ edns }: DnsQuery, carrier: Carrier): number {
  if (carrier === 'tcp') return DNS_TCP_BYTES;
  return Math.min(Math.max(edns?.size ?? 0, DNS_UDP_BYTES), DNS_EDNS_BYTES);
}

/** Says that it is to be asked for over TCP. */
function truncated(query: DnsQuery, answer: Buffer): Buffer {
  const rcode = (answer[3] as number) & 0x0f;
  return answerDnsQuery(query, rcode, { ...EMPTY_BODY, isTruncated: true }, { forwards: true });
}

const failed = (query: DnsQuery): Buffer => answerDnsQuery(query, DNS_RCODE.servFail, EMPTY_BODY, { forwards: true });

function asFailure(error: unknown): never {
  throw error instanceof NettkError ? error : unanswered(error);
}

function unanswered(cause?: unknown): NettkError {
  return new NettkError({ code: 'TIMEOUT', action: 'forward a query', reason: 'no answer', cause });
}

/** Passes over what answers something else. */
async function firstAnswer(conn: Conn, sent: Buffer, end: number, carrier: Carrier): Promise<Buffer> {
  try {
    const messages: AsyncIterable<Buffer> = carrier === 'tcp' ? readDnsFrames(conn) : conn;
    for await (const message of messages) if (isAnswerTo(sent, message, end)) return Buffer.from(message);
  } catch (error) {
    throw asFailure(error);
  }
  throw unanswered();
}

/** The same number, and the same question letter by letter: case is what a forger has to guess too. */
function isAnswerTo(sent: Buffer, message: Buffer, end: number): boolean {
  if (message.length < end || message.readUInt16BE(0) !== sent.readUInt16BE(0)) return false;
  if (((message[2] as number) & 0x80) === 0 || message.readUInt16BE(4) !== 1) return false;
  return message.compare(sent, DNS_HEADER_BYTES, end, DNS_HEADER_BYTES, end) === 0;
}

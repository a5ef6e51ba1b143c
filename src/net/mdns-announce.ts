/** Tells the local network that a service is here: DNS-SD (RFC 6763) over multicast DNS (RFC 6762), over IPv4. */

import { randomBytes } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import type { Answer, DecodedPacket, Packet, Question } from 'dns-packet';
import type { MulticastDNS } from 'multicast-dns';
import type { Endpoint } from './endpoint.ts';
import { linkAddresses, openMdnsSocket } from './mdns-socket.ts';

/** How long others may keep what they hear, in seconds (RFC 6762, section 10). */
const TTL_S = 120;
/** The least time between two answers on one link, in milliseconds, however many ask. */
const REST_MS = 100;
/** How often it is looked for interfaces that are new or gone, and the pause between the first two announcements. */
const LOOK_MS = 5_000;
const AGAIN_MS = 1_000;
/** What lists all types there are (RFC 6763, section 9). */
const ALL_TYPES = '_services._dns-sd._udp.local';

/** What is announced. */
export interface Announced {
  /** `_nettk-name._tcp` */
  readonly type: string;
  /** Where it listens; on all addresses it is announced on every link, else on the link of its address. */
  readonly endpoint: Endpoint;
}

/** Something that is announced until it is withdrawn. */
export interface Announcement {
  /** The addresses that it is announced with. */
  readonly addresses: readonly string[];
  /** Says goodbye, so that nobody keeps it; resolves when that is sent. */
  withdraw(): Promise<void>;
}

/** Announces an endpoint; where there is no link to do so, its addresses are none, until one comes. */
export async function announce(announced: Announced): Promise<Announcement> {
  const announcer = new Announcer(announced);
  await announcer.look();
  return announcer;
}

/** One link. */
interface Link {
  readonly socket: MulticastDNS;
  /** While it rests after an answer; `isAsked` when somebody asked meanwhile. */
  resting: NodeJS.Timeout | undefined;
  isAsked: boolean;
}

class Announcer implements Announcement {
  readonly #announced: Announced;
  readonly #links = new Map<string, Link>();
  readonly #timer: NodeJS.Timeout;
  readonly #label: string;
  #isOver = false;

  constructor(announced: Announced) {
    this.#announced = announced;
    const host =
      hostname()
        .split('.', 1)[0]
        ?.replace(/[^\w-]/g, '') ?? '';
    // Two machines may have the same name.
    const mark = randomBytes(3).toString('hex');
    this.#label = `${host.slice(0, 40) || 'nettk'}-${announced.endpoint.port}-${mark}`.toLowerCase();
    this.#timer = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  get addresses(): readonly string[] {
    return [...this.#links.keys()];
  }

  /** Opens links that are new, and lets go of those that are gone. */
  async look(): Promise<void> {
    const wanted = linksOf(this.#announced.endpoint);
    for (const [address, link] of this.#links) if (!wanted.includes(address)) this.#close(address, link);
    await Promise.all(wanted.filter((address) => !this.#links.has(address)).map((address) => this.#open(address)));
  }

  async withdraw(): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#timer);
    const goodbyes = [...this.#links].map(async ([address, link]) => {
      await this.#say(link.socket, address, 0);
      this.#close(address, link);
    });
    await Promise.all(goodbyes);
  }

  async #open(address: string): Promise<void> {
    const socket = await openMdnsSocket(address);
    if (!socket) return;
    if (this.#isOver || this.#links.has(address)) return socket.destroy();
    const link: Link = { socket, resting: undefined, isAsked: false };
    this.#links.set(address, link);
    socket.on('query', (query) => {
      if (this.#isMeant(query as DecodedPacket)) this.#answer(address, link);
    });
    this.#answer(address, link);
    setTimeout(() => this.#links.get(address) === link && this.#answer(address, link), AGAIN_MS).unref();
  }

  #close(address: string, { socket, resting }: Link): void {
    clearTimeout(resting);
    this.#links.delete(address);
    socket.destroy();
  }

  /** At once, or as soon as the last answer is old enough: all who ask meanwhile hear the same. */
  #answer(address: string, link: Link): void {
    if (link.resting) {
      link.isAsked = true;
      return;
    }
    link.isAsked = false;
    void this.#say(link.socket, address, TTL_S);
    link.resting = setTimeout(() => {
      link.resting = undefined;
      if (link.isAsked) this.#answer(address, link);
    }, REST_MS).unref();
  }

  get #instance(): string {
    return `${this.#label}.${this.#announced.type}.local`;
  }

  #isMeant({ questions, answers }: DecodedPacket): boolean {
    const type = `${this.#announced.type}.local`;
    const names = [type, this.#instance, `${this.#label}.local`, ALL_TYPES];
    const isKnown = (answers ?? []).some((one) => one.type === 'PTR' && isSameName(one.data, this.#instance));
    return (questions ?? []).some((one: Question) => {
      const name = names.find((each) => isSameName(one.name, each));
      return name !== undefined && !(name === type && isKnown);
    });
  }

  /** @param ttl in seconds; 0 is goodbye */
  #say(socket: MulticastDNS, address: string, ttl: number): Promise<void> {
    const { type, endpoint } = this.#announced;
    const name = `${type}.local`;
    const target = `${this.#label}.local`;
    const answers: Answer[] = [
      { type: 'PTR', name, ttl, data: this.#instance },
      {
        type: 'SRV',
        name: this.#instance,
        ttl,
        flush: true,
        data: { port: endpoint.port, target, priority: 0, weight: 0 },
      },
      { type: 'TXT', name: this.#instance, ttl, flush: true, data: [endpoint.scheme === 'tls' ? 'tls=1' : 'tls=0'] },
      { type: 'A', name: target, ttl, flush: true, data: address },
      { type: 'PTR', name: ALL_TYPES, ttl: TTL_S, data: name },
    ];
    return new Promise((resolve) => socket.respond({ answers } as Packet & { answers: Answer[] }, () => resolve()));
  }
}

/** Names have no case (RFC 6762, section 16). */
function isSameName(one: unknown, other: string): boolean {
  return typeof one === 'string' && one.toLowerCase() === other.toLowerCase();
}

/** The links on which an endpoint can be reached, by our address there: who finds it connects to that. */
function linksOf({ host, scheme }: Endpoint): string[] {
  if (scheme !== 'tcp' && scheme !== 'tls') return [];
  if (host === '0.0.0.0' || host === '::') return linkAddresses();
  const address = host === 'localhost' ? '127.0.0.1' : host;
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  return isIPv4(address) && own.some((one) => one.address === address) ? [address] : [];
}

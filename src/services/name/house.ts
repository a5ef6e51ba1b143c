/** What all faces of one name server share: the registry over its store, its checks, and who may do what. */

import { createHash, timingSafeEqual } from 'node:crypto';
import { usageError } from '../../errors.ts';
import { DeadlineHeap } from '../../host/deadline-heap.ts';
import { connectionsThatFit } from '../../host/open-files.ts';
import { readTextFile } from '../../host/text-file.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import type { Networks } from '../../net/networks.ts';
import type { HealthRules } from '../../registry/health.ts';
import type { Due } from '../../registry/instance.ts';
import type { Caller } from '../../registry/log.ts';
import { MemoryStore } from '../../registry/memory-store.ts';
import { Registry } from '../../registry/registry.ts';
import type { Store } from '../../registry/store.ts';
import { parseOrigin } from '../../stream/http-origin.ts';
import type { ServerContext } from '../service.ts';
import { runChecks } from './check-runner.ts';
import { CheckIndex } from './consul/check-index.ts';
import { DnsDesk } from './dns-desk.ts';
import { DnsForwarder, readForwardTarget } from './dns-forward.ts';
import { isOfThisMachine } from './own-addresses.ts';
import { createProbe } from './probe.ts';

/** Checks at once at most; fewer where few files may be open, since clients need some too. */
const MOST_CHECKS = 512;

/** The options that shape it, parsed. */
export interface HouseOptions {
  readonly db: string | undefined;
  readonly interval: number;
  readonly timeout: number;
  readonly fail: number;
  readonly rise: number;
  readonly dropAfter: number;
  readonly allowNet: Networks | undefined;
  readonly token: string | undefined;
  readonly adminToken: string | undefined;
  readonly logAge: number;
  readonly logRecords: number;
  readonly zone: string;
  readonly forward: string | undefined;
  readonly forwardFor: Networks | undefined;
  readonly httpOrigin: readonly string[];
}

/** The state of a name server. */
export class NameHouse {
  readonly registry: Registry;
  /** Answers DNS queries. */
  readonly dns: DnsDesk;
  /** Finds the instances of checks with ids of their own, for Consul's clients. */
  readonly checkIndex: CheckIndex;
  /** Origins of pages that may ask by HTTP besides the server's own; `*` is any. */
  readonly httpOrigins: readonly string[];
  /** Registrations and drops of all connections of the line face that are not answered yet. */
  underWay = 0;
  readonly #token: Buffer | undefined;
  readonly #adminToken: Buffer | undefined;

  /**
   * Opens the store and begins to check.
   *
   * @throws NettkError: options contradict each other, a file cannot be read, the store cannot be opened
   */
  static async open(options: HouseOptions, server: ServerContext): Promise<NameHouse> {
    const rules = rulesOf(options);
    const tokens = { token: digestOf('token', options.token), admin: digestOf('admin-token', options.adminToken) };
    const forwardTo = options.forward === undefined ? undefined : readForwardTarget(options.forward);
    const origins = options.httpOrigin.map(readOrigin);
    const store = await openStore(options.db);
    try {
      const registry = await Registry.open({
        store,
        clock: { now: () => performance.now(), wall: () => Date.now() },
        heap: new DeadlineHeap<Due>(),
        random: Math.random,
        defer: setImmediate,
        rules,
        logLimits: { records: options.logRecords, ageMs: options.logAge },
        mostChecks: Math.min(MOST_CHECKS, Math.ceil(connectionsThatFit() / 4)),
        mayCheck: (registrant, address) => mayCheck(registrant, address, options.allowNet),
        note: server.note,
      });
      const forwarder = forwardTo && new DnsForwarder(server, forwardTo, options.forwardFor, registry);
      const dns = new DnsDesk(registry, options.zone, forwarder);
      runChecks(registry, createProbe(server), server.signal);
      return new NameHouse({ registry, dns, origins }, tokens);
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  private constructor(
    { registry, dns, origins }: { readonly registry: Registry; readonly dns: DnsDesk; readonly origins: string[] },
    tokens: { readonly token: Buffer | undefined; readonly admin: Buffer | undefined },
  ) {
    this.registry = registry;
    this.dns = dns;
    this.checkIndex = new CheckIndex(registry);
    this.httpOrigins = origins;
    this.#token = tokens.token;
    this.#adminToken = tokens.admin;
  }

  /**
   * Who somebody is to the registry.
   *
   * @param secret the token shown, if any
   */
  callerOf(peer: Endpoint, face: string, secret?: string): Caller {
    const address = peer.scheme === 'unix' ? '127.0.0.1' : peer.host;
    return { address, port: peer.port, face, role: this.#roleOf(address, secret) };
  }

  /** Is it one of the tokens? Where there is none, no secret is. */
  isToken(secret: string): boolean {
    return isSecret(secret, this.#token) || isSecret(secret, this.#adminToken);
  }

  /** Writes what waits, and closes the store. */
  close(): Promise<void> {
    return this.registry.close();
  }

  #roleOf(address: string, secret: string | undefined): Caller['role'] {
    const mayRegister = !this.#token || isSecret(secret, this.#token);
    const isAdmin = this.#adminToken ? isSecret(secret, this.#adminToken) : mayRegister && isOfThisMachine(address);
    return isAdmin ? 'admin' : mayRegister ? 'registrant' : 'reader';
  }
}

function rulesOf({ interval, timeout, fail, rise, dropAfter }: HouseOptions): HealthRules {
  if (dropAfter > 0 && dropAfter < fail) {
    throw usageError('option --drop-after', `${dropAfter} is less than --fail, which is ${fail}`, '0 for never');
  }
  return { intervalMs: interval, timeoutMs: timeout, fail, rise, dropAfter };
}

async function openStore(db: string | undefined): Promise<Store> {
  if (db === undefined) return new MemoryStore();
  const { openNameDatabase } = await import('../../host/name-database.ts');
  return openNameDatabase(db);
}

function readOrigin(text: string): string {
  const origin = parseOrigin(text);
  if (origin !== undefined) return origin;
  throw usageError('option --http-origin', `${JSON.stringify(text)} is no origin`, 'https://names.example.com');
}

/** A token, or `@FILE` that holds it, as what secrets are compared with. */
function digestOf(option: string, text: string | undefined): Buffer | undefined {
  if (text === undefined) return undefined;
  const token = text.startsWith('@') ? readTextFile(text.slice(1)).trim() : text;
  if (token === '' || /\s/.test(token)) throw usageError(`option --${option}`, 'the token is empty or has blanks');
  return digest(token);
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Takes the same time whatever is wrong. */
function isSecret(secret: string | undefined, expected: Buffer | undefined): boolean {
  return secret !== undefined && expected !== undefined && timingSafeEqual(digest(secret), expected);
}

/** The registrant's own address, on this machine any of the machine's, or one that the operator allows. */
function mayCheck(registrant: string, address: string, allowed: Networks | undefined): boolean {
  if (registrant === address || allowed?.has(address)) return true;
  return isOfThisMachine(registrant) && isOfThisMachine(address);
}

/** The options with which a server joins a name server, and what they become. */

import type { RegistrarEvent, RegistrarOptions } from '../clients/registrar.ts';
import type { Advertised, Place } from '../clients/registrar-places.ts';
import { usageError } from '../errors.ts';
import type { Endpoint } from '../net/endpoint.ts';
import { isServiceName } from '../protocols/name-line.ts';
import { findGiven } from './given-options.ts';
import type { Io } from './io.ts';
import { BY_MDNS, nameServerOf, readToken } from './name-server.ts';
import type { OptionSpecs, OptionValues } from './option.ts';
import type { ServerEventWriter } from './server-events.ts';
import { tlsClientOptions } from './tls-options.ts';

/** Shared by all servers. The name server's TLS has names of its own: `--ca` and the others are about the server's clients. */
export const JOIN_OPTIONS = {
  register: {
    type: 'text',
    placeholder: 'NAME-SERVER',
    describe: 'register there, and withdraw at the end: HOST[:PORT], tls://HOST:PORT, or mdns to find one',
  },
  advertise: {
    type: 'text',
    placeholder: 'HOST[:PORT]',
    describe: 'register this address, not the one that the name server sees',
  },
  'register-as': { type: 'text', placeholder: 'NAME', describe: "the name to be found by (the service's own)" },
  'register-ttl': {
    type: 'duration',
    min: 1_000,
    max: 86_400_000,
    describe: 'how long the name server keeps us when it hears nothing (15s)',
  },
  'register-check': {
    type: 'text',
    choices: ['tcp', 'none'],
    describe: 'does the name server connect to see whether we are there (tcp)',
  },
  'register-token': {
    type: 'text',
    placeholder: 'TOKEN|@FILE',
    describe: 'what the name server asks of those who register (NETTK_NAME_TOKEN)',
  },
  'register-ca': { type: 'list', placeholder: 'FILE', describe: 'trust these authorities (PEM) with the name server' },
  'register-pin': {
    type: 'list',
    placeholder: 'sha256:HASH',
    describe: "take exactly this certificate of the name server's",
  },
  'register-cert': { type: 'path', placeholder: 'FILE', describe: 'our certificate (PEM) for the name server' },
  'register-key': {
    type: 'path',
    placeholder: 'FILE',
    describe: 'its private key (PEM), where it is not in the same file',
  },
  'register-insecure': { type: 'flag', describe: 'take any certificate of the name server' },
} as const satisfies OptionSpecs;

/** Their values. */
export type JoinValues = OptionValues<typeof JOIN_OPTIONS>;

/** A server's endpoints, and who hears what becomes of their registration. */
export interface Joining {
  /** What it is found by unless `--register-as` says otherwise; undefined where it has no name of its own. */
  readonly name: string | undefined;
  readonly endpoints: readonly Endpoint[];
  /** Puts a face's name behind the service's. */
  readonly faceOf?: (endpoint: Endpoint) => string;
  readonly description?: string | undefined;
  readonly events: JoinEvents;
}

/** Who hears of registrations. */
export type JoinEvents = Pick<ServerEventWriter, 'registration' | 'noted'>;

/** How long a name server may take at the end, in milliseconds, where the grace is neither less nor none. */
const GOODBYE_MS = 1_000;
const MIN_GOODBYE_MS = 100;

/** Registrations of a process. */
export interface Joined {
  /** Withdraws them, or gives up soon. */
  stop(): Promise<void>;
}

/** What was asked for, checked before anything is bound; begins once everything is. */
export type JoinPlan = (all: readonly Joining[]) => Joined;

/**
 * Checks the options.
 *
 * @param names of the servers that will be joined, as `Joining` has them
 * @returns what begins it; undefined where nobody asked for it
 * @throws NettkError: an option without --register, a name, address, file or token that cannot work
 */
export async function planJoining(
  args: JoinValues & { readonly grace: number },
  names: readonly (string | undefined)[],
  io: Io,
): Promise<JoinPlan | undefined> {
  const { register, registerAs, advertise } = args;
  if (register === undefined) {
    refuseStray(args);
    return undefined;
  }
  checkNames(registerAs, names);
  const token = await readToken('register-token', args.registerToken, io.env);
  const question = { action: 'option --register', typed: register, tls: await joinTls(args, register, io), token };
  const options: Omit<RegistrarOptions, 'places' | 'onEvent'> = {
    ...(await nameServerOf({ ...question, note: (line) => io.note(line) })),
    token,
    advertise: advertise === undefined ? undefined : await parseAdvertised(advertise),
    ttlMs: args.registerTtl,
    isChecked: args.registerCheck !== 'none',
  };
  const limitMs = Math.max(MIN_GOODBYE_MS, Math.min(args.grace, GOODBYE_MS));
  const { startRegistrar } = await import('../clients/registrar.ts');
  const places = await import('../clients/registrar-places.ts');
  return (all) => {
    const heard = new Map<Place, JoinEvents>();
    for (const joining of all)
      for (const endpoint of places.registrable(joining.endpoints))
        heard.set(placeOf(joining, registerAs, endpoint), joining.events);
    const note = oddityOf(heard.size, options.advertise);
    if (note !== undefined) io.note(note);
    if (heard.size === 0) return { stop: async () => {} };
    const onEvent = (event: RegistrarEvent): void => {
      const events = heard.get(event.place);
      events?.registration(event);
      const isNew = event.kind === 'registered' && !event.isAgain && !options.advertise;
      if (isNew && places.isOutOfReach(event.place, event.target)) events?.noted(OUT_OF_REACH);
    };
    const registrar = startRegistrar({ ...options, places: [...heard.keys()], onEvent });
    return { stop: () => registrar.stop(limitMs) };
  };
}

const OUT_OF_REACH = 'it listens on loopback only, where others cannot reach it; --host 0.0.0.0 helps';

/** What whoever runs the server should know of what is registered. */
function oddityOf(count: number, advertised: Advertised | undefined): string | undefined {
  if (count === 0) return 'nothing is registered: a Unix socket is nowhere that others could connect to';
  if (count === 1 || advertised?.port === undefined) return undefined;
  return `--advertise: one port for ${count} endpoints; HOST alone leaves each its own`;
}

/** Joins a server that tells of each endpoint as it is bound, once all are; and leaves when it drains. */
export class LateJoin {
  readonly #plan: JoinPlan;
  readonly #endpoints: Endpoint[] = [];
  readonly #most: number;
  readonly #events: JoinEvents;
  #joined: Joined | undefined;
  #left: Promise<void> | undefined;

  /** @param most how many endpoints there will be */
  constructor(plan: JoinPlan, most: number, events: JoinEvents) {
    this.#plan = plan;
    this.#most = most;
    this.#events = events;
  }

  /** One more is bound. */
  listening(endpoint: Endpoint): void {
    this.#endpoints.push(endpoint);
    if (this.#endpoints.length < this.#most) return;
    this.#joined = this.#plan([{ name: undefined, endpoints: this.#endpoints, events: this.#events }]);
  }

  /** Withdraws; resolves when that is done. */
  leave(): Promise<void> {
    this.#left ??= this.#joined?.stop();
    return this.#left ?? Promise.resolve();
  }
}

function placeOf({ name, faceOf, description }: Joining, as: string | undefined, endpoint: Endpoint): Place {
  const face = faceOf?.(endpoint) ?? '';
  return { name: [as ?? name, face].filter(Boolean).join('-'), endpoint, description };
}

function refuseStray(args: JoinValues): void {
  const { register: _, advertise, ...more } = args as JoinValues & Record<string, unknown>;
  const own = Object.entries(more).filter(([key]) => key.startsWith('register'));
  const stray = findGiven({ advertise, ...Object.fromEntries(own) });
  if (stray !== undefined) throw usageError(`option --${stray}`, 'nothing is registered', '--register NAME-SERVER');
}

function checkNames(registerAs: string | undefined, names: readonly (string | undefined)[]): void {
  if (registerAs !== undefined && names.length > 1) {
    throw usageError('option --register-as', 'several services cannot share a name');
  }
  if (registerAs === undefined && names.includes(undefined)) {
    throw usageError('option --register', 'what is to be registered has no name', '--register-as NAME');
  }
  if (registerAs === undefined || isServiceName(registerAs)) return;
  const action = `option --register-as ${JSON.stringify(registerAs)}`;
  throw usageError(action, 'is no name: letters, digits, - and _, 63 at most');
}

async function parseAdvertised(text: string): Promise<Advertised> {
  const { parseEndpoint } = await import('../net/endpoint.ts');
  const { scheme, host, port } = parseEndpoint(text, { port: 0 });
  if (text.includes('://') || scheme !== 'tcp') throw usageError('option --advertise', `${text} is not HOST:PORT`);
  return { host, port: port === 0 ? undefined : port };
}

/** Undefined where nothing is said of TLS, and the name server's address does not ask for it. */
async function joinTls(args: JoinValues, server: string, io: Io) {
  const { registerCa: ca, registerPin: pin, registerCert: cert, registerKey: key, registerInsecure: insecure } = args;
  const given = findGiven({
    registerCa: ca,
    registerPin: pin,
    registerCert: cert,
    registerKey: key,
    registerInsecure: insecure,
  });
  const isTls = /^(tls|wss):/i.test(server);
  if (!isTls && given === undefined) return undefined;
  if (!isTls && server !== BY_MDNS) throw usageError(`option --${given}`, `${server} is not TLS`, `tls://${server}`);
  const endpoint: Endpoint = { scheme: 'tls', host: '', port: 0, path: '' };
  return tlsClientOptions(
    { ca, pin, insecure, ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) },
    endpoint,
    io,
  );
}

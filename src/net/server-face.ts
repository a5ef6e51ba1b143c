/** One face of a running server: where it listens, who talks there, its UDP side. */

import type { OptionSpecs, OptionValues } from '../cli/option.ts';
import { usageError } from '../errors.ts';
import type { Face, Service, Talk } from '../services/service.ts';
import { bindAll } from './bind-all.ts';
import { type DatagramEvents, DatagramFace, type DatagramLimits } from './datagram-face.ts';
import { type Endpoint, formatEndpoint, parseEndpoint } from './endpoint.ts';
import { layersOf } from './layers.ts';
import type { Listener, ListenHandlers, ListenOptions } from './listen.ts';
import type { ServerCertificate } from './secure-server.ts';

/** Answers a second and source that UDP endpoints give by default. */
const UDP_RATE = 100;

/** Where a service's main face listens, and others by their names; who is left out is off. */
export interface FacePlaces {
  readonly endpoints: readonly (Endpoint | string)[];
  readonly faces?: Readonly<Record<string, readonly (Endpoint | string)[]>> | undefined;
}

/** A face that shall listen; the main one has no name. */
export interface PlannedFace<V, S> {
  readonly name: string;
  readonly talk: Talk<V, S> & Pick<Face, 'maxAnswer' | 'udpRate'> & Partial<Pick<Face, 'option'>>;
  readonly endpoints: readonly Endpoint[];
}

/** What a face gets of its server. */
export interface FaceServer<V, S> {
  readonly options: V;
  readonly state: S;
  /** Its layers lie over all endpoints of the main face, and elsewhere where the scheme asks for them. */
  readonly limits: ListenOptions;
  readonly datagrams: Omit<DatagramLimits, 'rate'> & DatagramEvents;
  /** Answers a second and source over UDP, where the operator says so. */
  readonly udpRate: number | undefined;
  handlers(talk: Talk<V, S>, bound: () => Endpoint): ListenHandlers;
}

/**
 * Finds the faces to open, the main one first.
 *
 * @throws NettkError `USAGE`: no such face, or it is not served over what an endpoint is
 */
export function planFaces<O extends OptionSpecs, S>(
  service: Service<O, S>,
  places: FacePlaces,
): PlannedFace<OptionValues<O>, S>[] {
  const faceNamed = (name: string): Face<O, S> => {
    const face = service.faces?.find((one) => one.name === name);
    if (face) return face;
    throw usageError(`serve ${service.name}`, `it has no face ${JSON.stringify(name)}`);
  };
  const parsed = (list: readonly (Endpoint | string)[]): Endpoint[] =>
    list.map((one) => (typeof one === 'string' ? parseEndpoint(one) : one));
  const others = Object.entries(places.faces ?? {}).map(([name, list]) => ({ name, talk: faceNamed(name), list }));
  const all = [{ name: '', talk: service, list: places.endpoints }, ...others];
  const planned = all.map(({ name, talk, list }) => ({ name, talk, endpoints: parsed(list) }));
  for (const face of planned) refuseWhatItLacks(service.name, face);
  return planned;
}

function refuseWhatItLacks(service: string, { name, talk, endpoints }: PlannedFace<unknown, unknown>): void {
  for (const endpoint of endpoints) {
    if (endpoint.scheme === 'udp' ? talk.datagram : talk.session) continue;
    const what = name === '' ? service : `${service} (${name})`;
    throw usageError(`serve ${what} on ${formatEndpoint(endpoint)}`, `it is not served over ${endpoint.scheme}`);
  }
}

/** The limits of a face beside the main one: with those layers only that the scheme asks for. */
function asNamed(endpoint: Endpoint, limits: ListenOptions, portOption: string | undefined): ListenOptions {
  const { tls, ws } = layersOf(endpoint);
  return { ...limits, portOption, tls: tls ? limits.tls : undefined, ws: ws ? limits.ws : undefined };
}

/** A face at its endpoints. */
export class ServerFace<V, S> {
  readonly name: string;
  readonly #datagrams: DatagramFace<V, S>;
  #listeners: readonly Listener[] = [];

  /**
   * Binds a face to all its endpoints, or to none and fails.
   *
   * @throws NettkError: an endpoint cannot be bound
   */
  static async bind<V, S>(plan: PlannedFace<V, S>, server: FaceServer<V, S>): Promise<ServerFace<V, S>> {
    const face = new ServerFace(plan, server);
    face.#listeners = await bindAll(plan.endpoints, {
      limits: (endpoint) => (plan.name === '' ? server.limits : asNamed(endpoint, server.limits, plan.talk.option)),
      handlers: (bound) => server.handlers(plan.talk, bound),
      face: face.#datagrams,
    });
    return face;
  }

  private constructor({ name, talk }: PlannedFace<V, S>, { options, state, datagrams, udpRate }: FaceServer<V, S>) {
    this.name = name;
    const rate = udpRate ?? talk.udpRate ?? UDP_RATE;
    const sparesLoopback = udpRate === undefined && talk.udpRate !== undefined;
    const limits = { ...datagrams, maxAnswer: talk.maxAnswer, rate, sparesLoopback };
    this.#datagrams = new DatagramFace(talk, options, state, limits, datagrams);
  }

  /** Where it listens, with the real ports. */
  get endpoints(): readonly Endpoint[] {
    return this.#listeners.map(({ endpoint }) => endpoint);
  }

  /** The certificate shown at one of its endpoints. */
  certificateOf(endpoint: Endpoint): ServerCertificate | undefined {
    return this.#listeners.find((one) => one.endpoint === endpoint)?.certificate;
  }

  /** How many datagrams have their answer under way. */
  get pending(): number {
    return this.#datagrams.pending;
  }

  /** Tells the answers under way that the server drains; datagrams that still come get none. */
  stop(): void {
    this.#datagrams.stop();
  }

  /** Resolves when no answer to a datagram is under way. */
  answered(): Promise<void> {
    return this.#datagrams.settled();
  }

  /**
   * Stops listening.
   *
   * @param answered a UDP endpoint stays until then; the others must not take in what would be cut
   */
  async close(answered: Promise<void>): Promise<void> {
    await Promise.all(
      this.#listeners.map(async (listener) => {
        if (listener.endpoint.scheme === 'udp') await answered;
        await listener.close();
      }),
    );
  }
}

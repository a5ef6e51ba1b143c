/** Binds several endpoints, all or none; on port 0, TCP and UDP of one host share the number that was free. */

import { errorCode } from '../errors.ts';
import type { DatagramFace } from './datagram-face.ts';
import type { Endpoint } from './endpoint.ts';
import { type Listener, type ListenHandlers, type ListenOptions, listenStream } from './listen.ts';
import { listenDatagram } from './listen-datagram.ts';

/** How often another free number is tried when the one that TCP got is taken for UDP. */
const SHARED_PORT_TRIES = 20;

/** What bound endpoints lead to. */
export interface BindPlan<O, S> {
  limits(endpoint: Endpoint): ListenOptions;
  handlers(bound: () => Endpoint): ListenHandlers;
  readonly face: DatagramFace<O, S>;
}

/**
 * Binds all endpoints in order.
 *
 * @throws the first endpoint's NettkError; those bound before it are closed again
 */
export async function bindAll<O, S>(endpoints: readonly Endpoint[], plan: BindPlan<O, S>): Promise<Listener[]> {
  const shares = endpoints.some((one) => one.scheme === 'udp' && twinOf(one, endpoints));
  for (let attempt = 1; ; attempt += 1) {
    const listeners: Listener[] = [];
    try {
      for (const endpoint of endpoints) listeners.push(await bindOne(shared(endpoint, endpoints, listeners), plan));
      return listeners;
    } catch (error) {
      await Promise.all(listeners.map((listener) => listener.close()));
      if (!shares || attempt === SHARED_PORT_TRIES || errorCode(error) !== 'EADDRINUSE') throw error;
    }
  }
}

/** The endpoint over TCP before this UDP one that has the same host and also leaves the port open. */
function twinOf(endpoint: Endpoint, endpoints: readonly Endpoint[]): Endpoint | undefined {
  if (endpoint.scheme !== 'udp' || endpoint.port !== 0) return undefined;
  const overTcp = endpoints.filter((one) => one.scheme !== 'udp' && one.scheme !== 'unix');
  return overTcp.find((one) => one.port === 0 && one.host === endpoint.host);
}

function shared(endpoint: Endpoint, endpoints: readonly Endpoint[], listeners: readonly Listener[]): Endpoint {
  const twin = twinOf(endpoint, endpoints);
  const bound = twin && listeners[endpoints.indexOf(twin)];
  return bound ? { ...endpoint, port: bound.endpoint.port } : endpoint;
}

async function bindOne<O, S>(endpoint: Endpoint, plan: BindPlan<O, S>): Promise<Listener> {
  if (endpoint.scheme !== 'udp') {
    const listener: Listener = await listenStream(
      endpoint,
      plan.handlers(() => listener.endpoint),
      plan.limits(endpoint),
    );
    return listener;
  }
  let receive: ReturnType<DatagramFace<O, S>['receiver']> | undefined;
  const listener = await listenDatagram(endpoint, (...datagram) => receive?.(...datagram), plan.limits(endpoint));
  receive = plan.face.receiver(listener.endpoint);
  return listener;
}

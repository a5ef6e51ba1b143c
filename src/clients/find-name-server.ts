/** Finds a name server on the local network. */

import { NettkError } from '../errors.ts';
import { type Endpoint, formatEndpoint } from '../net/endpoint.ts';
import { discover } from '../net/mdns-discover.ts';
import { NAME_ANNOUNCED } from '../protocols/name-line.ts';

/** How long answers are waited for, in milliseconds. */
const LIMIT_MS = 1_000;

/** A name server that was found, and what to say of it. */
export interface FoundServer {
  readonly endpoint: Endpoint;
  /** `tcp://10.0.0.5:21570 (ns1-21570-4f2a91)`, and the others where there are. */
  readonly words: string;
}

/**
 * Asks who announces a name server; of several the nearest is taken, this machine's first.
 *
 * @param wantsTls others are not taken: one that says nothing of TLS is spoken to over TLS all the same
 * @throws NettkError `NOT_FOUND`; the signal's reason
 */
export async function findNameServer(wantsTls: boolean, signal: AbortSignal): Promise<FoundServer> {
  const all = await discover(NAME_ANNOUNCED, LIMIT_MS, signal);
  const endpoints = all.map(({ endpoint, name }) => ({ name, endpoint: wantsTls ? withTls(endpoint) : endpoint }));
  const [first, ...others] = endpoints;
  if (!first) {
    const action = 'find a name server by multicast DNS';
    const reason = `nobody answered in ${LIMIT_MS / 1_000} s`;
    throw new NettkError({ code: 'NOT_FOUND', action, reason, hint: 'name-server --announce' });
  }
  const told = others.map(({ endpoint }) => formatEndpoint(endpoint)).join(', ');
  const words = `${formatEndpoint(first.endpoint)} (${first.name})${told && `, and not ${told}`}`;
  return { endpoint: first.endpoint, words };
}

function withTls(endpoint: Endpoint): Endpoint {
  return { ...endpoint, scheme: 'tls' };
}

/** Where a name server says that a service is, checked: what it says is a stranger's word. */

import { NettkError } from '../errors.ts';
import type { Endpoint, Scheme } from '../net/endpoint.ts';
import { isAddress } from '../net/plain-address.ts';
import { instanceFacts } from '../protocols/name-answers.ts';
import type { RecordLine } from '../protocols/record-line.ts';

/** One server of a service. */
export interface FoundInstance {
  readonly name: string;
  readonly id: string;
  /** Where it is; the scheme is `udp`, or `tls`, `ws` or `wss` where that was registered as `meta.scheme`, else `tcp`. */
  readonly endpoint: Endpoint;
  readonly status: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, string>>;
  readonly weight: number;
  readonly priority: number;
}

const LAYERED: readonly string[] = ['tls', 'ws', 'wss'];

/** Reads a line of a lookup. @throws NettkError `PROTOCOL` where it names no address and port */
export function foundInstance(record: RecordLine): FoundInstance {
  const { name, id, host, port, status, description, tags, meta, protocol, weight, priority } = instanceFacts(record);
  if (typeof host !== 'string' || !isAddress(host) || typeof port !== 'number' || port < 1 || port > 65_535) {
    throw new NettkError({ code: 'PROTOCOL', action: 'read an answer', reason: 'not an address and a port' });
  }
  const layered = (meta as Record<string, string> | undefined)?.['scheme'] ?? '';
  const scheme = (protocol === 'udp' ? 'udp' : LAYERED.includes(layered) ? layered : 'tcp') as Scheme;
  return {
    name: String(name),
    id: String(id),
    endpoint: { scheme, host, port, path: scheme === 'ws' || scheme === 'wss' ? '/' : '' },
    status: String(status),
    description: String(description),
    tags: (tags ?? []) as readonly string[],
    meta: (meta ?? {}) as Readonly<Record<string, string>>,
    weight: Number(weight ?? 1),
    priority: Number(priority ?? 0),
  };
}

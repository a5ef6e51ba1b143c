/** Instances as Consul's clients know them: one node, its services, their checks. */

import { isServed } from '../../../registry/health.ts';
import { type Check, type Instance, Lease } from '../../../registry/instance.ts';
import type { Facts } from '../http/json.ts';
import { CHECK_ID_KEY } from './input.ts';

/** Consul's clients ask for a data centre and a node; there is one of each. */
export const DATACENTER = 'dc1';
/** The node's name. */
export const NODE = 'nettk';

/** How a check is, in Consul's words. */
export type ConsulStatus = 'passing' | 'warning' | 'critical';

/** What the word of an instance begins with that its client pushed as a warning. */
export const WARNING = 'warning: ';

/** Consul's indexes are never 0: ours come one higher. */
export const indexOf = (index: number): number => index + 1;

/** The ids of an instance's checks, in their order: those run, then the one pushed. */
export function checkIds({ registration, checks, lease }: Instance): string[] {
  const own = registration.meta.find(([key]) => key === CHECK_ID_KEY)?.[1];
  const count = checks.length + (lease ? 1 : 0);
  const usual = `service:${registration.id}`;
  if (count === 1) return [own ?? usual];
  const ids = Array.from({ length: count }, (_, index) => `${usual}:${index + 1}`);
  // It is the pushed one that a client has to call by its id.
  return own === undefined ? ids : [...ids.slice(0, -1), own];
}

/** The worst of its checks; as served as on every other face. */
export function statusOf({ status, lease }: Instance): ConsulStatus {
  if (!isServed(status)) return 'critical';
  return lease?.output.startsWith(WARNING) ? 'warning' : 'passing';
}

/** An instance's checks. */
export function checksJson(instance: Instance): Facts[] {
  const { registration, checks, lease, index } = instance;
  const parts: (Check | Lease)[] = lease ? [...checks, lease] : [...checks];
  const ids = checkIds(instance);
  return parts.map((part, place) => ({
    Node: NODE,
    CheckID: ids[place],
    Name: `Service '${registration.name}' check`,
    Status: partStatus(part, instance),
    Notes: '',
    Output: part.output,
    ServiceID: registration.id,
    ServiceName: registration.name,
    ServiceTags: registration.tags,
    Type: part instanceof Lease ? 'ttl' : part.spec.kind,
    CreateIndex: indexOf(index),
    ModifyIndex: indexOf(index),
  }));
}

/** While most fail at once, nobody is down (docs/name-server.md, Suspect). */
function partStatus(part: Check | Lease, { status }: Instance): ConsulStatus {
  if (part.isDown) return status === 'suspect' ? 'passing' : 'critical';
  return part.output.startsWith(WARNING) ? 'warning' : 'passing';
}

/** The service's own fields. */
export function serviceJson({ registration, index }: Instance): Facts {
  const { name, id, address, port, tags, weight } = registration;
  return {
    ID: id,
    Service: name,
    Tags: tags,
    Meta: metaJson(registration),
    Address: address,
    Port: port,
    Weights: { Passing: weight, Warning: 1 },
    EnableTagOverride: false,
    Datacenter: DATACENTER,
    CreateIndex: indexOf(index),
    ModifyIndex: indexOf(index),
  };
}

/** A row of `health/service`. */
export function healthJson(instance: Instance): Facts {
  const { address } = instance.registration;
  const node = { ID: '', Node: NODE, Address: address, Datacenter: DATACENTER, TaggedAddresses: null, Meta: null };
  return { Node: node, Service: serviceJson(instance), Checks: checksJson(instance) };
}

/** A row of `catalog/service`. */
export function catalogJson({ registration, index }: Instance): Facts {
  const { name, id, address, port, tags, weight } = registration;
  return {
    ID: '',
    Node: NODE,
    Address: address,
    Datacenter: DATACENTER,
    NodeMeta: {},
    ServiceID: id,
    ServiceName: name,
    ServiceTags: tags,
    ServiceAddress: address,
    ServicePort: port,
    ServiceMeta: metaJson(registration),
    ServiceWeights: { Passing: weight, Warning: 1 },
    ServiceEnableTagOverride: false,
    CreateIndex: indexOf(index),
    ModifyIndex: indexOf(index),
  };
}

/** Consul has no description: it is one of meta there. */
function metaJson({ meta, description }: Instance['registration']): Facts {
  const own = meta.filter(([key]) => key !== CHECK_ID_KEY);
  return Object.fromEntries(description === '' ? own : [...own, ['description', description]]);
}

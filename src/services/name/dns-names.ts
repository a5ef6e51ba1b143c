/**
 * What names in the zone mean: `echo.nettk` is a service, `_echo._tcp.nettk` its instances over TCP (RFC 2782), and
 * `7f000001.echo.nettk` the address that an SRV record sends there for.
 */

import { usageError } from '../../errors.ts';
import { addressLabel } from '../../protocols/dns-answer.ts';
import type { Instance } from '../../registry/instance.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Service } from '../../registry/table.ts';

/** Which instances of a service are meant. */
export type View = 'any' | 'tcp' | 'udp';

/** What a name in the zone stands for. */
export type Place =
  | { readonly kind: 'apex' }
  /** Nothing is at the name itself, but something below it. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'service'; readonly service: Service; readonly view: View }
  /** Where an SRV record points to: an address of an instance. */
  | { readonly kind: 'target'; readonly service: Service; readonly address: string }
  | { readonly kind: 'nothing'; readonly asked: string };

const LABEL = /^[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?$/;
/** Leaves room for the longest name below it. */
const MAX_ZONE_CHARACTERS = 100;

/**
 * The labels of a zone, in lower case.
 *
 * @throws NettkError `USAGE` where it is no domain name
 */
export function zoneLabels(zone: string): readonly string[] {
  const labels = zone.toLowerCase().replace(/\.$/, '').split('.');
  if (zone.length <= MAX_ZONE_CHARACTERS && labels.every((label) => LABEL.test(label))) return labels;
  throw usageError('option --zone', `${JSON.stringify(zone)} is not a domain name of at most 100 characters`, 'nettk');
}

/** The labels before the zone's; undefined where the name is not in the zone. */
export function labelsInZone(labels: readonly string[], zone: readonly string[]): readonly string[] | undefined {
  const before = labels.length - zone.length;
  if (before < 0) return undefined;
  for (const [index, label] of zone.entries()) if (labels[before + index] !== label) return undefined;
  return labels.slice(0, before);
}

/** Finds what a name stands for; labels are those before the zone. */
export function findPlace(labels: readonly string[], registry: Registry): Place {
  const [first = '', second = ''] = labels;
  if (labels.length === 0) return { kind: 'apex' };
  if (labels.length > 2) return { kind: 'nothing', asked: '' };
  if (labels.length === 1) return isProtocol(first) ? { kind: 'empty' } : serviceAt(first, 'any', registry);
  if (isProtocol(second)) return protocolAt(first, second === '_tcp' ? 'tcp' : 'udp', registry);
  const service = registry.service(second);
  const address = service?.answer('dns targets', targetsOf).value.get(first);
  if (!service || address === undefined) return { kind: 'nothing', asked: service ? '' : second };
  return { kind: 'target', service, address };
}

const isProtocol = (label: string): boolean => label === '_tcp' || label === '_udp';

function serviceAt(name: string, view: View, registry: Registry): Place {
  const service = registry.service(name);
  return service ? { kind: 'service', service, view } : { kind: 'nothing', asked: name };
}

/** A service that has nobody over this protocol has no such name. */
function protocolAt(label: string, view: 'tcp' | 'udp', registry: Registry): Place {
  if (!label.startsWith('_')) return { kind: 'nothing', asked: '' };
  const name = label.slice(1);
  const place = serviceAt(name, view, registry);
  const isThere = place.kind === 'service' && place.service.answer(`dns has ${view}`, has(view)).value;
  return isThere ? place : { kind: 'nothing', asked: name };
}

const has =
  (view: View) =>
  (service: Service): boolean => {
    return [...service.instances.values()].some((one) => isIn(view, one));
  };

/** Is an instance among those meant? */
export function isIn(view: View, { registration }: Instance): boolean {
  return view === 'any' || registration.protocol === view;
}

/** The addresses of all instances, also of those that are down: an SRV record may still be kept somewhere. */
function targetsOf(service: Service): ReadonlyMap<string, string> {
  const addresses = [...service.instances.values()].map(({ registration }) => registration.address);
  return new Map(addresses.map((address) => [addressLabel(address), address]));
}

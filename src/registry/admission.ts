/** Who may do what: the rules that a request has to pass before anything changes. */

import { NettkError } from '../errors.ts';
import type { Instance } from './instance.ts';
import type { Caller } from './log.ts';
import type { CheckSpec, Registration } from './registration.ts';
import type { Service } from './table.ts';

/** What is known of an instance when somebody wants to change it. */
export interface Owned {
  readonly owner: string;
  readonly registration: Registration;
}

/** @throws NettkError `REFUSED` where the caller may only look */
export function refuseReader(caller: Caller, action: string): void {
  if (caller.role !== 'reader') return;
  throw new NettkError({ code: 'REFUSED', action, reason: 'needs the token', hint: 'token SECRET first' });
}

/** @throws NettkError `REFUSED`, naming the owner, where an instance is neither the caller's nor the caller an admin */
export function refuseStranger({ owner, registration }: Owned, caller: Caller, action: string): void {
  if (caller.role === 'admin' || caller.address === owner) return;
  const what = `${registration.name}/${registration.id}`;
  throw new NettkError({ code: 'REFUSED', action, reason: `${what} belongs to ${owner}, who registered it` });
}

/**
 * Nobody can make the server connect where it may not go for them.
 *
 * @throws NettkError `REFUSED` naming the address
 */
export function refuseForeignChecks(
  registration: Registration,
  caller: Caller,
  mayCheck: (registrant: string, address: string) => boolean,
): void {
  const addressOf = (check: CheckSpec): string => check.address ?? registration.address;
  const foreign = registration.checks.find((check) => !mayCheck(caller.address, addressOf(check)));
  if (!foreign) return;
  throw new NettkError({
    code: 'REFUSED',
    action: 'register',
    reason: `${addressOf(foreign)} is not the registrant's own address, which is ${caller.address}: it is not checked`,
    hint: 'check=none, or --allow-net on the server',
  });
}

/** There is nothing under this name, or name and id. */
export function notFound(name: string, id?: string): NettkError {
  const what = id === undefined ? name : `${name}/${id}`;
  return new NettkError({ code: 'NOT_FOUND', action: what, reason: 'not registered' });
}

/**
 * The only instance of a service that is the caller's; for an admin who has none, the only one there is.
 *
 * @throws NettkError `USAGE` where several may be meant
 */
export function onlyOneOf(service: Service, caller: Caller): Instance | undefined {
  const own = [...service.instances.values()].filter(({ owner }) => owner === caller.address);
  const all = own.length === 0 && caller.role === 'admin' ? [...service.instances.values()] : own;
  if (all.length < 2) return all[0];
  const reason = `${all.length} instances may be meant`;
  throw new NettkError({ code: 'USAGE', action: service.name, reason, hint: `${service.name}/ID` });
}

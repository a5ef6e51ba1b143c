/** Announces a server on the local network where that was asked for. */

import type { Announcement } from '../net/mdns-announce.ts';
import type { Server } from '../net/serve.ts';
import type { PlannedServer } from './run-servers.ts';
import type { ServerEventWriter } from './server-events.ts';
import { camelCase } from './values.ts';

/** A server that runs, and what was asked of it. */
export interface AnnouncedServer {
  readonly plan: PlannedServer;
  readonly server: Server;
  readonly events: Pick<ServerEventWriter, 'noted'>;
}

/** Begins to announce it, and says where; undefined where nobody asked for it, or there is nothing to announce. */
export async function announceServer({ plan, server, events }: AnnouncedServer): Promise<Announcement | undefined> {
  const { announcement } = plan.service;
  if (!announcement || plan.options[camelCase(announcement.option)] !== true) return undefined;
  const endpoint = server.endpoints.find((one) => ['tcp', 'tls'].includes(one.scheme) && server.faceOf(one) === '');
  if (!endpoint) {
    events.noted('not announced: neither TCP nor TLS listens');
    return undefined;
  }
  const { announce } = await import('../net/mdns-announce.ts');
  const announced = await announce({ type: announcement.type, endpoint });
  const { addresses } = announced;
  if (addresses.length > 0) events.noted(`announced to the local network at ${addresses.join(', ')}`);
  else events.noted(`not announced: no link with IPv4 and multicast leads to ${endpoint.host}`);
  return announced;
}

/** Which request of the HTTP face goes where. */

import type { HttpAnswer } from '../../../stream/http.ts';
import { CONSUL_ROUTES } from '../consul/routes.ts';
import { showPage } from '../page/index.ts';
import * as api from './api.ts';
import { changeEvents, logEvents } from './events.ts';
import { listTargets, showMetrics } from './metrics.ts';
import { failed, json, type NameHandler, type NameRequest, type Route } from './request.ts';

const ROUTES: readonly Route[] = [
  ['/', { GET: showPage }],
  ['/services', { GET: api.listServices }],
  ['/services/*', { GET: api.lookUp, POST: api.register }],
  ['/services/*/*', { GET: api.showInstance, PUT: api.register, DELETE: api.drop }],
  ['/services/*/*/renew', { POST: api.renew }],
  ['/instances', { GET: api.showInstances }],
  ['/events', { GET: changeEvents }],
  ['/log', { GET: api.readLog }],
  ['/log/events', { GET: logEvents }],
  ['/top', { GET: api.listTop }],
  ['/status', { GET: api.showStatus }],
  ['/health', { GET: api.showHealth }],
  ['/metrics', { GET: showMetrics }],
  ['/prometheus/sd', { GET: listTargets }],
  ...CONSUL_ROUTES,
];

/** By how many parts a path has, so that few patterns are compared. */
const BY_LENGTH = new Map<number, Route[]>();
for (const route of ROUTES) {
  const { length } = route[0].split('/');
  BY_LENGTH.set(length, [...(BY_LENGTH.get(length) ?? []), route]);
}

/** Answers a request, or says why not. */
export async function answerNameRequest(request: NameRequest): Promise<HttpAnswer> {
  const { method } = request.request;
  const handlers = handlersFor(request.path);
  if (!handlers) return json({ error: 'nothing here', hint: 'GET /services' }, {}, 404);
  const handler = handlers[method] ?? (method === 'HEAD' ? handlers.GET : undefined);
  if (!handler) {
    const allow = Object.keys(handlers).join(', ');
    return json({ error: `${method} does not work here`, hint: allow }, { allow }, 405);
  }
  try {
    return await handler(request);
  } catch (error) {
    return failed(error);
  }
}

function handlersFor(path: readonly string[]): Readonly<Record<string, NameHandler>> | undefined {
  const route = BY_LENGTH.get(path.length + 1)?.find(([pattern]) =>
    pattern
      .slice(1)
      .split('/')
      .every((part, index) => part === '*' || part === path[index]),
  );
  return route?.[1];
}

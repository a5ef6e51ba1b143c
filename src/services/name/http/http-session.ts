/** The HTTP face: who may ask at all, then the routes. */

import type { Conn } from '../../../net/conn.ts';
import { type HttpAnswer, type HttpRequest, serveHttp } from '../../../stream/http.ts';
import { isOwnAddress } from '../../../stream/http-origin.ts';
import { originRefusal, type RequestRules } from '../../../stream/websocket-refusals.ts';
import type { ServiceContext } from '../../service.ts';
import type { NameHouse } from '../house.ts';
import { json } from './request.ts';
import { answerNameRequest } from './routes.ts';

/** Serves HTTP to one client until it has no more requests. */
export async function serveNameHttp(
  conn: Conn,
  house: NameHouse,
  context: Pick<ServiceContext, 'signal' | 'hold'>,
): Promise<void> {
  const rules = rulesFor(conn, house);
  await serveHttp(
    conn,
    async (request) => {
      // A long poll and a stream of events are silent, not idle.
      const release = context.hold();
      try {
        return await answer(request, conn, house, rules);
      } finally {
        release();
      }
    },
    { signal: context.signal },
  );
}

/** Other sites' pages may not ask, and on this machine no name that somebody could have pointed here (http-origin.ts). */
function rulesFor({ peer }: Conn, house: NameHouse): RequestRules {
  return {
    localOnly: peer.scheme !== 'unix' && isOwnAddress(peer.host),
    isSecure: peer.scheme === 'tls' || peer.scheme === 'wss',
    origins: house.httpOrigins,
    ownPagesOnly: true,
    originOption: '--http-origin',
  };
}

async function answer(request: HttpRequest, conn: Conn, house: NameHouse, rules: RequestRules): Promise<HttpAnswer> {
  const refusal = originRefusal(request.headers, rules);
  if (refusal) return json({ error: refusal.text }, {}, 403);
  const path = splitPath(request.path);
  if (!path) return json({ error: 'the path cannot be read' }, {}, 400);
  const secret = secretIn(request);
  if (secret !== undefined && !house.isToken(secret)) {
    return json({ error: 'not a token of this server' }, { 'www-authenticate': 'Bearer' }, 401);
  }
  const face = path[0] === 'v1' ? 'consul' : 'http';
  const caller = house.callerOf(conn.peer, face, secret);
  return answerNameRequest({ house, caller, request, path, query: new URLSearchParams(request.query) });
}

/** The parts of a path, decoded; undefined where they are no UTF-8. */
function splitPath(path: string): string[] | undefined {
  try {
    return path.slice(1).split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** `Authorization: Bearer`, or what Consul's clients send. */
function secretIn({ headers }: HttpRequest): string | undefined {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  const token = headers['x-consul-token'];
  return bearer ?? (typeof token === 'string' && token !== '' ? token : undefined);
}

/** The DNS face over TCP (RFC 7766). */

import type { Conn } from '../../net/conn.ts';
import { dnsFrame, readDnsFrames } from '../../protocols/dns-frames.ts';
import { drained } from '../../stream/drained.ts';
import type { ServiceContext } from '../service.ts';
import type { NameHouse } from './house.ts';

/** How long a client may be silent, in milliseconds: connections are cheap to open again (RFC 7766, 6.2.3). */
const QUIET_MS = 10_000;
/** Forwarded queries of one connection under way at once; then the next one waits. */
const MAX_UNDER_WAY = 64;

/**
 * Answers one client's queries until it has no more: what is forwarded when its answer comes, so that it holds up nothing
 * else (RFC 7766, 6.2.1.1).
 */
export async function serveDns(
  conn: Conn,
  house: NameHouse,
  { signal }: Pick<ServiceContext, 'signal'>,
): Promise<void> {
  const caller = house.callerOf(conn.peer, 'dns');
  const underWay = new Set<Promise<void>>();
  const say = (answer: Buffer): void => {
    if (conn.writable) conn.write(dnsFrame(answer));
  };
  for await (const message of readDnsFrames(conn, { quietMs: QUIET_MS, signal })) {
    const answer = house.dns.answer(message, caller, 'tcp');
    // What is no query comes from nobody who waits for an answer.
    if (!answer) break;
    if (answer instanceof Promise) {
      const said = answer.then(say);
      underWay.add(said);
      // One that failed stays, for whoever waits for them.
      said.then(
        () => underWay.delete(said),
        () => {},
      );
      if (underWay.size >= MAX_UNDER_WAY) await Promise.race(underWay);
    } else say(answer);
    await drained(conn);
  }
  await Promise.all(underWay);
}

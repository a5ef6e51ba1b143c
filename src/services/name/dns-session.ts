/** The DNS face over TCP (RFC 7766). */

import type { Conn } from '../../net/conn.ts';
import { dnsFrame, readDnsFrames } from '../../protocols/dns-frames.ts';
import { drained } from '../../stream/drained.ts';
import type { ServiceContext } from '../service.ts';
import type { NameHouse } from './house.ts';

/** How long a client may be silent, in milliseconds: connections are cheap to open again (RFC 7766, 6.2.3). */
const QUIET_MS = 10_000;

/** Answers one client's queries in their order, until it has no more. */
export async function serveDns(
  conn: Conn,
  house: NameHouse,
  { signal }: Pick<ServiceContext, 'signal'>,
): Promise<void> {
  const caller = house.callerOf(conn.peer, 'dns');
  for await (const message of readDnsFrames(conn, { quietMs: QUIET_MS, signal })) {
    const answer = await house.dns.answer(message, caller, 'tcp');
    // What is no query comes from nobody who waits for an answer.
    if (!answer) return;
    conn.write(dnsFrame(answer));
    await drained(conn);
  }
}

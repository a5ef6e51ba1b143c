/** Makes a conversation of two open sides: what lies over them, what is said first, and how it is told. */

import { NettkError } from '../../errors.ts';
import { terminateWithin } from '../../host/child.ts';
import { datagramEnd } from '../../stream/datagram-end.ts';
import { inTime } from '../../stream/in-time.ts';
import { shapeStream } from '../../stream/shape.ts';
import type { OpenSide } from './open-side.ts';
import { idleOf, type Link, type RelayPlan } from './plan.ts';
import { runSession, type SessionLimits, type SessionResult } from './session.ts';

/** After the other side's end, silence that ends a side of datagrams, in milliseconds. */
const DATAGRAM_SILENCE_MS = 1_000;
/** How long a program may take to end once both ways have ended, until nobody waits for its status, in milliseconds. */
const STATUS_PATIENCE_MS = 1_000;
/** The longest datagram made of a byte stream, in bytes: far enough below what UDP can carry. */
const MAX_DATAGRAM_BYTES = 16_384;

/** What became of a link. */
export interface LinkResult extends SessionResult {
  /** The exit status of its program; 0 where there is none. */
  readonly status: number;
}

/** Joins two open sides, and tells how it went. Never throws. */
export async function runLink(
  plan: RelayPlan,
  link: Link,
  left: OpenSide,
  right: OpenSide,
  limits: Omit<SessionLimits, 'idleMs'>,
): Promise<LinkResult> {
  const near = withEnd(left, right);
  const far = withEnd(right, left);
  const shaped = { ...far, stream: plan.shapes.overStream(far.stream, nameOf(left, right)) };
  if (plan.preamble) shaped.stream.write(plan.preamble);
  const result = await runSession(near, shaped, { idleMs: idleOf(plan), ...limits });
  const status = result.error === undefined ? await statusOf(left, right) : 0;
  tellEnd(plan, link, result, status === 0 ? '' : `the program ended with status ${status}`);
  // A program must not outlive a relay that was broken off.
  if (result.error !== undefined) await seeOff([left, right], limits.signal, link.endpoint ? 0 : plan.graceMs);
  return { ...result, status };
}

/** Waits until the programs, which were hung up on, have ended; the signal is passed on to them. */
async function seeOff(sides: readonly OpenSide[], signal: AbortSignal, graceMs: number): Promise<void> {
  const programs = sides.flatMap(({ program }) => program ?? []);
  const stop = (): void => {
    for (const program of programs) void program.stop(terminateWithin(graceMs));
  };
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  await Promise.all(programs.map(({ ended }) => ended));
  signal.removeEventListener('abort', stop);
}

/** The status of the program that failed, if one did. */
async function statusOf(...sides: readonly OpenSide[]): Promise<number> {
  const ends = sides.flatMap(({ program }) => program?.ended ?? []);
  if (ends.length === 0) return 0;
  const late = (): Error => new Error('it runs on');
  const statuses = await inTime(Promise.all(ends), STATUS_PATIENCE_MS, late).catch(() => []);
  return statuses.find(({ status }) => status !== 0)?.status ?? 0;
}

/**
 * Tells that a link is over.
 *
 * @param remark what there is to say where it ended in order
 */
export function tellEnd(plan: RelayPlan, link: Link, result: Omit<SessionResult, 'first'>, remark = ''): void {
  const { leftToRight, rightToLeft, ms, error } = result;
  plan.events.disconnected(link, { leftToRight, rightToLeft, ms, reason: reasonOf(error) || remark });
}

function reasonOf(error: unknown): string {
  if (error === undefined) return '';
  return error instanceof NettkError ? error.message : error instanceof Error ? error.message : 'cut';
}

const nameOf = (left: OpenSide, right: OpenSide): string => `${left.name} > ${right.name}`;

/** A side of datagrams gets an end; what it is sent from a byte stream is cut to datagrams. */
function withEnd(side: OpenSide, other: OpenSide): OpenSide {
  if (!side.isDatagram) return side;
  const shape = datagramEnd(DATAGRAM_SILENCE_MS, other.isDatagram ? undefined : MAX_DATAGRAM_BYTES);
  return { ...side, stream: shapeStream(side.stream, shape) };
}

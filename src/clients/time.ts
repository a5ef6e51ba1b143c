/** Asks a time server and compares clocks (RFC 868). */

import { decodeTime } from '../protocols/time.ts';
import { type AskOptions, type AskTarget, ask } from './ask.ts';

/** The server's counter stands for the whole second that follows: on average it is half a second behind, in ms. */
const HALF_TICK_MS = 500;

/** A server's clock. */
export interface ServerTime {
  /** The server's time, Unix milliseconds in whole seconds. */
  readonly unixMs: number;
  /** The server's clock less ours, in milliseconds; right to half a second plus half the round trip. */
  readonly offsetMs: number;
}

/**
 * Asks for the time.
 *
 * @throws NettkError as `ask` does; `PROTOCOL` for an answer shorter than four bytes
 */
export async function askTime(target: AskTarget, options: AskOptions): Promise<ServerTime> {
  const before = Date.now();
  const { answer } = await ask(target, options);
  const middle = (before + Date.now()) / 2;
  const unixMs = decodeTime(answer, middle);
  const exact = unixMs + HALF_TICK_MS - middle;
  // Within the tick both clocks may be the same.
  const offsetMs = Math.abs(exact) <= HALF_TICK_MS ? 0 : Math.round(exact);
  return { unixMs, offsetMs };
}

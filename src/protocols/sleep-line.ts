/**
 * The sleep service by hand, as with nc. Each line is one command:
 *
 *     sleep SECONDS [ID]   →  ok slept 2.500112 s [ID]
 *     cancel ID            →  error cancelled [ID], said for the sleep
 *     help                 →  these lines
 *
 * SECONDS is a plain decimal number. A sleep without ID is numbered 1, 2, 3 … on its connection, for `cancel`; an ID that
 * was given stands at the end of the answer. Anything else gets `error` and the reason.
 */

import { RPC_CODES, RpcError } from './json-rpc.ts';
import type { SleepResult } from './sleep.ts';

/** One line, understood. */
export type SleepLine =
  | { readonly verb: 'sleep'; readonly seconds: number; readonly id?: string }
  | { readonly verb: 'cancel'; readonly id: string }
  | { readonly verb: 'help' };

/** What `help` answers. */
export const SLEEP_HELP = 'ok commands: sleep SECONDS [ID], cancel ID, help';

const SLEEP = /^sleep\s+(\S+)(?:\s+([\x21-\x7e]{1,64}))?$/i;
const CANCEL = /^cancel\s+([\x21-\x7e]{1,64})$/i;

/**
 * Reads one line without its end; surrounding white space does not count.
 *
 * @throws RpcError with the reason
 */
export function parseSleepLine(line: string): SleepLine {
  const text = line.trim();
  const [, seconds, id] = SLEEP.exec(text) ?? [];
  if (seconds !== undefined) return { verb: 'sleep', seconds: parseSeconds(seconds), ...(id !== undefined && { id }) };
  const cancelled = CANCEL.exec(text)?.[1];
  if (cancelled !== undefined) return { verb: 'cancel', id: cancelled };
  if (/^help$/i.test(text)) return { verb: 'help' };
  throw new RpcError(RPC_CODES.methodNotFound, 'unknown command; try sleep 2.5');
}

/** Not `Number()` alone: it takes hexadecimal, and nothing at all for 0. NaN is left for the range check to refuse. */
function parseSeconds(text: string): number {
  return /^(\d+\.?\d*|\.\d+)(e[+-]?\d{1,4})?$/i.test(text) ? Number(text) : Number.NaN;
}

/** The line that says a sleep is over. */
export function formatSlept(result: Pick<SleepResult, 'slept'>, id?: string): string {
  return withId(`ok slept ${result.slept.toFixed(6)} s`, id);
}

/** The line that says why there was no sleep. */
export function formatSleepError(error: RpcError, id?: string): string {
  return withId(`error ${error.message}`, id);
}

const withId = (line: string, id: string | undefined): string => (id === undefined ? line : `${line} ${id}`);

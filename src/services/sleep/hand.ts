/** What the sleep service answers to a person: plain lines (protocols/sleep-line.ts). */

import { RPC_CODES, RpcError } from '../../protocols/json-rpc.ts';
import { parseSleepParams } from '../../protocols/sleep.ts';
import { formatSleepError, formatSlept, parseSleepLine, SLEEP_HELP } from '../../protocols/sleep-line.ts';
import type { SleepCalls } from './calls.ts';

/** Makes what answers the plain lines of one connection; sleeps without an id are numbered. */
export function createHand(calls: SleepCalls): (text: string) => Promise<string | undefined> {
  let count = 0;
  return async (text) => {
    let id: string | undefined;
    try {
      const line = parseSleepLine(text);
      if (line.verb === 'help') return SLEEP_HELP;
      id = line.id;
      if (line.verb === 'cancel') return cancel(line.id, calls);
      count += 1;
      const request = parseSleepParams({ seconds: line.seconds }, calls.maxSeconds);
      return formatSlept(await calls.start(id ?? String(count), request), id);
    } catch (error) {
      if (error instanceof RpcError) return formatSleepError(error, id);
      throw error;
    }
  };
}

/** A cancelled sleep says so itself. */
function cancel(id: string, calls: SleepCalls): undefined {
  if (!calls.cancel(id)) throw new RpcError(RPC_CODES.invalidParams, 'no such sleep in flight:');
}

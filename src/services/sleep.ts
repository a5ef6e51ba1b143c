/** Sleeps for the caller, then says so: JSON-RPC 2.0 lines, plain lines and HTTP on one port; datagrams too. */

import { createSleeper } from '../host/sleeper.ts';
import { LONGEST_SLEEP_S, SLEEP_PORT } from '../protocols/sleep.ts';
import { defineService } from './service.ts';
import { SleepCalls, type SleepHouse } from './sleep/calls.ts';
import { SleepDatagrams } from './sleep/datagrams.ts';
import { serveSleep } from './sleep/session.ts';

interface SleepState extends SleepHouse {
  readonly datagrams: SleepDatagrams;
}

function createState(maxSleepMs: number): SleepState {
  const house = { sleeper: createSleeper(), maxSeconds: maxSleepMs / 1_000, inFlight: 0 };
  return Object.assign(house, { datagrams: new SleepDatagrams(house) });
}

/** The sleep service. */
export const sleep = defineService({
  name: 'sleep',
  summary: 'Sleeps for the caller, then says so: JSON-RPC 2.0 lines, plain "sleep 2.5" lines, HTTP POST /rpc',
  port: SLEEP_PORT,
  options: {
    'max-sleep': {
      type: 'duration',
      default: '1h',
      min: 0,
      max: LONGEST_SLEEP_S * 1_000,
      describe: 'refuse to sleep longer than this; up to 365d',
    },
  },
  setup: (options) => createState(options.maxSleep),
  async session(conn, context) {
    const calls = new SleepCalls(context.state, () => context.hold());
    const abandon = (): void => calls.abandon();
    const onAbort = (): void => {
      if (conn.destroyed) calls.abandon();
      else calls.drain(context.graceMs);
    };
    conn.on('close', abandon);
    context.signal.addEventListener('abort', onAbort);
    try {
      if (context.signal.aborted) onAbort();
      await serveSleep(conn, calls, context.signal);
    } finally {
      context.signal.removeEventListener('abort', onAbort);
      conn.off('close', abandon);
      calls.abandon();
    }
  },
  datagram: (message, peer, { state, signal }) => state.datagrams.answer(message, peer, signal),
});

/** Signals: the first one asks the command to stop, the second one ends the process at once. */

import { Interrupt, STOP_SIGNALS, type StopSignal } from './io.ts';

const SIGNALS = Object.keys(STOP_SIGNALS) as StopSignal[];

/** Aborts the returned signal at the first SIGINT, SIGTERM or SIGHUP; then all three have their default action again. */
export function watchSignals(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (signal: StopSignal): void => {
    for (const each of SIGNALS) process.removeListener(each, onSignal);
    controller.abort(new Interrupt(signal));
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return controller.signal;
}

/** Dies of the signal that interrupted the command, so that a shell sees it. */
export function dieOf(interrupt: Interrupt): void {
  process.kill(process.pid, interrupt.signal);
}

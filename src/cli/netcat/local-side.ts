/** The near end of a netcat conversation: standard input and output. */

import type { ConverseOptions } from '../../clients/converse.ts';
import type { Io } from '../io.ts';
import { terminalGuard } from '../peer-output.ts';
import type { NetcatSettings } from './settings.ts';
import type { Voice } from './voice.ts';

/** What is joined to a connection, and when that is over; what is not used is not opened. */
export function localSide(settings: NetcatSettings, io: Io): Omit<ConverseOptions, 'signal'> {
  const { policy, rawOutput } = settings;
  return {
    // A person's next line is not waited for: the prompt would hang.
    inputPatienceMs: policy.recvOnly || !io.stdinIsTty ? undefined : 0,
    ...policy,
    input: policy.recvOnly ? undefined : io.stdin,
    output: policy.sendOnly ? undefined : terminalGuard(io, io.stdout, rawOutput),
  };
}

/** Tells the voice what went each way, once a conversation is over. */
export function counting(voice: Voice): Pick<ConverseOptions, 'onOver'> {
  return { onOver: ({ sent, received, ms }) => voice.tell({ kind: 'counted', sent, received, ms }) };
}

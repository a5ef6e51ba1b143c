/** A netcat run that listens. */

import type { ConverseOptions } from '../../clients/converse.ts';
import type { ListenPlan } from '../../clients/listen.ts';
import type { Io } from '../io.ts';
import { counting, localSide } from './local-side.ts';
import type { ListenSettings } from './settings.ts';

/**
 * Listens, and joins standard input and output to the client that comes; with keep-open to all that come.
 *
 * @returns the exit status; nothing where a single client has finished in order
 * @throws what the settings' voice leaves to the runner
 */
export async function listenAndTalk(settings: ListenSettings, io: Io): Promise<number | undefined> {
  const { keepOpen, graceMs, voice } = settings;
  try {
    const { hostMany, hostOne } = await import('../../clients/listen.ts');
    const plan = await planOf(settings, io);
    if (!keepOpen) {
      await hostOne(plan);
      return undefined;
    }
    const cut = await hostMany(plan, graceMs, () => voice.tell({ kind: 'draining' }));
    voice.tell({ kind: 'closed', cut, graceMs });
    return cut === 0 ? 0 : 1;
  } catch (error) {
    return voice.fail(error);
  }
}

async function planOf(settings: ListenSettings, io: Io): Promise<ListenPlan> {
  const { endpoints, listen, keepOpen, voice } = settings;
  const side: Omit<ConverseOptions, 'signal'> = { ...localSide(settings, io), ...counting(voice) };
  const { Crowd } = await import('../../clients/crowd.ts');
  const { converse } = await import('../../clients/converse.ts');
  return {
    endpoints,
    listen: keepOpen ? listen : { ...listen, maxConnections: undefined },
    host: keepOpen
      ? new Crowd(side)
      : { talk: async (conn, signal) => void (await converse(conn, { ...side, signal })) },
    signal: io.signal,
    onListening: (endpoint) => voice.tell({ kind: 'listening', endpoint }),
    onAccepted: (conn, endpoint) => voice.tell({ kind: 'accepted', conn, endpoint }),
    onDisconnected: (peer, reason, endpoint) => voice.tell({ kind: 'disconnected', peer, reason, endpoint }),
    onRefused: (refusal) => voice.tell({ kind: 'refused', ...refusal }),
  };
}

/** A netcat run that listens. */

import type { Host, ListenPlan } from '../../clients/listen.ts';
import type { Io } from '../io.ts';
import type { JoinPlan, LateJoin } from '../join-options.ts';
import { openNearEnd } from './near-end.ts';
import type { ListenSettings } from './settings.ts';
import { openTlsEyes, type TlsEyes } from './tls-eyes.ts';

/**
 * Listens, and joins standard input and output, or a program, to the client that comes; with keep-open to all that come.
 *
 * @returns the exit status
 * @throws what the settings' voice leaves to the runner
 */
export async function listenAndTalk(settings: ListenSettings, io: Io): Promise<number> {
  try {
    const near = await openNearEnd(settings, io);
    try {
      return await listen(near.host, settings, io);
    } finally {
      await near.close();
    }
  } catch (error) {
    return settings.voice.fail(error);
  }
}

async function listen(host: Host, settings: ListenSettings, io: Io): Promise<number> {
  const { keepOpen, graceMs, voice } = settings;
  const { hostMany, hostOne } = await import('../../clients/listen.ts');
  const late = settings.join && (await joinLate(settings.join, settings));
  const plan = planOf(host, await openTlsEyes(settings.endpoints, settings.listen), settings, late, io);
  if (!keepOpen) {
    const status = await hostOne(plan);
    voice.tell({ kind: 'closed', cut: 0, graceMs });
    return status;
  }
  const cut = await hostMany(plan, graceMs, () => {
    void late?.leave();
    voice.tell({ kind: 'draining' });
  });
  await late?.leave();
  voice.tell({ kind: 'closed', cut, graceMs });
  return cut === 0 ? 0 : 1;
}

async function joinLate(plan: JoinPlan, { endpoints, voice }: ListenSettings): Promise<LateJoin> {
  const { LateJoin } = await import('../join-options.ts');
  return new LateJoin(plan, endpoints.length, {
    registration: (event) => voice.tell({ kind: 'registration', event }),
    noted: (reason) => voice.tell({ kind: 'trouble', who: 'registered', reason }),
  });
}

function planOf(host: Host, seeTls: TlsEyes, settings: ListenSettings, late: LateJoin | undefined, io: Io): ListenPlan {
  const { endpoints, listen, keepOpen, voice } = settings;
  return {
    host,
    endpoints,
    listen: keepOpen ? listen : { ...listen, maxConnections: undefined },
    signal: io.signal,
    onListening: ({ endpoint, certificate }) => {
      voice.tell({ kind: 'listening', endpoint, certificate });
      late?.listening(endpoint);
    },
    onAccepted: (conn, endpoint) => voice.tell({ kind: 'accepted', conn, endpoint, tls: seeTls(conn) }),
    onDisconnected: (peer, reason, endpoint) => voice.tell({ kind: 'disconnected', peer, reason, endpoint }),
    onRefused: (refusal) => voice.tell({ kind: 'refused', ...refusal }),
  };
}

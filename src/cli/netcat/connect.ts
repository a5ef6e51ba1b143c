/** A netcat run that connects. */

import type { Conn } from '../../net/conn.ts';
import type { Io } from '../io.ts';
import { localSide } from './local-side.ts';
import type { ConnectSettings } from './settings.ts';

/**
 * Connects, and joins standard input and output to the connection until it is over.
 *
 * @returns the exit status
 * @throws what the settings' voice leaves to the runner
 */
export async function connectAndTalk(settings: ConnectSettings, io: Io): Promise<number> {
  try {
    const { dial } = await import('../../net/dial.ts');
    const conn = await dial(settings.endpoint, { ...settings.dial, signal: io.signal });
    if (settings.zero) return close(conn, settings);
    settings.voice.tell({ kind: 'connected', conn });
    await talk(conn, settings, io);
    return 0;
  } catch (error) {
    return settings.voice.fail(error);
  }
}

function close(conn: Conn, { voice }: ConnectSettings): number {
  conn.on('error', () => {}).destroy();
  voice.tell({ kind: 'open', peer: conn.peer, certain: conn.peer.scheme !== 'udp' });
  return 0;
}

async function talk(conn: Conn, settings: ConnectSettings, io: Io): Promise<void> {
  const { converse } = await import('../../clients/converse.ts');
  const start = performance.now();
  await converse(conn, {
    ...localSide(settings, io),
    signal: io.signal,
    onOver: ({ sent, received }) =>
      settings.voice.tell({ kind: 'counted', sent, received, ms: performance.now() - start }),
  });
}

/** A netcat run that connects. */

import { NettkError } from '../../errors.ts';
import type { Conn } from '../../net/conn.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import type { Io } from '../io.ts';
import { counting, localSide } from './local-side.ts';
import type { ConnectSettings } from './settings.ts';

/**
 * Connects, and joins standard input and output to the connection until it is over. Several endpoints are taken one after
 * the other; it is enough that one of them could be connected to.
 *
 * @returns the exit status
 * @throws what the settings' voice leaves to the runner
 */
export async function connectAndTalk(settings: ConnectSettings, io: Io): Promise<number> {
  const { endpoints, voice } = settings;
  let failure: unknown;
  let isAnyOpen = false;
  try {
    for (const endpoint of endpoints) {
      try {
        await connectOne(endpoint, settings, io);
        isAnyOpen = true;
      } catch (error) {
        const isLast = endpoints.length === 1 || !(error instanceof NettkError) || error.blame !== 'them';
        if (isLast) throw error;
        voice.tell({ kind: 'shut', endpoint, error });
        failure ??= error;
      }
    }
    if (!isAnyOpen) throw failure;
    return 0;
  } catch (error) {
    return voice.fail(error);
  }
}

async function connectOne(endpoint: Endpoint, settings: ConnectSettings, io: Io): Promise<void> {
  const { voice, zero, retries } = settings;
  const { dial } = await import('../../net/dial.ts');
  const attempt = (): Promise<Conn> => dial(endpoint, { ...settings.dial, signal: io.signal });
  const conn = retries === 0 ? await attempt() : await persist(attempt, settings, io);
  if (zero) {
    const { probe } = await import('../../clients/probe.ts');
    const found = await probe(conn, zero.datagramWaitMs, io.signal);
    voice.tell({ kind: 'open', peer: conn.peer, certain: found === 'open' });
  } else {
    voice.tell({ kind: 'connected', conn });
    await talk(conn, settings, io);
  }
}

async function persist(attempt: () => Promise<Conn>, { retries, voice }: ConnectSettings, io: Io): Promise<Conn> {
  const { withRetries } = await import('../../clients/retry.ts');
  return withRetries(attempt, {
    retries,
    signal: io.signal,
    onPause: (error, pauseMs) => voice.tell({ kind: 'retrying', error, pauseMs }),
  });
}

async function talk(conn: Conn, settings: ConnectSettings, io: Io): Promise<void> {
  const { converse } = await import('../../clients/converse.ts');
  await converse(conn, { ...localSide(settings, io), ...counting(settings.voice), signal: io.signal });
}

/** A netcat run that connects. */

import type { Host } from '../../clients/listen.ts';
import { NettkError } from '../../errors.ts';
import type { Conn } from '../../net/conn.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import type { Io } from '../io.ts';
import { openNearEnd } from './near-end.ts';
import type { ConnectSettings } from './settings.ts';
import { openTlsEyes } from './tls-eyes.ts';

/**
 * Connects, and joins standard input and output, or a program, to the connection until it is over. Several endpoints are
 * taken one after the other; it is enough that one of them could be connected to.
 *
 * @returns the exit status
 * @throws what the settings' voice leaves to the runner
 */
export async function connectAndTalk(settings: ConnectSettings, io: Io): Promise<number> {
  try {
    if (settings.zero) return await eachOf(settings, (endpoint) => look(endpoint, settings, io));
    const near = await openNearEnd(settings, io);
    try {
      return await eachOf(settings, (endpoint) => talk(endpoint, near.host, settings, io));
    } finally {
      await near.close();
    }
  } catch (error) {
    return settings.voice.fail(error);
  }
}

/** One after the other; fails with the first failure where none worked. */
async function eachOf(settings: ConnectSettings, run: (endpoint: Endpoint) => Promise<number>): Promise<number> {
  const { endpoints, voice } = settings;
  let failure: unknown;
  let status: number | undefined;
  for (const endpoint of endpoints) {
    try {
      status = await run(endpoint);
    } catch (error) {
      if (endpoints.length === 1 || !(error instanceof NettkError) || error.blame !== 'them') throw error;
      voice.tell({ kind: 'shut', endpoint, error });
      failure ??= error;
    }
  }
  if (status === undefined) throw failure;
  return status;
}

async function look(endpoint: Endpoint, settings: ConnectSettings, io: Io): Promise<number> {
  const { probe } = await import('../../clients/probe.ts');
  const conn = await open(endpoint, settings, io);
  const found = await probe(conn, settings.zero?.datagramWaitMs ?? 0, io.signal);
  settings.voice.tell({ kind: 'open', peer: conn.peer, certain: found === 'open' });
  return 0;
}

async function talk(endpoint: Endpoint, host: Host, settings: ConnectSettings, io: Io): Promise<number> {
  const { localEnd } = await import('../../net/conn.ts');
  const conn = await open(endpoint, settings, io);
  const seeTls = await openTlsEyes([endpoint], settings.dial);
  settings.voice.tell({ kind: 'connected', conn, tls: seeTls(conn) });
  return host.talk(conn, io.signal, localEnd(conn, { scheme: endpoint.scheme, host: '', port: 0, path: '' }));
}

async function open(endpoint: Endpoint, settings: ConnectSettings, io: Io): Promise<Conn> {
  const { retries, voice, instead = { name: '', endpoints: [] } } = settings;
  const { dial } = await import('../../net/dial.ts');
  const { tryEach } = await import('../../clients/try-each.ts');
  const targets = [endpoint, ...instead.endpoints];
  const attempt = (): Promise<Conn> =>
    tryEach(instead.name, targets, (one) => dial(one, { ...settings.dial, signal: io.signal }));
  if (retries === 0) return attempt();
  const { withRetries } = await import('../../clients/retry.ts');
  return withRetries(attempt, {
    retries,
    signal: io.signal,
    onPause: (error, pauseMs) => voice.tell({ kind: 'retrying', error, pauseMs }),
  });
}

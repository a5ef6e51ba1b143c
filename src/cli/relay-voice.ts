/** What a relay tells: the events of every server, and for each conversation its bytes, time and end. */

import type { Writable } from 'node:stream';
import type { LinkEnd, RelayEvents } from '../clients/relay/plan.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import type { CommonValues } from './command.ts';
import type { Io } from './io.ts';
import { cutNote, ServerEventWriter } from './server-events.ts';

/**
 * The voice of `relay`.
 *
 * @param events where JSON goes
 */
export function relayVoice(
  args: Pick<CommonValues, 'json' | 'verbose'>,
  graceMs: number,
  events: Writable,
  io: Io,
): RelayEvents {
  const writer = new ServerEventWriter({ service: 'relay', events }, args, io);
  return {
    listening: (endpoint, certificate) => writer.listening(endpoint, certificate),
    connected: ({ endpoint, peer, target }) => {
      const facts = { endpoint: endpoint && formatEndpoint(endpoint), peer, target };
      writer.happened('connected', facts, `connected ${peer} to ${target}`);
    },
    disconnected: ({ endpoint, peer, target }, end) => {
      const { reason, leftToRight, rightToLeft, ms } = end;
      const facts = { endpoint: endpoint && formatEndpoint(endpoint), peer, target };
      const note = `disconnected ${peer} from ${target}: ${inWords(end)}`;
      writer.happened('disconnected', { ...facts, reason, leftToRight, rightToLeft, ms }, note);
    },
    refused: (refusal) => writer.refused(refusal),
    retrying: (target, error, waitMs) => {
      const note = `${error.message}; trying again in ${waitMs / 1_000} s`;
      writer.happened('retrying', { target, reason: error.message, waitMs }, note);
    },
    draining: () => writer.draining(),
    closed: (cut) => {
      writer.closed();
      if (cut > 0) io.note(cutNote(cut, graceMs));
    },
  };
}

function inWords({ leftToRight, rightToLeft, ms, reason }: LinkEnd): string {
  return `${leftToRight} bytes there, ${rightToLeft} back, ${ms / 1_000} s${reason && `: ${reason}`}`;
}

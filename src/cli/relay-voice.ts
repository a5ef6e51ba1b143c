/** What a relay tells: the events of every server, and for each conversation its bytes, time and end. */

import type { Writable } from 'node:stream';
import type { LinkEnd, RelayEvents } from '../clients/relay/plan.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import type { CommonValues } from './command.ts';
import type { Io } from './io.ts';
import { type JoinPlan, LateJoin } from './join-options.ts';
import { cutNote, ServerEventWriter } from './server-events.ts';

/** What a relay tells, and how it leaves the name server that it may be registered with. */
export interface RelayVoice extends RelayEvents {
  /** Resolves when it is withdrawn. */
  leave(): Promise<void>;
}

/**
 * The voice of `relay`.
 *
 * @param events where JSON goes
 * @param joining how it joins a name server, once so many endpoints listen
 */
export function relayVoice(
  args: Pick<CommonValues, 'json' | 'verbose'> & { readonly grace: number },
  events: Writable,
  io: Io,
  joining?: { readonly join: JoinPlan; readonly count: number },
): RelayVoice {
  const writer = new ServerEventWriter({ service: 'relay', events }, args, io);
  const late = joining && new LateJoin(joining.join, joining.count, writer);
  const leave = async (): Promise<void> => late?.leave();
  return {
    leave,
    listening: (endpoint, certificate) => {
      writer.listening(endpoint, certificate);
      late?.listening(endpoint);
    },
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
    draining: () => {
      void leave();
      writer.draining();
    },
    closed: (cut) => {
      writer.closed();
      if (cut > 0) io.note(cutNote(cut, args.grace));
    },
  };
}

function inWords({ leftToRight, rightToLeft, ms, reason }: LinkEnd): string {
  return `${leftToRight} bytes there, ${rightToLeft} back, ${ms / 1_000} s${reason && `: ${reason}`}`;
}

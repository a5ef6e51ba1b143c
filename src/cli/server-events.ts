/** What a server tells of itself: a JSON object for each event, or notes for a person. */

import type { Writable } from 'node:stream';
import type { RegistrarEvent } from '../clients/registrar.ts';
import { NettkError } from '../errors.ts';
import { type Endpoint, formatEndpoint } from '../net/endpoint.ts';
import type { Refusal } from '../net/refusals.ts';
import type { ServerCertificate } from '../net/secure-server.ts';
import { printable, printableJson } from '../stream/printable.ts';
import type { CommonValues } from './command.ts';
import type { Io } from './io.ts';
import { stackOf } from './print-error.ts';

/** Text that waits for a reader who does not read; past it events are dropped and counted. */
const MAX_WAITING_BYTES = 1_048_576;
/** Events held back at once. */
const MAX_HELD = 1_024;

/** What notes call a client that had left before anybody could ask for its address. */
const UNKNOWN = 'a client that left at once';

/** Who speaks, how and where. */
export interface ServerVoice {
  /** The name that events carry: `echo`. */
  readonly service: string;
  /** What notes begin with; the service's name where left out, nothing where it is empty. */
  readonly label?: string;
  /** Where JSON events go: standard output unless that carries payload. */
  readonly events?: Writable;
}

/** The facts of one event, in the order they are written. */
interface EventFacts {
  readonly [fact: string]: string | number | undefined;
  readonly face?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly fingerprint256?: string | undefined;
  readonly time?: string;
  readonly peer?: string;
  readonly reason?: string;
  readonly count?: number;
}

/** Writes server events. What cannot be written is dropped: a log that nobody reads must not end a service. */
export class ServerEventWriter {
  readonly #voice: ServerVoice;
  readonly #args: Pick<CommonValues, 'json' | 'verbose'>;
  readonly #io: Io;
  #held: (() => void)[] | undefined;
  #lost = 0;

  constructor(voice: ServerVoice, args: Pick<CommonValues, 'json' | 'verbose'>, io: Io) {
    this.#voice = voice;
    this.#args = args;
    this.#io = io;
  }

  /** Keeps all but `listening` and bugs back until `release`: clients may come before the ready lines are out. */
  hold(): void {
    this.#held ??= [];
  }

  /** Writes what was held back. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const write of held) write();
  }

  /**
   * The ready line: it listens here, with the real port; what clients need to know a certificate made for this run.
   *
   * @param face the service's face there; empty for its main one
   */
  listening(endpoint: Endpoint, certificate?: ServerCertificate, face = ''): void {
    const where = formatEndpoint(endpoint);
    const { service, label = service } = this.#voice;
    const fingerprint256 = certificate?.fingerprint;
    if (this.#args.json) {
      this.#writeJson({ event: 'listening', service, face: face || undefined, endpoint: where, fingerprint256 });
      return;
    }
    // First, for whoever reads up to the ready line.
    if (certificate?.isThrowaway)
      this.#note(this.#labelled(`throw-away certificate, for clients: --pin ${fingerprint256}`));
    this.#note(`${label}${face && ` (${face})`} listening on ${where}`.trimStart());
  }

  /** A client is there. */
  connected(peer: Endpoint, endpoint?: Endpoint): void {
    const from = peerText(peer);
    const facts = { endpoint: endpoint && formatEndpoint(endpoint), peer: from };
    this.#tell('connected', facts, this.#talks && `connected from ${from || UNKNOWN}`);
  }

  /** A connection is over; `reason` is empty where it ended in order. */
  disconnected(peer: Endpoint, reason: string, endpoint?: Endpoint): void {
    const from = peerText(peer);
    const facts = { endpoint: endpoint && formatEndpoint(endpoint), peer: from, reason };
    this.#tell('disconnected', facts, this.#talks && `disconnected from ${from || UNKNOWN}${reason && `: ${reason}`}`);
  }

  /** Clients or datagrams were turned away. */
  refused({ reason, count, peer }: Refusal): void {
    const who = count === 1 ? peer || 'a client' : `${count} more, last ${peer || 'unknown'}`;
    this.#tell('refused', { peer, reason, count }, `refused ${who}: ${reason}`);
  }

  /** A session failed; a bug is written always, with its stack, whatever the options say. */
  failed(peer: Endpoint, error: unknown): void {
    const what = `session with ${peerText(peer) || UNKNOWN} failed`;
    if (!(error instanceof NettkError)) this.#bug(what, error);
    else if (!this.#args.json && this.#talks) {
      this.#orHold(() => this.#note(this.#labelled(`${what}: ${error.message}`)));
    }
  }

  /** The service itself has something to say. */
  noted(line: string): void {
    this.#tell('noted', { reason: line }, line);
  }

  /** It is registered with a name server, or is not, or not any more. */
  registration(event: RegistrarEvent): void {
    const { name, endpoint } = event.place;
    const facts = { endpoint: formatEndpoint(endpoint), name };
    if (event.kind === 'unregistered') {
      const reason = inOptions(event.error.message);
      const note = `${name} ${event.isLost ? 'no longer' : 'not'} registered: ${reason}; this goes on being tried`;
      this.#tell('unregistered', { ...facts, reason }, note, false);
      return;
    }
    const { id, target } = event;
    const peer = formatEndpoint(event.server);
    const again = event.kind === 'registered' && event.isAgain ? 'again ' : '';
    const note = event.kind === 'registered' && `${name} registered ${again}with ${peer} as ${target}`;
    this.#tell(event.kind, { ...facts, peer, id, target }, note, false);
  }

  /** Anything else that happens to a single connection; the note is for -v. */
  happened(event: string, facts: EventFacts, note: string): void {
    this.#tell(event, facts, this.#talks && note);
  }

  /** It takes no more clients and lets the sessions finish. */
  draining(): void {
    this.#tell('draining', {}, false);
  }

  /** It is over. */
  closed(): void {
    this.#tell('closed', {}, false);
  }

  /** Do notes tell of single connections? */
  get #talks(): boolean {
    return this.#args.verbose > 0;
  }

  #tell(event: string, facts: EventFacts, note: string | false, isLabelled = true): void {
    const { service } = this.#voice;
    const { endpoint, ...more } = facts;
    const time = new Date().toISOString();
    if (this.#args.json) this.#orHold(() => this.#writeJson({ event, service, endpoint, time, ...more }));
    else if (note !== false) this.#orHold(() => this.#note(isLabelled ? this.#labelled(note) : note));
  }

  #orHold(write: () => void): void {
    if (!this.#held) write();
    else if (this.#held.length < MAX_HELD) this.#held.push(write);
    else this.#lost += 1;
  }

  #labelled(note: string): string {
    const { service, label = service } = this.#voice;
    return label === '' ? note : `${label}: ${note}`;
  }

  #writeJson(event: EventFacts & { event: string; service: string }): void {
    const { service, events = this.#io.stdout } = this.#voice;
    if (!this.#hasRoom(events)) return;
    if (this.#lost > 0) {
      const time = new Date().toISOString();
      events.write(`${printableJson({ event: 'lost', service, time, count: this.#lost })}\n`);
      this.#lost = 0;
    }
    events.write(`${printableJson(event)}\n`);
  }

  #note(line: string): void {
    if (this.#hasRoom(this.#io.stderr)) this.#io.note(printable(line));
  }

  #hasRoom(stream: Writable): boolean {
    const hasRoom = !stream.errored && !stream.destroyed && stream.writableLength < MAX_WAITING_BYTES;
    if (!hasRoom) this.#lost += 1;
    return hasRoom;
  }

  #bug(what: string, error: unknown): void {
    const { stderr } = this.#io;
    if (this.#hasRoom(stderr)) stderr.write(`nettk: ${printable(this.#labelled(what))}\n${stackOf(error)}`);
  }
}

/** A name server speaks of its commands; whoever runs a server has options. */
function inOptions(reason: string): string {
  return reason
    .replace('try token SECRET first', 'try --register-token')
    .replace('try check=', 'try --register-check ');
}

/** What a person reads of connections that had to be cut; the grace in milliseconds. */
export function cutNote(cut: number, graceMs: number): string {
  return `${cut} ${cut === 1 ? 'connection' : 'connections'} cut after ${graceMs / 1_000} s of grace`;
}

/** Empty where the address is not known. */
function peerText(peer: Endpoint): string {
  return peer.scheme !== 'unix' && peer.host === '' ? '' : formatEndpoint(peer);
}

/** Everything about a netcat run, whichever command line asked for it: nettk's own, nc's or ncat's. */

import type { EndPolicy } from '../../clients/converse.ts';
import type { ShapeSettings } from '../../clients/shapes.ts';
import type { ChildCommand } from '../../host/child-command.ts';
import type { DialOptions } from '../../net/dial.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import type { ListenOptions } from '../../net/listen.ts';
import type { JoinPlan } from '../join-options.ts';
import type { Voice } from './voice.ts';

/** What connecting and listening have in common. */
export interface NetcatSettings {
  /** How notes and errors are worded, and which exit status an error has. */
  readonly voice: Voice;
  /** When it is over: docs/netcat.md. */
  readonly policy: EndPolicy;
  /** Leaves a peer's bytes as they are where standard output is a terminal. */
  readonly rawOutput: boolean;
  /** Over UDP: what becomes a datagram, each line of the input or what is read of it at once. */
  readonly datagrams?: 'line' | 'chunk' | undefined;
  /** What happens to the bytes on their way, and where they are logged. */
  readonly shapes?: ShapeSettings | undefined;
  /** Talks to each peer in place of standard input and output. */
  readonly program?: ProgramChoice | undefined;
}

/** A program, and what it is told of its connection. */
export interface ProgramChoice {
  readonly command: ChildCommand;
  /** What its environment variables begin with, such as NETTK: NETTK_REMOTE_ADDR, …_REMOTE_PORT, …_LOCAL_ADDR, … */
  readonly prefixes: readonly string[];
  /** Its exit status is not the run's. */
  readonly forgetsStatus?: boolean;
}

/** A run that connects. */
export interface ConnectSettings extends NetcatSettings {
  /** Where to; with several, one conversation after the other, or with `zero` one look after the other. */
  readonly endpoints: readonly Endpoint[];
  /** Others that will do where nobody is at the only endpoint, in this order, and what they are together. */
  readonly instead?: { readonly name: string; readonly endpoints: readonly Endpoint[] } | undefined;
  /** Family, source, connect timeout, and what is laid over the connection. */
  readonly dial: Omit<DialOptions, 'signal'>;
  /** How many more times a connection that cannot be had is tried. */
  readonly retries: number;
  /** Only looks whether somebody is there; over UDP an answer is waited for this long, in milliseconds. */
  readonly zero?: { readonly datagramWaitMs: number } | undefined;
}

/** How clients hear each other. */
export interface BrokerChoice {
  /** Line by line, with the speaker in front. */
  readonly chat: boolean;
  /** Does standard output get what anybody says? */
  readonly prints: boolean;
}

/** A run that listens. */
export interface ListenSettings extends NetcatSettings {
  /** Where; with several, any client of any of them counts. */
  readonly endpoints: readonly Endpoint[];
  /** Limits, and what is laid over each connection. */
  readonly listen: ListenOptions;
  /** Goes on after the first client. */
  readonly keepOpen: boolean;
  /** Each client's words go to all others, with keep-open. */
  readonly broker?: BrokerChoice | undefined;
  /** With keep-open: registers it with a name server. */
  readonly join?: JoinPlan | undefined;
  /** With keep-open: how long clients may finish after the first signal, in milliseconds. */
  readonly graceMs: number;
}

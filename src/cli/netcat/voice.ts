/** How a netcat run speaks: its notes, its errors and its exit status, each personality in its own words. */

import type { RegistrarEvent } from '../../clients/registrar.ts';
import type { NettkError } from '../../errors.ts';
import type { Conn } from '../../net/conn.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import type { ServerCertificate } from '../../net/secure-server.ts';
import type { SeenTls } from './tls-eyes.ts';

/** What happens in a netcat run. */
export type NetcatEvent =
  /** `tls` where TLS carries it. */
  | { readonly kind: 'connected'; readonly conn: Conn; readonly tls: SeenTls | undefined }
  /** A connection could not be had; it is tried again after the pause. */
  | { readonly kind: 'retrying'; readonly error: NettkError; readonly pauseMs: number }
  /** `zero` found somebody, or over UDP, where silence says nothing, perhaps nobody. */
  | { readonly kind: 'open'; readonly peer: Endpoint; readonly certain: boolean }
  /** One of several endpoints that could not be connected to. */
  | { readonly kind: 'shut'; readonly endpoint: Endpoint; readonly error: NettkError }
  /** Sent and received bytes of a connection that has ended, and how long it lasted in milliseconds. */
  | { readonly kind: 'counted'; readonly sent: number; readonly received: number; readonly ms: number }
  /** `certificate` where TLS shows one. */
  | {
      readonly kind: 'listening';
      readonly endpoint: Endpoint;
      readonly certificate: ServerCertificate | undefined;
    }
  | {
      readonly kind: 'accepted';
      readonly conn: Conn;
      readonly endpoint: Endpoint;
      readonly tls: SeenTls | undefined;
    }
  /** `reason` is empty where the client ended in order. */
  | { readonly kind: 'disconnected'; readonly peer: Endpoint; readonly reason: string; readonly endpoint: Endpoint }
  /** Clients turned away; told at most once a second and reason. */
  | { readonly kind: 'refused'; readonly peer: string; readonly reason: string; readonly count: number }
  /** Something that somebody should know, though the run goes on: a program that cannot be started for a client, say. */
  | { readonly kind: 'trouble'; readonly who: string; readonly reason: string }
  /** It is registered with a name server, or is not any more. */
  | { readonly kind: 'registration'; readonly event: RegistrarEvent }
  | { readonly kind: 'draining' }
  /** `cut` clients were broken off at the end of the grace. */
  | { readonly kind: 'closed'; readonly cut: number; readonly graceMs: number };

/** Notes and errors of one personality. */
export interface Voice {
  /** Tells a person, or a program, what happens; says nothing where nobody wants to know. */
  tell(event: NetcatEvent): void;
  /**
   * Ends a run that failed: the exit status, once the reason is told.
   *
   * @throws what is left to the runner to tell: for nettk's own voice, everything
   */
  fail(error: unknown): number;
}

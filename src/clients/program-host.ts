/** A program for each connection, as inetd runs them: what the peer says is its input, what it says goes to the peer. */

import { type Child, type StopStep, startChild, terminateWithin } from '../host/child.ts';
import { type ChildCommand, checkProgram } from '../host/child-command.ts';
import type { Conn } from '../net/conn.ts';
import type { Endpoint } from '../net/endpoint.ts';
import { reset } from '../stream/join.ts';
import { type ConverseOptions, converse } from './converse.ts';
import type { Host } from './listen.ts';

export { programOf, shellCommandOf } from '../host/child-command.ts';

/** Files that a program's session holds besides its connection: our ends of its input and output. */
const FILES_EACH = 2;
/** What is left to say to a program whose grace is over. */
const KILL: readonly StopStep[] = [{ afterMs: 0, signal: 'SIGKILL' }];

/** Environment variables by name. */
type Environment = Readonly<Record<string, string | undefined>>;

/** What to run, and how. */
export interface ProgramPlan {
  readonly command: ChildCommand;
  /** Its environment, besides what tells of the connection. */
  readonly env: Environment;
  /** What the variables that tell of the connection begin with: `NETTK` makes NETTK_REMOTE_ADDR and so on. */
  readonly prefixes: readonly string[];
  /** Does its exit status count? */
  readonly forgetsStatus?: boolean | undefined;
  /** How long a program may take after the signal that we were told to stop by, in milliseconds. */
  readonly graceMs: number;
  /** The end policy and whom to tell of bytes. */
  readonly conversation: Omit<ConverseOptions, 'signal' | 'input' | 'output'>;
  /** Hears why a program could not be started for a client, besides what `talk` throws. */
  onTrouble?(peer: Endpoint, reason: string): void;
}

/** Runs one program for each connection. */
export class ProgramHost implements Host {
  readonly #plan: ProgramPlan;
  readonly #children = new Set<Child>();
  readonly filesEach = FILES_EACH;
  #isFinishing = false;

  /** @throws NettkError where the program is not there or may not be run */
  constructor(plan: ProgramPlan) {
    checkProgram(plan.command, plan.env['PATH']);
    this.#plan = plan;
  }

  /**
   * Runs the program until it and the connection are over. A client that resets hangs up on it: its input ends, and after
   * a second come SIGHUP, SIGTERM and SIGKILL.
   *
   * @returns its exit status where that counts; 128 + n where signal n ended it
   * @throws NettkError where it cannot be started; as `converse`
   */
  async talk(conn: Conn, signal: AbortSignal, local: Endpoint): Promise<number> {
    // It may fail before anybody talks over it.
    conn.on('error', () => {});
    const child = await this.#start(conn, local);
    this.#children.add(child);
    const onAbort = (): void => void child.stop(signal.aborted && this.#isFinishing ? KILL : this.#goodbye());
    signal.addEventListener('abort', onAbort);
    if (this.#isFinishing || signal.aborted) onAbort();
    try {
      if (this.#plan.conversation.recvOnly) child.resume();
      if (this.#plan.conversation.sendOnly) child.end();
      await converse(conn, {
        ...this.#plan.conversation,
        waitStdin: true,
        endOutput: true,
        gone: child.ended,
        input: child,
        output: child,
        signal,
      });
      const { status } = await child.ended;
      return this.#plan.forgetsStatus ? 0 : status;
    } finally {
      signal.removeEventListener('abort', onAbort);
      child.destroy();
      await child.ended;
      this.#children.delete(child);
    }
  }

  /** The signal that stops us goes to the programs, and to nobody else. */
  finish(): void {
    this.#isFinishing = true;
    for (const child of this.#children) child.stop(this.#goodbye());
  }

  #goodbye(): readonly StopStep[] {
    return terminateWithin(this.#plan.graceMs);
  }

  async #start(conn: Conn, local: Endpoint): Promise<Child> {
    const { command, env, prefixes } = this.#plan;
    try {
      const facts = prefixes.map((prefix) => connectionFacts(prefix, conn.peer, local));
      return await startChild(command, Object.assign({}, env, ...facts));
    } catch (error) {
      reset(conn);
      this.#plan.onTrouble?.(conn.peer, (error as Error).message);
      throw error;
    }
  }
}

/** Addresses and numbers of ours: nothing that a peer could have written. A Unix socket has its path, and no port. */
export function connectionFacts(prefix: string, peer: Endpoint, local: Endpoint): Environment {
  const at = ({ scheme, host, path }: Endpoint): string => (scheme === 'unix' ? path : host);
  const portOf = ({ scheme, port }: Endpoint): string => (scheme === 'unix' ? '' : String(port));
  return {
    [`${prefix}_REMOTE_ADDR`]: at(peer),
    [`${prefix}_REMOTE_PORT`]: portOf(peer),
    [`${prefix}_LOCAL_ADDR`]: at(local),
    [`${prefix}_LOCAL_PORT`]: portOf(local),
    [`${prefix}_PROTO`]: PROTOCOLS[peer.scheme] ?? 'TCP',
  };
}

/** As ncat says it; TLS and WebSocket are TCP. */
const PROTOCOLS: Readonly<Record<string, string>> = { udp: 'UDP', unix: 'UNIX' };

/** Drives a registry in real time: looks when something is due, runs the checks it is given, tells it how they went. */

import { errorCode, NettkError } from '../../errors.ts';
import type { Check } from '../../registry/instance.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Probe } from './probe.ts';

/** Runs the checks of one registry. */
export class CheckRunner {
  readonly #registry: Registry;
  readonly #probe: Probe;
  readonly #unsubscribe: () => void;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  #isStopped = false;

  /** Begins at once. */
  constructor(registry: Registry, probe: Probe) {
    this.#registry = registry;
    this.#probe = probe;
    this.#unsubscribe = registry.changes.subscribe(({ kind }) => {
      // What was registered just now is looked at now.
      if (kind === 'registered' || kind === 'updated') this.#soon();
    });
    this.#look();
  }

  /** Begins no more checks; those under way end with the server's signal. */
  stop(): void {
    this.#isStopped = true;
    this.#unsubscribe();
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
  }

  readonly #look = (): void => {
    this.#turn = undefined;
    clearTimeout(this.#timer);
    for (const check of this.#registry.tick()) void this.#run(check);
    this.#timer = setTimeout(this.#look, this.#registry.idleMs);
  };

  #soon(): void {
    if (!this.#isStopped) this.#turn ??= setImmediate(this.#look);
  }

  async #run(check: Check): Promise<void> {
    let failure: string | undefined;
    try {
      await this.#probe(check);
    } catch (error) {
      if (this.#isStopped) return;
      failure = reasonOf(error);
    }
    this.#registry.settle(check, failure);
    // Its place is free for the next.
    if (this.#registry.checks.overdue > 0) this.#soon();
  }
}

/** Why a check failed, in a few words; what is no failure of a connection is a bug. */
function reasonOf(error: unknown): string {
  if (error instanceof NettkError) return error.reason;
  if (errorCode(error) !== '') return errorCode(error);
  throw error;
}

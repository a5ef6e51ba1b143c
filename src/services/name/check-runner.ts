/** Drives a registry in real time: looks when something is due, runs the checks it is given, tells it how they went. */

import { NettkError } from '../../errors.ts';
import type { Check } from '../../registry/instance.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Probe } from './probe.ts';

/**
 * Looks after a registry from now on.
 *
 * @param signal ends it, and the checks that are under way
 */
export function runChecks(registry: Registry, probe: Probe, signal: AbortSignal): void {
  new CheckRunner(registry, probe, signal).look();
}

class CheckRunner {
  readonly #registry: Registry;
  readonly #probe: Probe;
  readonly #unsubscribe: () => void;
  #timer: NodeJS.Timeout | undefined;
  #looksAt = Number.POSITIVE_INFINITY;
  #turn: NodeJS.Immediate | undefined;
  readonly #signal: AbortSignal;

  constructor(registry: Registry, probe: Probe, signal: AbortSignal) {
    this.#registry = registry;
    this.#probe = probe;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#stop(), { once: true });
    this.#unsubscribe = registry.changes.subscribe(({ kind }) => {
      // What was registered just now is looked at now.
      if (kind === 'registered' || kind === 'updated') this.#soon();
    });
  }

  #stop(): void {
    this.#unsubscribe();
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
  }

  readonly look = (): void => {
    this.#turn = undefined;
    clearTimeout(this.#timer);
    this.#looksAt = Number.POSITIVE_INFINITY;
    for (const check of this.#registry.tick()) void this.#run(check);
    this.#arm();
  };

  /** Looks when the next thing is due, which may be sooner than it was thought. */
  #arm(): void {
    const { idleMs } = this.#registry;
    const at = performance.now() + idleMs;
    if (at >= this.#looksAt || this.#signal.aborted) return;
    clearTimeout(this.#timer);
    this.#looksAt = at;
    this.#timer = setTimeout(this.look, idleMs);
  }

  #soon(): void {
    if (!this.#signal.aborted) this.#turn ??= setImmediate(this.look);
  }

  async #run(check: Check): Promise<void> {
    let failure: string | undefined;
    try {
      await this.#probe(check);
    } catch (error) {
      if (this.#signal.aborted) return;
      failure = reasonOf(error);
    }
    this.#registry.settle(check, failure);
    this.#arm();
  }
}

/** Why a check failed, in a few words; what is no failure of a connection is a bug. */
function reasonOf(error: unknown): string {
  if (error instanceof NettkError) return error.reason;
  throw error;
}

/** Refused clients, counted: the first is told at once, the rest of that second together, so that a flood cannot fill a log. */

/** At most one message a reason in this time, in milliseconds. */
const REPORT_INTERVAL_MS = 1_000;

/** Clients or datagrams turned away for one reason since the last report. */
export interface Refusal {
  /** Why, in words: `too many connections`. */
  readonly reason: string;
  /** How many since the last report of this reason. */
  readonly count: number;
  /** The last of them, as text; empty where it is not known. */
  readonly peer: string;
}

/** Counts refusals and reports them at most once a second and reason. */
export class RefusalCounter {
  readonly #report: (refusal: Refusal) => void;
  readonly #waiting = new Map<string, { count: number; peer: string; timer: NodeJS.Timeout }>();

  constructor(report: (refusal: Refusal) => void) {
    this.#report = report;
  }

  /** Counts one; `reason` comes from us, never from the peer, so there are few. */
  add(reason: string, peer: string): void {
    const waiting = this.#waiting.get(reason);
    if (waiting) {
      waiting.count += 1;
      waiting.peer = peer;
      return;
    }
    this.#report({ reason, count: 1, peer });
    const timer = setTimeout(() => this.#flush(reason), REPORT_INTERVAL_MS).unref();
    this.#waiting.set(reason, { count: 0, peer: '', timer });
  }

  /** Reports what waits, and forgets. */
  close(): void {
    for (const reason of [...this.#waiting.keys()]) this.#flush(reason, true);
  }

  #flush(reason: string, last = false): void {
    const waiting = this.#waiting.get(reason);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    this.#waiting.delete(reason);
    if (waiting.count === 0) return;
    this.#report({ reason, count: waiting.count, peer: waiting.peer });
    if (last) return;
    const timer = setTimeout(() => this.#flush(reason), REPORT_INTERVAL_MS).unref();
    this.#waiting.set(reason, { count: 0, peer: '', timer });
  }
}

/** The state machine of health: counts of one check or lease, and what they make of an instance. */

/** How an instance is; `dropped` ones are gone. */
export type Status = (typeof STATUSES)[number];

const STATUSES = ['new', 'up', 'failing', 'suspect', 'down'] as const;

/** Is it the name of a status? */
export function isStatus(text: string): text is Status {
  return (STATUSES as readonly string[]).includes(text);
}

/** The server's rules, which checks that name their own override. */
export interface HealthRules {
  /** From one check to the next, at most. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Failures in a row that make an instance down. */
  readonly fail: number;
  /** Passes in a row that make it up again. */
  readonly rise: number;
  /** Failures in a row that drop it; 0 is never. */
  readonly dropAfter: number;
}

/** What is counted against one check or lease. */
export type Limits = Pick<HealthRules, 'fail' | 'rise' | 'dropAfter'>;

/** One of the things that have to hold for an instance to be up. */
export class Part {
  readonly limits: Limits;
  /** In a row, up to now. */
  failures = 0;
  /** In a row since it was down, no more than `rise`. */
  passes = 0;
  /** Has it failed so often that it needs `rise` passes? */
  isDown = false;
  /** Has it ever been looked at? */
  isKnown = false;
  /** What the last look found, for people. */
  output = '';

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** It held. */
  pass(output: string): void {
    this.isKnown = true;
    this.output = output;
    this.failures = 0;
    this.passes = Math.min(this.passes + 1, this.limits.rise);
    if (this.passes === this.limits.rise) this.isDown = false;
  }

  /** It did not, `times` in a row. */
  fail(output: string, times = 1): void {
    this.isKnown = true;
    this.output = output;
    this.passes = 0;
    this.failures += times;
    if (this.failures >= this.limits.fail) this.isDown = true;
  }

  /** Has it failed so often that its instance goes? */
  get isSpent(): boolean {
    return this.limits.dropAfter > 0 && this.failures >= this.limits.dropAfter;
  }

  /** Takes back what was counted beyond being down: a failure that was not its own fault. */
  forgive(): void {
    this.failures = Math.min(this.failures, this.limits.fail);
  }

  /** Takes up where an earlier run of the server left off; who was only suspect is counted anew. */
  restore(status: Status): void {
    this.isKnown = status !== 'new';
    this.isDown = status === 'down';
    if (this.isDown) this.failures = this.limits.fail;
  }
}

/** How an instance is whose parts are these: as the worst of them. */
export function judge(parts: readonly Part[]): Exclude<Status, 'suspect'> {
  if (parts.some((part) => part.isDown)) return 'down';
  if (parts.some((part) => part.failures > 0)) return 'failing';
  return parts.every((part) => part.isKnown) ? 'up' : 'new';
}

/** Are instances of this status given to those who ask? */
export function isServed(status: Status): boolean {
  return status !== 'down';
}

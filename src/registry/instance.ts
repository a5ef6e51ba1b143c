/** A registered instance and its parts: the checks, and the lease that it has to renew. */

import { type HealthRules, type Limits, Part, type Status } from './health.ts';
import type { CheckSpec, Registration } from './registration.ts';

/** Something that waits for a moment in a heap. */
export interface Due {
  /** Monotonic milliseconds. */
  deadline: number;
  /** Its place in the heap, kept by the heap; -1 while it is in none. */
  place: number;
}

/** One check of one instance. */
export class Check extends Part implements Due {
  readonly instance: Instance;
  readonly spec: CheckSpec;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  deadline = 0;
  place = -1;

  constructor(instance: Instance, spec: CheckSpec, rules: HealthRules) {
    super(limitsOf(spec, rules));
    this.instance = instance;
    this.spec = spec;
    this.intervalMs = spec.intervalMs ?? rules.intervalMs;
    this.timeoutMs = spec.timeoutMs ?? rules.timeoutMs;
  }
}

function limitsOf(spec: CheckSpec, rules: HealthRules): Limits {
  const { fail = rules.fail, rise = rules.rise, dropAfter = rules.dropAfter } = spec;
  const isDefault = fail === rules.fail && rise === rules.rise && dropAfter === rules.dropAfter;
  return isDefault ? rules : { fail, rise, dropAfter };
}

/** The word of an instance for itself: it is to renew it in time, where it promised to, and can take it back. */
export class Lease extends Part implements Due {
  readonly instance: Instance;
  /** 0 where it promised nothing: then its word stands until it is taken back. */
  readonly ttlMs: number;
  /** It said of itself that it is not to be used. */
  hasSaidDown = false;
  /** When it lapses unless it is renewed; the heap may still look at it before. */
  expires = Number.POSITIVE_INFINITY;
  deadline = 0;
  place = -1;

  constructor(instance: Instance, ttlMs: number, { fail, dropAfter }: HealthRules) {
    super({ fail, rise: 1, dropAfter: ttlMs > 0 ? dropAfter : 0 });
    this.instance = instance;
    this.ttlMs = ttlMs;
  }
}

/** What the store keeps of an instance. */
export interface StoredInstance {
  readonly registration: Registration;
  /** The address that it belongs to. */
  readonly owner: string;
  readonly status: Status;
  /** When it was registered first, and since when it has its status, in milliseconds since 1970. */
  readonly registeredAt: number;
  readonly changedAt: number;
}

/** An instance. */
export class Instance implements StoredInstance {
  registration: Registration;
  owner: string;
  status: Status = 'new';
  readonly registeredAt: number;
  changedAt: number;
  /** The number of its last change. */
  index = 0;
  checks: readonly Check[] = [];
  lease: Lease | undefined;

  constructor(registration: Registration, owner: string, wall: number) {
    this.registration = registration;
    this.owner = owner;
    this.registeredAt = wall;
    this.changedAt = wall;
  }

  /** Everything that has to hold for it to be up. */
  get parts(): readonly Part[] {
    return this.lease ? [...this.checks, this.lease] : this.checks;
  }

  /** Is anything known of it but that it is registered? */
  get isWatched(): boolean {
    return this.checks.length > 0 || this.lease !== undefined;
  }

  /** The most failures in a row of any part. */
  get failures(): number {
    return this.parts.reduce((most, { failures }) => Math.max(most, failures), 0);
  }

  /** Makes the parts that its registration asks for. */
  build(rules: HealthRules): void {
    const { checks, ttlMs } = this.registration;
    this.checks = checks.map((spec) => new Check(this, spec, rules));
    this.lease = ttlMs > 0 ? new Lease(this, ttlMs, rules) : undefined;
  }
}

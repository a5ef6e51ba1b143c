/** What docs/name-server.md says of health and ownership, done in the plainest way there is, to compare the registry with. */

import type { CheckSpec, Registration } from '../../src/registry/registration.ts';

type Status = 'new' | 'up' | 'failing' | 'suspect' | 'down';

interface ModelPart {
  readonly fail: number;
  readonly rise: number;
  readonly dropAfter: number;
  failures: number;
  passes: number;
  isDown: boolean;
  isKnown: boolean;
}

export interface ModelInstance {
  registration: Registration;
  readonly owner: string;
  status: Status;
  checks: ModelPart[];
  lease: ModelPart | undefined;
  expires: number;
  hasSaidDown: boolean;
  /** When it went down by itself; undefined while it is not. */
  fellAt: number | undefined;
  isGoing: boolean;
}

interface Rules {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly fail: number;
  readonly rise: number;
  readonly dropAfter: number;
}

const fresh = (limits: Pick<ModelPart, 'fail' | 'rise' | 'dropAfter'>): ModelPart => ({
  ...limits,
  failures: 0,
  passes: 0,
  isDown: false,
  isKnown: false,
});

/** A registry that counts everything anew each time. */
export class Model {
  readonly instances = new Map<string, ModelInstance>();
  time = 0;
  suspectUntil: number | undefined;
  isSpent = false;
  readonly #rules: Rules;

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  /** Registers; false where somebody else's is in the way. */
  register(registration: Registration, owner: string): boolean {
    const key = `${registration.name}/${registration.id}`;
    const present = this.instances.get(key);
    if (!present) {
      this.instances.set(key, this.#create(registration, owner));
      return true;
    }
    if (present.owner !== owner) return false;
    const health = ({ address, port, ttlMs, checks }: Registration) => JSON.stringify([address, port, ttlMs, checks]);
    if (health(present.registration) !== health(registration)) {
      this.instances.set(key, this.#create(registration, owner));
      return true;
    }
    present.registration = registration;
    for (const part of partsOf(present)) part.failures = Math.min(part.failures, part.fail);
    if (present.lease) this.renew(key, owner, true);
    return true;
  }

  drop(key: string, owner: string): boolean {
    if (this.instances.get(key)?.owner !== owner) return false;
    return this.instances.delete(key);
  }

  renew(key: string, owner: string, isWell: boolean): boolean {
    const instance = this.instances.get(key);
    if (instance?.owner !== owner) return false;
    if (!instance.lease && !isWell) instance.lease = fresh({ fail: this.#rules.fail, rise: 1, dropAfter: 0 });
    if (!instance.lease) return true;
    instance.hasSaidDown = !isWell;
    if (isWell) pass(instance.lease);
    else fail(instance.lease, Math.max(1, instance.lease.fail - instance.lease.failures));
    if (instance.registration.ttlMs > 0) instance.expires = this.time + instance.registration.ttlMs;
    this.#refresh(instance);
    return true;
  }

  /** Time passes, in one step. */
  look(ms: number): void {
    this.time += Math.min(ms, 2_000);
    const isMass = this.#isMass();
    if (!isMass) this.isSpent = false;
    if (this.suspectUntil !== undefined && (!isMass || this.time >= this.suspectUntil)) {
      this.isSpent = isMass;
      this.suspectUntil = undefined;
      for (const instance of this.instances.values()) {
        if (instance.status !== 'suspect') continue;
        for (const part of partsOf(instance)) part.failures = Math.min(part.failures, part.fail);
        this.#refresh(instance);
      }
    }
    const lapsed = [...this.instances.values()].filter(({ expires }) => expires <= this.time);
    for (const instance of lapsed) {
      const lease = instance.lease as ModelPart;
      fail(lease, lease.isDown ? 1 : Math.max(1, lease.fail - lease.failures));
      instance.expires = this.time + instance.registration.ttlMs;
      if (instance.status !== 'down') instance.status = 'failing';
    }
    for (const instance of lapsed) this.#judge(instance);
    for (const instance of lapsed) this.#dropIfSpent(instance);
  }

  settle(key: string, check: number, isWell: boolean): void {
    const instance = this.instances.get(key) as ModelInstance;
    const part = instance.checks[check] as ModelPart;
    if (isWell) pass(part);
    else fail(part, 1);
    this.#refresh(instance);
  }

  /** What was to be dropped is gone, unless it is well after all. */
  sweep(): void {
    for (const [key, instance] of this.instances) {
      if (instance.isGoing && partsOf(instance).some(isSpent)) this.instances.delete(key);
      instance.isGoing = false;
    }
  }

  #create(registration: Registration, owner: string): ModelInstance {
    const { fail, rise, dropAfter } = this.#rules;
    const limits = (spec: CheckSpec) => ({
      fail: spec.fail ?? fail,
      rise: spec.rise ?? rise,
      dropAfter: spec.dropAfter ?? dropAfter,
    });
    const { checks, ttlMs } = registration;
    return {
      registration,
      owner,
      status: checks.length === 0 ? 'up' : 'new',
      checks: checks.map((spec) => fresh(limits(spec))),
      lease: ttlMs > 0 ? { ...fresh({ fail, rise: 1, dropAfter }), isKnown: true } : undefined,
      expires: ttlMs > 0 ? this.time + ttlMs : Number.POSITIVE_INFINITY,
      hasSaidDown: false,
      fellAt: undefined,
      isGoing: false,
    };
  }

  #refresh(instance: ModelInstance): void {
    this.#judge(instance);
    this.#dropIfSpent(instance);
  }

  #judge(instance: ModelInstance): void {
    const parts = partsOf(instance);
    if (!parts.some(({ isDown }) => isDown)) {
      instance.status = parts.some(({ failures }) => failures > 0)
        ? 'failing'
        : parts.every(({ isKnown }) => isKnown)
          ? 'up'
          : 'new';
      instance.fellAt = undefined;
    } else if (instance.status !== 'down' || instance.hasSaidDown) this.#fall(instance);
  }

  #dropIfSpent(instance: ModelInstance): void {
    const mayGo = this.suspectUntil === undefined || instance.hasSaidDown;
    if (mayGo && partsOf(instance).some(isSpent)) instance.isGoing = true;
  }

  #fall(instance: ModelInstance): void {
    if (!instance.hasSaidDown) {
      instance.status = 'failing';
      if (this.suspectUntil === undefined && !this.isSpent && this.#isMass()) {
        this.suspectUntil = this.time + 4 * this.#rules.fail * this.#rules.intervalMs;
        for (const other of this.instances.values()) {
          if (this.#hasJustFallen(other)) other.status = 'suspect';
          other.fellAt = undefined;
        }
      }
      instance.status = this.suspectUntil === undefined ? 'down' : 'suspect';
      if (instance.status === 'down') instance.fellAt = this.time;
    } else {
      if (instance.status !== 'down') instance.fellAt = undefined;
      instance.status = 'down';
    }
  }

  #isMass(): boolean {
    const all = [...this.instances.values()];
    const ill = all.filter((one) => ['failing', 'suspect'].includes(one.status) || this.#hasJustFallen(one)).length;
    const well = all.filter((one) => one.status === 'up' && partsOf(one).length > 0).length;
    return ill >= 10 && ill > well;
  }

  #hasJustFallen({ fellAt, status }: ModelInstance): boolean {
    const roundMs = this.#rules.intervalMs + this.#rules.timeoutMs;
    return fellAt !== undefined && status === 'down' && this.time - fellAt <= roundMs;
  }
}

const partsOf = ({ checks, lease }: ModelInstance): ModelPart[] => (lease ? [...checks, lease] : checks);
const isSpent = (part: ModelPart): boolean => part.dropAfter > 0 && part.failures >= part.dropAfter;

function pass(part: ModelPart): void {
  part.isKnown = true;
  part.failures = 0;
  part.passes += 1;
  if (part.passes >= part.rise) part.isDown = false;
}

function fail(part: ModelPart, times: number): void {
  part.isKnown = true;
  part.passes = 0;
  part.failures += times;
  if (part.failures >= part.fail) part.isDown = true;
}

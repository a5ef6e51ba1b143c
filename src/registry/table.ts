/** All instances, by service and by id. */

import { isServed } from './health.ts';
import type { Instance } from './instance.ts';

/** Different questions about one service whose answers are kept. */
const MAX_ANSWERS = 64;

/** A name, and who is registered under it. */
export class Service {
  readonly name: string;
  /** By id, in the order of their registration. */
  readonly instances = new Map<string, Instance>();
  /** The number of its last change. */
  index = 0;
  /** How often it was asked for, and how often the answer was at hand. */
  asked = 0;
  hits = 0;
  /** When it was asked for last, in milliseconds since 1970. */
  askedAt = 0;
  #answers: Map<string, unknown> | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** Those given to those who ask. */
  get served(): Instance[] {
    return [...this.instances.values()].filter(({ status }) => isServed(status));
  }

  /** The answer to a question, made once and kept until something about the service changes. */
  answer<T>(question: string, make: (service: Service) => T): { readonly value: T; readonly isHit: boolean } {
    const kept = this.#answers?.get(question);
    if (kept !== undefined) return { value: kept as T, isHit: true };
    const value = make(this);
    if (this.#answers === undefined || this.#answers.size >= MAX_ANSWERS) this.#answers = new Map();
    this.#answers.set(question, value);
    return { value, isHit: false };
  }

  /** Something about it changed. */
  changed(index: number): void {
    this.index = index;
    this.#answers = undefined;
  }
}

/** The table. */
export class Table {
  readonly #services = new Map<string, Service>();
  /** Most ids are of one instance; a list is made for those that are not. */
  readonly #byId = new Map<string, Instance | Instance[]>();
  #size = 0;

  /** How many instances there are. */
  get size(): number {
    return this.#size;
  }

  /** How many services there are. */
  get serviceCount(): number {
    return this.#services.size;
  }

  /** All services. */
  services(): IterableIterator<Service> {
    return this.#services.values();
  }

  /** A service; undefined where nobody is registered under the name. */
  service(name: string): Service | undefined {
    return this.#services.get(name);
  }

  /** One instance. */
  get(name: string, id: string): Instance | undefined {
    return this.#services.get(name)?.instances.get(id);
  }

  /** All instances with this id, whatever their service. */
  withId(id: string): readonly Instance[] {
    return [this.#byId.get(id) ?? []].flat();
  }

  /** Adds an instance that is not in. */
  add(instance: Instance): void {
    const { name, id } = instance.registration;
    let service = this.#services.get(name);
    if (!service) {
      service = new Service(name);
      this.#services.set(name, service);
    }
    service.instances.set(id, instance);
    const same = this.#byId.get(id);
    this.#byId.set(id, same === undefined ? instance : [same, instance].flat());
    this.#size += 1;
  }

  /** Takes an instance out; a service with none left is no more. */
  remove(instance: Instance): void {
    const { name, id } = instance.registration;
    const service = this.#services.get(name);
    service?.instances.delete(id);
    if (service?.instances.size === 0) this.#services.delete(name);
    const others = this.withId(id).filter((one) => one !== instance);
    if (others.length === 0) this.#byId.delete(id);
    else this.#byId.set(id, others);
    this.#size -= 1;
  }
}

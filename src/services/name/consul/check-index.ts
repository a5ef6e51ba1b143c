/** Which instance a check belongs to whose client gave it an id of its own: it is asked for with each of its reports. */

import type { Instance } from '../../../registry/instance.ts';
import type { Registry } from '../../../registry/registry.ts';
import { CHECK_ID_KEY } from './input.ts';

/** Keeps up with a registry. */
export class CheckIndex {
  readonly #byId = new Map<string, Instance>();

  constructor(registry: Registry) {
    for (const { instances } of registry.services()) for (const instance of instances.values()) this.#learn(instance);
    registry.changes.subscribe(({ kind, instance }) => {
      if (kind === 'dropped') this.#forget(instance);
      else if (kind === 'registered' || kind === 'updated') this.#learn(instance);
    });
  }

  /** The instance with a check of this id; it may have another by now. */
  find(id: string): Instance | undefined {
    return this.#byId.get(id);
  }

  #learn(instance: Instance): void {
    const id = ownId(instance);
    if (id !== undefined) this.#byId.set(id, instance);
  }

  #forget(instance: Instance): void {
    const id = ownId(instance);
    if (id !== undefined && this.#byId.get(id) === instance) this.#byId.delete(id);
  }
}

function ownId({ registration }: Instance): string | undefined {
  return registration.meta.find(([key]) => key === CHECK_ID_KEY)?.[1];
}

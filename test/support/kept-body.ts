/** A sink that keeps what it gets, and what became of it. */

import { setTimeout as wait } from 'node:timers/promises';
import type { BodySink } from '../../src/clients/receive-body.ts';

export class KeptBody implements BodySink {
  readonly chunks: Uint8Array[] = [];
  /** `open`, `committed` or `discarded`. */
  end = 'open';
  /** How long the first write takes. */
  firstDelayMs = 0;

  async write(bytes: Uint8Array): Promise<void> {
    if (this.chunks.length === 0) await wait(this.firstDelayMs);
    this.chunks.push(bytes);
  }

  async commit(): Promise<void> {
    this.end = 'committed';
  }

  async discard(): Promise<void> {
    this.end = 'discarded';
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get text(): string {
    return this.bytes.toString('latin1');
  }
}

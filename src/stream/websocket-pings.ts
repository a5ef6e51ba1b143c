/** Pings (RFC 6455, section 5.5.2): they find a peer that is gone, and tell how far a peer has read. */

/** What the pings of one connection need. */
export interface PingHooks {
  /** Sends a ping frame. */
  send(payload: Buffer): void;
  /** Are we reading? While we are not, silence says nothing about the peer. */
  isListening(): boolean;
  /** The peer is gone: it has read all we said, and does not answer. */
  onDead(): void;
}

interface Pending {
  readonly number: number;
  /** How many writes there had been before it. */
  readonly writes: number;
  readonly onAnswer: () => void;
}

/**
 * Pings a silent peer. A peer that does not answer is called dead only where it had read all that was written: else it
 * may just be slow at reading, and its machine's death shows as TCP's own time-out.
 */
export class Pings {
  readonly #hooks: PingHooks;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #pending: Pending[] = [];
  #number = 0;
  #writes = 0;
  #writesRead = 0;

  /** @param everyMs milliseconds of silence before a ping, and again before the peer is given up; 0 is never */
  constructor(hooks: PingHooks, everyMs: number) {
    this.#hooks = hooks;
    if (everyMs > 0) this.#timer = setInterval(() => this.#tick(), everyMs);
  }

  /** Something was written, which keeps a slow peer from reading the next ping. */
  wrote(): void {
    this.#writes += 1;
  }

  /** Something came. */
  heard(): void {
    this.#timer?.refresh();
  }

  /** Pings now; calls back when the answer shows that the peer has read all that was written before. */
  mark(onAnswer: () => void): void {
    this.#number = (this.#number + 1) >>> 0;
    this.#pending.push({ number: this.#number, writes: this.#writes, onAnswer });
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(this.#number);
    this.#hooks.send(payload);
  }

  /** A pong came; it answers every ping up to its own. */
  answered(payload: Buffer): void {
    if (payload.length !== 4) return;
    const number = payload.readUInt32BE();
    const place = this.#pending.findIndex((ping) => ping.number === number);
    for (const ping of this.#pending.splice(0, place + 1)) {
      this.#writesRead = ping.writes;
      ping.onAnswer();
    }
  }

  /** No more pings. */
  stop(): void {
    clearInterval(this.#timer);
    this.#pending.length = 0;
  }

  #tick(): void {
    if (!this.#hooks.isListening()) return;
    if (this.#pending.length === 0) this.mark(() => {});
    else if (this.#writes === this.#writesRead) this.#hooks.onDead();
  }
}

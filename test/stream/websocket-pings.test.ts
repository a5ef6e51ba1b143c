import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pings } from '../../src/stream/websocket-pings.ts';

const EVERY_MS = 1_000;

let sent: Buffer[];
let isListening: boolean;
let deaths: number;
let pings: Pings;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  isListening = true;
  deaths = 0;
  const hooks = {
    send: (payload: Buffer) => void sent.push(payload),
    isListening: () => isListening,
    onDead: () => {
      deaths += 1;
    },
  };
  pings = new Pings(hooks, EVERY_MS);
});
afterEach(() => {
  pings.stop();
  vi.useRealTimers();
});

/** Answers the last ping, as a peer that reads. */
function pong(): void {
  pings.heard();
  pings.answered(sent.at(-1) as Buffer);
}

describe('pings', () => {
  it('go to a peer that is silent, and no further while it answers', () => {
    for (let i = 1; i <= 5; i += 1) {
      vi.advanceTimersByTime(EVERY_MS);
      expect(sent).toHaveLength(i);
      pong();
    }
    expect(deaths).toBe(0);
  });

  it('are not sent to a peer that is heard', () => {
    for (let i = 0; i < 10; i += 1) {
      vi.advanceTimersByTime(EVERY_MS - 1);
      pings.heard();
    }
    expect(sent).toHaveLength(0);
  });

  it('find a peer dead that had read everything and does not answer', () => {
    pings.wrote();
    vi.advanceTimersByTime(EVERY_MS);
    pong();
    vi.advanceTimersByTime(EVERY_MS);
    expect(deaths).toBe(0);
    vi.advanceTimersByTime(EVERY_MS);
    expect(deaths).toBe(1);
  });

  it('never find a peer dead that may just not have read all that was written', () => {
    pings.wrote();
    vi.advanceTimersByTime(100 * EVERY_MS);
    expect([sent.length, deaths]).toEqual([1, 0]);
    pong();
    pings.wrote();
    vi.advanceTimersByTime(100 * EVERY_MS);
    expect([sent.length, deaths]).toEqual([2, 0]);
  });

  it('say nothing about a peer while nobody listens', () => {
    isListening = false;
    vi.advanceTimersByTime(100 * EVERY_MS);
    expect([sent.length, deaths]).toEqual([0, 0]);
  });

  it('mark how far the peer has read; a later answer stands for earlier pings', () => {
    const read: string[] = [];
    pings.mark(() => read.push('first'));
    pings.mark(() => read.push('second'));
    pings.answered(Buffer.from('not ours'));
    pings.answered(Buffer.from([9, 9, 9, 9]));
    expect(read).toEqual([]);
    pings.answered(sent[1] as Buffer);
    expect(read).toEqual(['first', 'second']);
    pings.answered(sent[1] as Buffer);
    expect(read).toHaveLength(2);
  });
});

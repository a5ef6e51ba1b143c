import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { OUTBOX_LIMITS } from '../../../src/services/chat/limits.ts';
import { ChatLink, type LinkHandler } from '../../../src/services/chat/link.ts';
import { cutAt } from '../../support/cuts.ts';
import { heldBytes } from '../../support/heap.ts';

/** A client: what it says is pushed, what it is told it takes at once, or, while it is stalled, not at all. */
class Client extends Duplex {
  isStalled = false;
  told = '';
  #taken: (() => void) | undefined;

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.told += chunk.toString('latin1', 0, 100);
    if (this.isStalled) this.#taken = done;
    else done();
  }

  say(text: string): void {
    this.push(text, 'latin1');
  }

  hangUp(): void {
    this.push(null);
  }

  /** Reads again. */
  wake(): void {
    this.isStalled = false;
    this.#taken?.();
  }
}

interface LinkStage {
  readonly client: Client;
  readonly link: ChatLink;
  /** What happened to the session, in order. */
  readonly log: string[];
  /** Ends with the session; how is in the log. */
  readonly over: Promise<void>;
}

/** A session that writes down what happens; `onLine` may do more, and tells how long to wait. */
function stage(
  options: {
    onLine?: (text: string, stage: { link: ChatLink; client: Client }) => number | undefined;
    handler?: Partial<LinkHandler>;
    initial?: string;
    hasEnded?: boolean;
    client?: Client;
  } = {},
): LinkStage {
  const { client = new Client(), initial = '', hasEnded = false, onLine } = options;
  const log: string[] = [];
  const link = new ChatLink(client, 20);
  const handler: LinkHandler = {
    onLine({ bytes, isTooLong }) {
      const text = isTooLong ? '(too long)' : String(bytes);
      log.push(text);
      return onLine?.(text, { link, client }) ?? 0;
    },
    onEnd() {
      log.push('end');
      link.finish();
    },
    onGone: (reason) => void log.push(`gone: ${reason}`),
    onOver: () => void log.push('over'),
    ...options.handler,
  };
  const over = link
    .run(handler, Buffer.from(initial), hasEnded)
    .catch((error: Error) => void log.push(`threw: ${error.message}`));
  return { client, link, log, over };
}

/** Lets streams and turns of the event loop go by. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Makes a link full: it has more to write than may wait. */
function fill({ link, client }: Pick<LinkStage, 'link' | 'client'>): void {
  client.isStalled = true;
  while (!link.give(Buffer.alloc(100_000)));
}

const fakeTimers = (): void => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
const listenersOf = (client: Client): number =>
  ['data', 'end', 'close', 'drain'].reduce((sum, name) => sum + client.listenerCount(name), 0);
const LISTENERS_BEFORE = listenersOf(new Client());

afterEach(() => vi.useRealTimers());

describe('the lines of a client', () => {
  it('are handled one after the other, those that came before first', async () => {
    const { client, log, over } = stage({ initial: 'one\ntw' });
    client.say('o\r\nthree\nfo');
    client.say('ur');
    client.hangUp();
    await over;
    expect(log).toEqual(['one', 'two', 'three', 'four', 'end', 'over']);
  });

  it('are the same however they are cut, and whatever makes them wait', async () => {
    const bytes = Buffer.from('a\n\nbb\r\nmuch too long for this link\nc\nlast');
    const places = fc.array(fc.nat({ max: bytes.length }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(places, fc.nat({ max: bytes.length }), fc.nat({ max: 3 }), async (cuts, initial, holds) => {
        let count = 0;
        const onLine = (): number => {
          count += 1;
          return count <= holds ? 1 : 0;
        };
        const { client, log, over } = stage({ initial: String(bytes.subarray(0, initial)), onLine });
        for (const chunk of cutAt(bytes.subarray(initial), cuts)) if (chunk.length > 0) client.say(String(chunk));
        client.hangUp();
        await over;
        expect(log).toEqual(['a', '', 'bb', '(too long)', 'c', 'last', 'end', 'over']);
      }),
      { numRuns: 50 },
    );
  });

  it('are all there where the client ended before', async () => {
    const { log, over } = stage({ initial: 'one\nrest', hasEnded: true });
    await over;
    expect(log).toEqual(['one', 'rest', 'end', 'over']);
  });

  it('are handled in turn with what others do, however many there are', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { client, log } = stage();
    client.say('x\n'.repeat(1_000));
    await new Promise((resolve) => process.nextTick(resolve));
    expect(log).toHaveLength(256);
    await settle();
    expect(log).toHaveLength(1_000);
  });

  it('are handled in turn with what others do, the sooner the longer they take', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
    const { client, log } = stage({ onLine: () => void vi.advanceTimersByTime(2) });
    client.say('x\n'.repeat(5));
    await new Promise((resolve) => process.nextTick(resolve));
    expect(log).toHaveLength(3);
    await settle();
    expect(log).toHaveLength(5);
    client.destroy();
  });

  it('take the memory of their bytes while they wait, not that of lines', async () => {
    fakeTimers();
    const stages = Array.from({ length: 20 }, () => stage({ onLine: () => 1_000 }));
    await settle();
    const before = heldBytes();
    for (const { client } of stages) client.say('\n'.repeat(65_536));
    await settle();
    expect(stages.every(({ link, log }) => link.isHeld && log.length === 1)).toBe(true);
    expect((heldBytes() - before) / stages.length).toBeLessThan(4 * 65_536);
    for (const { client } of stages) client.destroy();
  });
});

describe('a client that floods', () => {
  it('is not read until its time is over, and loses nothing', async () => {
    fakeTimers();
    const { client, link, log } = stage({ onLine: (text) => (text === 'wait' ? 100 : 0) });
    client.say('wait\ntwo\n');
    await settle();
    expect([log, link.isHeld, client.isPaused()]).toEqual([['wait'], true, true]);
    client.say('three\n');
    await settle();
    vi.advanceTimersByTime(99);
    expect(log).toEqual(['wait']);
    vi.advanceTimersByTime(1);
    await settle();
    expect([log, link.isHeld, client.isPaused()]).toEqual([['wait', 'two', 'three'], false, false]);
    client.destroy();
  });

  it('and ends, has every line handled first', async () => {
    fakeTimers();
    const { client, log, over } = stage({ onLine: () => 100 });
    client.say('one\ntwo\nrest');
    client.hangUp();
    for (let i = 0; i < 3; i += 1) {
      await settle();
      vi.advanceTimersByTime(100);
    }
    await over;
    expect(log).toEqual(['one', 'two', 'rest', 'end', 'over']);
  });

  it('is as good as heard when its time is over', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const { client, link } = stage({ onLine: () => 5_000 });
    const start = performance.now();
    client.say('one\n');
    await settle();
    vi.advanceTimersByTime(5_000);
    expect(link.heardAt).toBe(start + 5_000);
    client.destroy();
  });
});

describe('a client that speaks to a slow one', () => {
  /** Whoever says `slow` waits for the others. */
  const waitFor =
    (...others: LinkStage[]) =>
    (text: string, { link }: { link: ChatLink }): undefined => {
      if (text === 'slow') for (const other of others) link.waitFor(other.link);
    };

  it('is not read until the slow one has read', async () => {
    const slow = stage();
    fill(slow);
    const { client, link, log } = stage({ onLine: waitFor(slow) });
    client.say('slow\ntwo\n');
    await settle();
    expect([log, link.isHeld, client.isPaused()]).toEqual([['slow'], true, true]);
    slow.client.wake();
    await settle();
    expect([log, link.isHeld]).toEqual([['slow', 'two'], false]);
  });

  it.each<[string, (slow: LinkStage) => void]>([
    ['is gone', ({ client }) => client.destroy()],
    ['breaks off', ({ client }) => client.destroy(new Error('reset'))],
    ['is dropped', () => vi.advanceTimersByTime(OUTBOX_LIMITS.patienceMs)],
    [
      'is sent away and reads',
      ({ client, link }) => {
        link.finish();
        client.wake();
      },
    ],
    [
      'is sent away and does not read',
      ({ link }) => {
        link.finish();
        vi.advanceTimersByTime(OUTBOX_LIMITS.patienceMs);
      },
    ],
  ])('goes on when the slow one %s', async (_what, act) => {
    fakeTimers();
    const slow = stage();
    fill(slow);
    const { client, log } = stage({ onLine: waitFor(slow) });
    client.say('slow\ntwo\n');
    await settle();
    expect(log).toEqual(['slow']);
    act(slow);
    await settle();
    expect(log).toEqual(['slow', 'two']);
  });

  it('waits for all of several, and for each once', async () => {
    const slow = [stage(), stage()];
    for (const one of slow) fill(one);
    const { client, log } = stage({ onLine: waitFor(...slow, ...slow) });
    client.say('slow\ntwo\n');
    await settle();
    slow[0]!.client.wake();
    await settle();
    expect(log).toEqual(['slow']);
    slow[1]!.client.wake();
    await settle();
    expect(log).toEqual(['slow', 'two']);
  });

  it('does not wait for one that has room again, or is over', async () => {
    const [ready, over] = [stage(), stage()];
    fill(ready);
    ready.client.wake();
    await settle();
    fill(over);
    over.link.finish();
    const { client, log, link } = stage({ onLine: waitFor(ready, over) });
    client.say('slow\ntwo\n');
    await settle();
    expect([log, link.isHeld]).toEqual([['slow', 'two'], false]);
  });

  it('waits for itself, where it does not read what it is answered', async () => {
    fakeTimers();
    const answer = Buffer.alloc(100_000);
    const onLine = (_text: string, { link }: { link: ChatLink }): undefined => void link.give(answer);
    const { client, log, over } = stage({ onLine });
    client.isStalled = true;
    client.say('x\n'.repeat(1_000));
    await settle();
    const handled = log.length;
    expect(handled * answer.length).toBeLessThan(OUTBOX_LIMITS.bytes + 2 * OUTBOX_LIMITS.joinBytes + answer.length);
    client.wake();
    await settle();
    expect(log.length).toBeGreaterThan(handled);
    client.isStalled = true;
    await settle();
    vi.advanceTimersByTime(OUTBOX_LIMITS.patienceMs);
    await over;
    expect(log.slice(-3)).toEqual([expect.stringMatching(/^gone: reads too slowly/), 'over', expect.any(String)]);
  });
});

describe('a client that does not read', () => {
  it('is dropped when too much has waited for too long', async () => {
    fakeTimers();
    const one = stage();
    fill(one);
    vi.advanceTimersByTime(OUTBOX_LIMITS.patienceMs - 1);
    expect(one.log).toEqual([]);
    vi.advanceTimersByTime(1);
    await one.over;
    expect(one.client.destroyed).toBe(true);
    expect(one.log).toEqual([
      expect.stringMatching(/^gone: reads too slowly/),
      'over',
      expect.stringMatching(/^threw: chat: reads too slowly/),
    ]);
  });

  it('is not, where little waits, for however long', async () => {
    fakeTimers();
    const { client, link, log } = stage();
    client.isStalled = true;
    for (let i = 0; i < 10; i += 1) link.give(Buffer.alloc(100_000));
    await settle();
    vi.advanceTimersByTime(3_600_000);
    expect(log).toEqual([]);
    client.destroy();
  });
});

describe('a handler that throws', () => {
  const bug = (): never => {
    throw new Error('bug');
  };

  it('ends its own session only, and is told', async () => {
    const other = stage();
    const { client, log, over } = stage({ onLine: bug });
    client.say('one\ntwo\n');
    await over;
    expect([log, client.destroyed]).toEqual([['one', 'gone: internal error', 'over', 'threw: bug'], true]);
    other.client.say('x\n');
    await settle();
    expect(other.log).toEqual(['x']);
  });

  it('ends it at the end of the client, too', async () => {
    const { client, log, over } = stage({ handler: { onEnd: bug } });
    client.hangUp();
    await over;
    expect(log).toEqual(['gone: internal error', 'over', 'threw: bug']);
  });

  it.each<[string, string, (stage: LinkStage) => void]>([
    ['the connection is gone', 'second bug', ({ client }) => client.destroy()],
    ['a line was a bug already', 'bug', ({ client }) => client.say('bug\n')],
    [
      'the client is too slow',
      'second bug',
      (one) => {
        fill(one);
        vi.advanceTimersByTime(OUTBOX_LIMITS.patienceMs);
      },
    ],
  ])('while %s, harms nobody else, and is told: %s', async (_what, told, act) => {
    fakeTimers();
    const handler = {
      onGone: () => {
        throw new Error('second bug');
      },
    };
    const one = stage({ onLine: bug, handler });
    act(one);
    await one.over;
    expect(one.log.slice(-2)).toEqual(['over', `threw: ${told}`]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('finishing', () => {
  it('writes everything, in order, and reads nothing more', async () => {
    const { client, link, log, over } = stage({
      onLine: (_text, { link }) => {
        for (const word of ['a', 'b', 'c']) link.give(Buffer.from(word));
        link.finish();
        link.give(Buffer.from('too late'));
        return 0;
      },
    });
    client.isStalled = true;
    client.say('one\ntwo\n');
    await settle();
    client.say('three\n');
    client.wake();
    await over;
    expect([client.told, log, client.destroyed]).toEqual(['abc', ['one', 'over'], false]);
    link.finish();
    await settle();
    expect(log).toEqual(['one', 'over']);
  });

  it('keeps nothing of what comes all the same', async () => {
    const { client, link } = stage();
    client.isStalled = true;
    link.give(Buffer.alloc(200_000));
    await settle();
    link.finish();
    const before = heldBytes();
    for (let i = 0; i < 200; i += 1) {
      client.push(Buffer.alloc(100_000));
      await settle();
    }
    expect(heldBytes() - before).toBeLessThan(1_000_000);
    client.destroy();
  });

  it('takes as long as the client reads something, and drops it where it does not', async () => {
    fakeTimers();
    const one = stage();
    one.client.isStalled = true;
    one.link.give(Buffer.alloc(200_000));
    one.link.give(Buffer.alloc(200_000));
    await settle();
    one.link.finish();
    vi.advanceTimersByTime(OUTBOX_LIMITS.patienceMs);
    await one.over;
    expect([one.log, one.client.destroyed]).toEqual([['over', expect.stringMatching(/^threw: .*too slowly/)], true]);
  });
});

describe('a connection that is gone', () => {
  const slow = (): LinkStage => {
    const one = stage();
    fill(one);
    return one;
  };

  it.each<[string, () => LinkStage]>([
    ['before it is read', () => stage({ client: new Client().destroy() })],
    ['while nothing happens', () => stage()],
    ['in the middle of a line', () => stage({ initial: 'hal' })],
    ['while its flood holds it', () => stage({ initial: 'a\nb\n', onLine: () => 1_000 })],
    [
      'while a slow one holds it',
      () => {
        const other = slow();
        return stage({ initial: 'a\nb\n', onLine: (_text, { link }) => void link.waitFor(other.link) });
      },
    ],
    ['while it is full', slow],
    ['while its turn is over', () => stage({ initial: 'x\n'.repeat(5_000) })],
    [
      'with something to write',
      () => stage({ initial: 'a\n', onLine: (_t, { link }) => void link.give(Buffer.from('b')) }),
    ],
    [
      'while it finishes',
      () => {
        const one = slow();
        one.link.finish();
        return one;
      },
    ],
    ['by its own handler', () => stage({ initial: 'a\nb\n', onLine: (_text, { client }) => void client.destroy() })],
    [
      'by an error',
      () => {
        const one = stage();
        one.client.destroy(new Error('reset'));
        return one;
      },
    ],
  ])('%s is over once, and leaves no timer and no listener', async (_what, arrange) => {
    fakeTimers();
    const one = arrange();
    await settle();
    one.client.destroy();
    await one.over;
    await settle();
    vi.advanceTimersByTime(1_000_000);
    await settle();
    expect(one.log.filter((entry) => entry === 'over')).toHaveLength(1);
    expect(one.log.filter((entry) => entry.startsWith('gone')).length).toBeLessThanOrEqual(1);
    expect(one.log.at(-1)).toBe('over');
    expect(listenersOf(one.client)).toBe(LISTENERS_BEFORE);
    expect([one.log.length < 5_000, vi.getTimerCount()]).toEqual([true, 0]);
  });

  it('is told apart from one that broke', async () => {
    const [gone, broken] = [stage(), stage()];
    gone.client.destroy();
    broken.client.destroy(new Error('reset'));
    await Promise.all([gone.over, broken.over]);
    expect([gone.log, broken.log]).toEqual([
      ['gone: connection closed', 'over'],
      ['gone: connection lost', 'over'],
    ]);
  });

  it('leaves nothing when all went well, either', async () => {
    fakeTimers();
    const { client, over } = stage({ initial: 'a\n', hasEnded: true });
    await over;
    expect([listenersOf(client), vi.getTimerCount()]).toEqual([LISTENERS_BEFORE, 0]);
  });
});

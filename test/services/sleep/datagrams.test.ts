import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sleep } from '../../../src/services/sleep.ts';
import { createState, type SleepState } from './support.ts';

const GROWTH_BYTES = 64;

interface Caller {
  readonly state: SleepState;
  ask(message: string | Uint8Array, port?: number): Promise<string | undefined>;
  stop(): void;
}

async function createCaller(): Promise<Caller> {
  const state = await createState();
  const stop = new AbortController();
  const context = { options: { maxSleep: 1 }, state, signal: stop.signal, graceMs: 0, hold: () => () => {} };
  return {
    state,
    async ask(message, port = 1) {
      const bytes = Buffer.from(message);
      const peer = {
        scheme: 'udp' as const,
        host: '127.0.0.1',
        port,
        path: '',
        maxAnswer: bytes.length + GROWTH_BYTES,
      };
      return (await sleep.datagram?.(bytes, peer, context))?.toString();
    },
    stop: () => stop.abort('draining'),
  };
}

const call = (params: unknown, id: unknown = 1): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method: 'sleep', params });

describe('the sleep service over UDP', () => {
  it('answers a JSON-RPC object whole, with the line end it came with', async () => {
    const { ask } = await createCaller();
    expect(await ask(call([0.01]))).toMatch(/^\{.*"started":[\d.]+,"ended":[\d.]+\}\}$/);
    expect(await ask(`${call([0.01])}\r\n`)).toMatch(/\}\}\r\n$/);
  });

  it('answers a plain line', async () => {
    const { ask } = await createCaller();
    expect(await ask('sleep 0.01')).toMatch(/^ok slept 0\.\d{6} s$/);
    expect(await ask('sleep 0 tea\n')).toMatch(/^ok slept 0\.\d{6} s tea\n$/);
    expect(await ask('x\n')).toBe('error unknown command; try sleep 2.5\n');
  });

  it('never says more than the peer may get, and never half an object', async () => {
    const { ask } = await createCaller();
    const texts = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc.json({ maxDepth: 1 }),
      fc
        .tuple(fc.constantFrom(0, 1e-7, -1, 1e30, 'x', null), fc.oneof(fc.string(), fc.integer()))
        .map(([seconds, id]) => call([seconds], id)),
      fc.string().map((name) => call({ [name]: 1 })),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const answer = await ask(text);
        if (answer === undefined) return;
        expect(Buffer.byteLength(answer)).toBeLessThanOrEqual(Buffer.byteLength(text) + GROWTH_BYTES);
        if (/^\s*\{/.test(text)) expect(JSON.parse(answer)).toMatchObject({ jsonrpc: '2.0' });
      }),
    );
  });

  it('leaves out start and end where they do not fit', async () => {
    const { ask } = await createCaller();
    const answer = JSON.parse((await ask('{"jsonrpc":"2.0","method":"sleep","params":[1e-1],"id":1}')) ?? '');
    expect(answer.result.slept).toBeGreaterThanOrEqual(0.1);
    const short = JSON.parse((await ask('{"id":1,"jsonrpc":"2.0","method":"sleep","params":[1e-9]}')) ?? '');
    expect(short.result.requested).toBe(1e-9);
  });

  it('answers no answer, so that two servers stop', async () => {
    const { ask } = await createCaller();
    for (const text of [
      'ok slept 1 s',
      'error unknown command',
      ' ERROR x',
      '',
      '\n',
      '{"jsonrpc":"2.0","id":1,"result":1}',
    ]) {
      expect(await ask(text)).toBeUndefined();
    }
    const refusal = (await ask('{"jsonrpc":"2.0","id":1,"method":"x"}')) ?? '';
    expect(await ask(refusal)).toBeUndefined();
  });

  it('refuses batches', async () => {
    const { ask } = await createCaller();
    expect(await ask(`[${call([0])},${call([0])}]`)).toContain('-32600');
  });

  it('keeps the callers apart, refuses an id in flight, cancels, and forgets who is answered', async () => {
    const { ask, state } = await createCaller();
    const first = ask(call([60]), 1);
    const second = ask(call([60]), 2);
    expect(await ask(call([0]), 1)).toContain('-32600');
    const stop = JSON.stringify({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } });
    expect(await ask(stop, 1)).toBeUndefined();
    expect(await first).toContain('-32800');
    expect(state.inFlight).toBe(1);
    await ask(stop, 2);
    expect(await second).toContain('-32800');
    expect(state.inFlight).toBe(0);
  });

  it('frees everything when the server drains', async () => {
    const { ask, state, stop } = await createCaller();
    const pending = Array.from({ length: 50 }, (_, port) => ask('sleep 60', port));
    stop();
    await Promise.all(pending);
    expect({ inFlight: state.inFlight, timers: state.sleeper.pending }).toEqual({ inFlight: 0, timers: 0 });
    expect(await ask('sleep 0')).toBeUndefined();
  });
});

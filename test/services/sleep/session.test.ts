import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MAX_IN_FLIGHT, MAX_IN_FLIGHT_TOTAL } from '../../../src/services/sleep/calls.ts';
import { call, cancel, createState, DAY_MS, type FakeSession, fakeSession } from './support.ts';

const parse = (lines: readonly string[]): Record<string, unknown>[] => lines.map((line) => JSON.parse(line));

async function answersTo(text: string, count: number): Promise<Record<string, unknown>[]> {
  const session = await fakeSession();
  session.client.write(text);
  const answers = parse(await session.lines(count));
  session.client.end();
  await session.over;
  return answers;
}

async function untilInFlight(session: FakeSession, count: number): Promise<void> {
  while (session.state.inFlight !== count) await nextTurn();
}

describe('a sleep session in JSON-RPC', () => {
  it('answers calls as their sleeps end, with what was asked and how long it took', async () => {
    const answers = await answersTo(call('slow', { seconds: 0.4 }) + call('fast', [0.2]) + call(3, [0]), 3);
    expect(answers.map(({ id }) => id)).toEqual([3, 'fast', 'slow']);
    const { requested, slept, started, ended } = answers[2]!['result'] as Record<string, number>;
    expect(requested).toBe(0.4);
    expect(slept).toBeGreaterThanOrEqual(0.4);
    expect(Number.isInteger(slept! * 1e6) || Math.abs(slept! * 1e6 - Math.round(slept! * 1e6)) < 1e-3).toBe(true);
    expect(Math.abs(Date.now() / 1_000 - started!)).toBeLessThan(60);
    expect(ended! - started!).toBeGreaterThan(0);
  });

  it('answers a client that has half-closed before the session ends', async () => {
    const session = await fakeSession();
    session.client.end(call(1, [0.3]) + call(2, [0.1]));
    expect(parse(await session.lines(2)).map(({ id }) => id)).toEqual([2, 1]);
    await session.over;
  });

  it.each([
    ['NaN', '{"jsonrpc":"2.0","id":1,"method":"sleep","params":[NaN]}\n', -32_700, null],
    ['"NaN"', call(1, ['NaN']), -32_602, 1],
    ['-1', call(1, [-1]), -32_602, 1],
    ['1e400', '{"jsonrpc":"2.0","id":1,"method":"sleep","params":[1e400]}\n', -32_602, 1],
    ['10^400 in digits', `{"jsonrpc":"2.0","id":1,"method":"sleep","params":[1${'0'.repeat(400)}]}\n`, -32_602, 1],
    ['366 days', call(1, [366 * 86_400]), -32_602, 1],
    ['a deadline that is too short', call(1, { seconds: 10, deadlineMs: 9_999 }), -32_002, 1],
    ['another method', call(1, [1], 'toString'), -32_601, 1],
  ])('refuses %s at once', async (_what, text, code, id) => {
    // The opening brace makes it a JSON-RPC connection.
    expect(await answersTo(text, 1)).toEqual([
      expect.objectContaining({ id, error: expect.objectContaining({ code }) }),
    ]);
  });

  it('keeps 2^31 ms and 30 days pending, and frees everything when the connection is gone', async () => {
    const session = await fakeSession();
    session.client.write(
      call(1, [2 ** 31 / 1_000]) + call(2, [30 * 86_400]) + call(3, [365 * 86_400]) + call(4, [0.05]),
    );
    expect(parse(await session.lines(1))).toMatchObject([{ id: 4 }]);
    expect({ inFlight: session.state.inFlight, holds: session.holds() }).toEqual({ inFlight: 3, holds: 1 });
    session.conn.destroy();
    await session.over;
    expect({ inFlight: session.state.inFlight, holds: session.holds() }).toEqual({ inFlight: 0, holds: 0 });
    expect(session.state.sleeper.pending).toBe(0);
  });

  it('cancels a call by its id, on its own connection only', async () => {
    const state = await createState();
    const [mine, other] = [await fakeSession({ state }), await fakeSession({ state })];
    mine.client.write(call(1, [DAY_MS]) + call('1', [DAY_MS / 1_000]) + call(2, [60]));
    expect(parse(await mine.lines(1))).toMatchObject([{ id: 1, error: { code: -32_602 } }]);
    await untilInFlight(mine, 2);
    other.client.end(cancel(2) + call(9, { id: 2 }, '$/cancelRequest'));
    expect(parse(await other.lines(1))).toMatchObject([{ id: 9, result: false }]);
    mine.client.end(cancel(2) + cancel('1') + cancel(7));
    expect(parse(await mine.lines(2))).toMatchObject([
      { id: 2, error: { code: -32_800 } },
      { id: '1', error: { code: -32_800 } },
    ]);
    await Promise.all([mine.over, other.over]);
    expect(state.sleeper.pending).toBe(0);
  });

  it('refuses an id that is in flight, and takes it again later', async () => {
    const session = await fakeSession();
    session.client.write(call(1, [0.2]) + call(1, [0]));
    expect(parse(await session.lines(2))).toMatchObject([
      { id: 1, error: { code: -32_600 } },
      { id: 1, result: {} },
    ]);
    session.client.end(call(1, [0]));
    expect(parse(await session.lines(1))).toMatchObject([{ id: 1, result: {} }]);
    await session.over;
  });

  it('answers a batch together, and notifications not at all', async () => {
    const note = { jsonrpc: '2.0', method: 'sleep', params: [60] };
    const asked = [{ jsonrpc: '2.0', id: 1, method: 'sleep', params: [0.02] }, note, { jsonrpc: '2.0', id: 2 }];
    const text = `${JSON.stringify([note])}\n${JSON.stringify(note)}\n${JSON.stringify(asked)}\n`;
    const [answer] = await answersTo(text, 1);
    expect(answer).toMatchObject([
      { id: 1, result: { requested: 0.02 } },
      { id: 2, error: { code: -32_600 } },
    ]);
  });

  it('tells the progress only where it was asked for', async () => {
    const session = await fakeSession();
    session.client.end(call(1, { seconds: 0.25, progressEvery: 0.1 }) + call(2, [0.2]));
    const said = parse(await session.lines(4));
    const notes = said.filter(({ method }) => method === '$/progress');
    expect(notes).toHaveLength(2);
    expect(notes[0]!['params']).toMatchObject({ id: 1, requested: 0.25 });
    expect((notes[0]!['params'] as { slept: number }).slept).toBeGreaterThanOrEqual(0.1);
    expect(said.at(-1)).toMatchObject({ id: 1, result: { requested: 0.25 } });
    await session.over;
    expect(session.state.sleeper.pending).toBe(0);
  });

  it('is busy past its cap, at once, and serves again afterwards', async () => {
    const session = await fakeSession();
    for (let id = 0; id < MAX_IN_FLIGHT; id += 1) session.client.write(call(id, [60]));
    session.client.write(call('more', [0]));
    expect(parse(await session.lines(1))).toMatchObject([{ id: 'more', error: { code: -32_000 } }]);
    session.client.end(cancel(5) + call('again', [0]));
    expect(parse(await session.lines(2))).toMatchObject([{ id: 5 }, { id: 'again', result: {} }]);
    session.conn.destroy();
    await session.over;
  });

  it("is busy past the server's cap", async () => {
    const session = await fakeSession();
    session.state.inFlight = MAX_IN_FLIGHT_TOTAL;
    session.client.end(call(1, [0]));
    expect(parse(await session.lines(1))).toMatchObject([{ id: 1, error: { code: -32_000 } }]);
    await session.over;
  });

  it('ends with an error after a line of 1 MiB, once what is in flight is answered', async () => {
    const session = await fakeSession();
    session.client.write(call(1, [0.02]));
    session.client.end(`{"jsonrpc":"${'x'.repeat(2 ** 20)}`);
    expect(parse(await session.lines(2))).toMatchObject([
      { id: null, error: { code: -32_700 } },
      { id: 1, result: {} },
    ]);
    await session.over;
  });

  it('stops reading a client that does not read, and loses nothing', async () => {
    const session = await fakeSession();
    const count = 20_000;
    let taken = 0;
    for (let id = 0; id < count; id += 1) session.client.write(call(id, [-1]), () => (taken += 1));
    while (!session.conn.writableNeedDrain) await nextTurn();
    for (let turn = 0; turn < 200; turn += 1) await nextTurn();
    expect(taken).toBeLessThan(count / 2);
    expect(session.conn.writableLength).toBeLessThan(1_000_000);
    const answers = parse(await session.lines(count));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(count);
    session.client.end();
    await session.over;
  });
});

describe('a sleep session by hand', () => {
  it('answers plain lines, with the id where one was given', async () => {
    const session = await fakeSession();
    session.client.end('\r\nsleep 0.3 tea\r\nSLEEP 0.1\n\nnonsense\nhelp\nsleep NaN\n');
    const lines = await session.lines(5);
    expect(lines.slice(0, 3)).toEqual([
      'error unknown command; try sleep 2.5',
      'ok commands: sleep SECONDS [ID], cancel ID, help',
      'error seconds must be a number from 0 to 31536000',
    ]);
    expect(lines[3]).toMatch(/^ok slept 0\.\d{6} s$/);
    expect(lines[4]).toMatch(/^ok slept 0\.\d{6} s tea$/);
    await session.over;
  });

  it('cancels by number or by id', async () => {
    const session = await fakeSession();
    session.client.end('sleep 60\nsleep 60 tea\nsleep 60\ncancel 3\ncancel tea\ncancel 2\ncancel 1\n');
    expect((await session.lines(4)).toSorted()).toEqual([
      'error cancelled',
      'error cancelled',
      'error cancelled tea',
      'error no such sleep in flight: 2',
    ]);
    await session.over;
  });

  it('answers a last line without a line end', async () => {
    const session = await fakeSession();
    session.client.end('sleep 0');
    expect(await session.lines(1)).toEqual([expect.stringMatching(/^ok slept 0\.\d{6} s$/)]);
    await session.over;
  });
});

describe('a sleep session while the server drains', () => {
  it('cancels what outlasts the grace, lets the rest finish, takes no more, and ends', async () => {
    const session = await fakeSession({ graceMs: 10_000 });
    session.client.write(call('short', [0.5]) + call('long', [60]));
    await untilInFlight(session, 2);
    session.drain();
    session.client.write(call('new', [0]));
    expect(parse(await session.lines(3))).toMatchObject([
      { id: 'long', error: { code: -32_001 } },
      { id: 'new', error: { code: -32_001 } },
      { id: 'short', result: { requested: 0.5 } },
    ]);
    await session.over;
    expect(session.state.sleeper.pending).toBe(0);
  });

  it('ends at once where nothing is in flight, before or after the first byte', async () => {
    const quiet = await fakeSession();
    quiet.drain();
    await quiet.over;
    const idle = await fakeSession();
    idle.client.write('sleep 0\n');
    await idle.lines(1);
    idle.drain();
    await idle.over;
  });
});

describe('a sleep session over HTTP', () => {
  const post = (body: string, path = '/rpc'): string =>
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

  async function ask(request: string): Promise<string> {
    const session = await fakeSession();
    session.client.end(request);
    const over = session.over.finally(() => session.conn.end());
    const said = await session.client.toArray();
    await over;
    return said.join('');
  }

  it('answers POST /rpc with the same answer', async () => {
    const said = await ask(post(call(1, [0.01])));
    expect(said).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*content-type: application\/json\r\n/i);
    expect(JSON.parse(said.split('\r\n\r\n')[1]!)).toMatchObject({ id: 1, result: { requested: 0.01 } });
  });

  it.each([
    ['a notification with 204', post('{"jsonrpc":"2.0","method":"sleep","params":[9]}'), 204],
    ['another path with 404', post(call(1, [0]), '/'), 404],
    ['GET with 405', 'GET /rpc HTTP/1.1\r\nHost: localhost\r\n\r\n', 405],
    ['another name for this machine with 403', 'GET /rpc HTTP/1.1\r\nHost: evil.example\r\n\r\n', 403],
  ])('answers %s', async (_what, request, status) => {
    expect(await ask(request)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it('answers the call in flight when the server drains', async () => {
    const session = await fakeSession();
    session.client.write(post(call(1, [60])));
    await untilInFlight(session, 1);
    session.drain();
    await session.over;
    session.conn.end();
    expect((await session.client.toArray()).join('')).toContain('-32001');
  });
});

import { type Duplex, duplexPair } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { NettkError } from '../../src/errors.ts';
import { parseSleepParams, sleepCall } from '../../src/protocols/sleep.ts';
import { readLines } from '../../src/stream/lines.ts';

const read = (params: unknown) => parseSleepParams(params, 3_600);

describe('parseSleepParams', () => {
  it.each([
    [[2.5], { seconds: 2.5 }],
    [{ seconds: 0 }, { seconds: 0 }],
    [[1, 2_000, 0.5], { seconds: 1, deadlineMs: 2_000, progressEvery: 0.5 }],
    [
      { seconds: 3_600, deadlineMs: 3_600_000 },
      { seconds: 3_600, deadlineMs: 3_600_000 },
    ],
  ])('reads %j', (params, expected) => {
    expect(read(params)).toEqual(expected);
  });

  it.each([
    [undefined],
    [[]],
    [{}],
    [[null]],
    [['1']],
    [[-1]],
    [[-Number.MIN_VALUE]],
    [[Number.NaN]],
    [JSON.parse('[1e400]')],
    [[Number.NEGATIVE_INFINITY]],
    [[3_600.001]],
    [[[1]]],
    [[{ valueOf: 1 }]],
    [[true]],
  ])('refuses seconds in %j and names the limit', (params) => {
    expect(() => read(params)).toThrow(
      expect.objectContaining({ code: -32_602, message: expect.stringContaining('3600') }),
    );
  });

  it('refuses what it does not know, absolute deadlines and prototype names included', () => {
    const invalid = expect.objectContaining({ code: -32_602 });
    expect(() => read({ second: 1 })).toThrow(invalid);
    expect(() => read([1, 2, 3, 4])).toThrow(invalid);
    expect(() => read({ seconds: 1, deadlineMs: Date.now() })).toThrow(invalid);
    expect(() => read({ seconds: 1, progressEvery: 0.01 })).toThrow(invalid);
    expect(() => read(JSON.parse('{"__proto__":1,"seconds":1}'))).toThrow(invalid);
  });

  it('refuses a deadline shorter than the sleep', () => {
    expect(() => read({ seconds: 1, deadlineMs: 999 })).toThrow(expect.objectContaining({ code: -32_002 }));
  });
});

describe('sleepCall', () => {
  const result = { requested: 0.5, slept: 0.500112, started: 1_795_423_640.123, ended: 1_795_423_640.623 };

  /** Answers the first line with these lines, then leaves the connection open. */
  async function serverSaying(conn: Duplex, ...lines: readonly object[]): Promise<string> {
    for await (const line of readLines(conn)) {
      for (const answer of lines) conn.write(`${JSON.stringify({ jsonrpc: '2.0', ...answer })}\n`);
      return line;
    }
    return '';
  }

  it('asks and resolves with the answer, past notes it did not ask for', async () => {
    const [client, server] = duplexPair();
    const asked = serverSaying(server, { method: '$/progress', params: {} }, { id: 7, result: 1 }, { id: 1, result });
    expect(await sleepCall(client, 0.5, { deadlineMs: 900 })).toEqual(result);
    expect(JSON.parse(await asked)).toEqual({
      jsonrpc: '2.0',
      id: 1,
      method: 'sleep',
      params: { seconds: 0.5, deadlineMs: 900 },
    });
  });

  it.each([
    [-32_000, 'BUSY'],
    [-32_001, 'CANCELLED'],
    [-32_002, 'DEADLINE'],
    [-32_602, 'REFUSED'],
    [-32_800, 'CANCELLED'],
    [-1, 'REFUSED'],
  ])('turns the error %i into %s', async (code, expected) => {
    const [client, server] = duplexPair();
    const answered = serverSaying(server, { id: 1, error: { code, message: 'no\u001b[2J' } });
    const error = await sleepCall(client, 0.5).catch((caught: unknown) => caught);
    await answered;
    expect(error).toBeInstanceOf(NettkError);
    expect(error).toMatchObject({ code: expected });
    expect((error as NettkError).message).not.toContain('\u001b');
  });

  it.each([
    ['no JSON-RPC', { jsonrpc: '1.0', id: 1, result }],
    ['early', { id: 1, result: { ...result, slept: 0.4999 } }],
    ['another call', { id: 1, result: { ...result, requested: 0.4 } }],
    ['incomplete', { id: 1, result: { requested: 0.5 } }],
  ])('refuses an answer that is %s', async (_what, answer) => {
    const [client, server] = duplexPair();
    const answered = serverSaying(server, answer);
    await expect(sleepCall(client, 0.5)).rejects.toMatchObject({ code: 'PROTOCOL' });
    await answered;
  });

  it('says so when the server hangs up', async () => {
    const [client, server] = duplexPair();
    server.end();
    await expect(sleepCall(client, 0.5)).rejects.toMatchObject({ code: 'NO_ANSWER' });
  });

  it('cancels the sleep when its signal aborts, and rejects with the reason', async () => {
    const [client, server] = duplexPair();
    const stop = new AbortController();
    const call = sleepCall(client, 0.5, { signal: stop.signal });
    const lines = readLines(server);
    await lines.next();
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(JSON.parse((await lines.next()).value as string)).toMatchObject({
      method: '$/cancelRequest',
      params: { id: 1 },
    });
  });
});

import { describe, expect, it } from 'vitest';
import { tryEach } from '../../src/clients/try-each.ts';
import { type ErrorCode, NettkError } from '../../src/errors.ts';

const failure = (code: ErrorCode, action = 'connect tcp://127.0.0.1:1') => new NettkError({ code, action });

/** Attempts that fail with these, or give their place. */
function attempts(...errors: (Error | undefined)[]) {
  const tried: number[] = [];
  const attempt = async (at: number): Promise<string> => {
    tried.push(at);
    const error = errors[at];
    if (error) throw error;
    return `at ${at}`;
  };
  return { tried, attempt, targets: errors.map((_, i) => i) };
}

describe('tryEach', () => {
  it('takes the first that somebody is at, and tells of those before', async () => {
    const silent = failure('NO_ANSWER', 'ask udp://127.0.0.1:1');
    const { attempt, targets, tried } = attempts(
      failure('ECONNREFUSED'),
      failure('TIMEOUT'),
      silent,
      undefined,
      undefined,
    );
    const told: string[] = [];
    expect(await tryEach('echo', targets, attempt, ({ code }) => told.push(code))).toBe('at 3');
    expect([tried, told]).toEqual([
      [0, 1, 2, 3],
      ['ECONNREFUSED', 'TIMEOUT', 'NO_ANSWER'],
    ]);
  });

  it.each([
    ['a broken conversation', failure('ECONNRESET', 'ask tcp://127.0.0.1:1')],
    ['an answer that is late', failure('TIMEOUT', 'sleep at tcp://127.0.0.1:1')],
    ['a wrong certificate', failure('UNVERIFIED')],
    ['a bug', new TypeError('bug')],
  ])('does not go on after %s', async (_what, error) => {
    const { attempt, targets, tried } = attempts(error, undefined);
    await expect(tryEach('echo', targets, attempt)).rejects.toBe(error);
    expect(tried).toEqual([0]);
  });

  it('says why where nobody is at any, and of a single one just what happened', async () => {
    const one = attempts(failure('ECONNREFUSED'));
    await expect(tryEach('echo', one.targets, one.attempt)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const two = attempts(failure('ECONNREFUSED'), failure('ECONNREFUSED'));
    await expect(tryEach('echo', two.targets, two.attempt)).rejects.toMatchObject({
      exit: 1,
      message:
        'echo: nobody is there at any of 2 servers; the last: connect tcp://127.0.0.1:1: connection refused (ECONNREFUSED)',
    });
  });
});

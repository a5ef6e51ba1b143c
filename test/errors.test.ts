import { describe, expect, it } from 'vitest';
import {
  ERRORS,
  type ErrorCode,
  EXIT_STATUS,
  errorCode,
  NettkError,
  usageError,
  wrapSystemError,
} from '../src/errors.ts';

describe('NettkError', () => {
  it.each(Object.keys(ERRORS) as ErrorCode[])('of code %s says what was done and why, and knows its exit', (code) => {
    const error = new NettkError({ code, action: 'do it' });
    const { text, blame } = ERRORS[code];
    expect(error.message).toBe(/^E/.test(code) ? `do it: ${text} (${code})` : `do it: ${text}`);
    expect(error).toMatchObject({ name: 'NettkError', code, action: 'do it', blame, exit: EXIT_STATUS[blame] });
  });

  it('takes a reason, a hint, a blame and an exit status of its own, and keeps its cause', () => {
    const cause = new Error('why');
    const facts = { code: 'ENOENT', action: 'a', reason: 'r', hint: 'h', blame: 'them', cause } as const;
    const error = new NettkError(facts);
    expect(error).toMatchObject({ message: 'a: r (ENOENT)', hint: 'h', blame: 'them', exit: 1, cause });
    expect(new NettkError({ ...facts, exit: 37 }).exit).toBe(37);
  });

  it('with another exit status is the same failure', () => {
    const cause = new Error('why');
    const error = new NettkError({ code: 'ENOSPC', action: 'write', hint: 'h', blame: 'you', cause });
    const other = error.withExit(23);
    expect(other).toMatchObject({ message: error.message, hint: 'h', blame: 'you', exit: 23, cause });
    expect(error.exit).toBe(2);
  });
});

describe('errorCode', () => {
  it('finds the code of a system error, also the first in an aggregate', () => {
    const refused = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
    expect(errorCode(refused)).toBe('ECONNREFUSED');
    expect(errorCode(new AggregateError([refused, new Error('y')]))).toBe('ECONNREFUSED');
  });

  it.each([
    [undefined],
    [null],
    ['EPIPE'],
    [new Error('x')],
    [{ code: 7 }],
    [new AggregateError([])],
  ])('is empty for %s', (error) => {
    expect(errorCode(error)).toBe('');
  });
});

describe('wrapSystemError', () => {
  it('gives a code of the table its text and blame', () => {
    const cause = Object.assign(new Error('connect EACCES'), { code: 'EACCES' });
    expect(wrapSystemError(cause, 'listen')).toMatchObject({
      message: 'listen: permission denied (EACCES)',
      exit: 2,
      cause,
    });
    expect(wrapSystemError(cause, 'listen', { hint: 'another port' }).hint).toBe('another port');
  });

  it('keeps the words of what the table does not know, with its code once', () => {
    const strange = (message: string) => Object.assign(new Error(message), { code: 'EWEIRD' });
    expect(wrapSystemError(strange('odd'), 'do').message).toBe('do: odd (EWEIRD)');
    expect(wrapSystemError(strange('odd EWEIRD'), 'do').message).toBe('do: odd EWEIRD');
    expect(wrapSystemError('text', 'do')).toMatchObject({ message: 'do: text', code: 'PROTOCOL', exit: 1 });
  });

  it('lets a NettkError through as it is', () => {
    const error = usageError('option --x', 'wrong', 'another');
    expect(wrapSystemError(error, 'do')).toBe(error);
    expect(error).toMatchObject({ message: 'option --x: wrong', code: 'USAGE', exit: 2, hint: 'another' });
  });
});

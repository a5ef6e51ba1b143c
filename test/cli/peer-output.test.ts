import { describe, expect, it } from 'vitest';
import { answerText, terminalGuard, writeAnswer, writePeerData } from '../../src/cli/peer-output.ts';
import { fakeIo } from '../support/fake-io.ts';

const HOSTILE = Buffer.from('a\x1b]52;c;x\x07\u009b31m\u202eb\tc\r\n\x00');

describe('writePeerData', () => {
  it('leaves bytes as they are where nobody looks, also those that are no text', async () => {
    const io = fakeIo();
    const bytes = Buffer.concat([HOSTILE, Buffer.from([0xff, 0xfe])]);
    await writePeerData(io, bytes, false);
    expect(io.out()).toEqual(bytes);
  });

  it('escapes on a terminal what could drive it', async () => {
    const io = fakeIo({ stdoutIsTty: true });
    await writePeerData(io, HOSTILE, false);
    expect(io.out().toString()).toBe('a\\x1b]52;c;x\\x07\\x9b31m\\u202eb\tc\\x0d\n\\x00');
  });

  it('leaves bytes as they are on a terminal too where a person says so', async () => {
    const io = fakeIo({ stdoutIsTty: true });
    await writePeerData(io, HOSTILE, true);
    expect(io.out()).toEqual(HOSTILE);
  });
});

describe('writeAnswer', () => {
  it.each([
    ['a', 'a\n'],
    ['a\n', 'a\n'],
    ['a\r\n', 'a\n'],
    ['', '\n'],
    ['a\r', 'a\r\n'],
    ['a\nb\n\n', 'a\nb\n\n'],
  ])('writes %j as %j', async (answer, line) => {
    const io = fakeIo();
    await writeAnswer(io, Buffer.from(answer), false);
    expect(io.out().toString()).toBe(line);
    expect(`${answerText(Buffer.from(answer))}\n`).toBe(line);
  });
});

describe('terminalGuard', () => {
  it('is standard output itself where that is no terminal', () => {
    const io = fakeIo();
    expect(terminalGuard(io, io.stdout, false)).toBe(io.stdout);
  });

  it('escapes on a terminal, a character cut in two included', async () => {
    const io = fakeIo({ stdoutIsTty: true });
    const guard = terminalGuard(io, io.stdout, false);
    const bytes = Buffer.from('€\x1b\u202e');
    for (const byte of bytes) await new Promise((resolve) => guard.write(Buffer.from([byte]), resolve));
    expect(io.out().toString()).toBe('€\\x1b\\u202e');
  });
});

import { describe, expect, it } from 'vitest';
import { type ChatClientValues, planChat } from '../../../src/cli/chat/options.ts';
import type { Io } from '../../../src/cli/io.ts';

const io = { env: {}, stdinIsTty: false } as unknown as Io;
const values = (some: Partial<ChatClientValues>): ChatClientValues => ({ room: [], ...some }) as ChatClientValues;

describe("the chat client's plan", () => {
  it('takes a nick that a server may shorten, and refuses one that would fill a line of IRC', () => {
    expect(planChat(values({ nick: 'a'.repeat(64) }), io).nick).toBe('a'.repeat(64));
    expect(() => planChat(values({ nick: 'a'.repeat(400) }), io)).toThrow('400 characters, at most 64');
  });

  it('goes into a room once, however often and however it is written', () => {
    expect(planChat(values({ nick: 'ann', room: ['Ops', '#ops', 'tea'] }), io).rooms).toEqual(['#ops', 'tea']);
  });
});

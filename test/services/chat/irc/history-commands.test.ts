import { describe, expect, it } from 'vitest';
import { sayInRoom } from '../../../../src/services/chat/speech.ts';
import { type Visit, visitByIrc } from '../visit.ts';

/** Ann, who said a to e in #a, two of them on several lines; and the names of the messages. */
async function said(): Promise<{ ann: Visit; ids: Record<string, string[]> }> {
  const ann = await visitByIrc('ann', { caps: 'message-tags echo-message draft/chathistory' });
  await ann.say('JOIN #a\r\n');
  const ids: Record<string, string[]> = {};
  for (const letter of 'abcde') {
    // A plain line is longer than what IRC has room for.
    const { house } = ann;
    const text = 'bd'.includes(letter) ? letter.repeat(1_000) : letter;
    sayInRoom(house, house.findUser('ann')!, house.findRoom('#a')!, { command: 'PRIVMSG', text });
    ids[letter] = (await ann.say('')).map((line) => /msgid=([^; ]+)/.exec(line)?.[1] ?? '');
  }
  return { ann, ids };
}

/** The messages of an answer, each once. */
const lettersOf = (lines: readonly string[]): string => [...new Set(lines.map((line) => line.at(-1) ?? ''))].join('');

describe('CHATHISTORY by the name of a message', () => {
  it('takes the pieces of a long one for the message', async () => {
    const { ann, ids } = await said();
    expect([ids['b']?.length, ids['a']?.length]).toEqual([3, 1]);
    for (const id of ids['b']!) {
      expect(lettersOf(await ann.say(`CHATHISTORY BEFORE #a msgid=${id} 10\r\n`))).toBe('a');
      expect(lettersOf(await ann.say(`CHATHISTORY AFTER #a msgid=${id} 10\r\n`))).toBe('cde');
      expect(lettersOf(await ann.say(`CHATHISTORY AROUND #a msgid=${id} 3\r\n`))).toBe('abc');
      const [, , last] = ids['d']!;
      expect(lettersOf(await ann.say(`CHATHISTORY BETWEEN #a msgid=${id} msgid=${last} 10\r\n`))).toBe('c');
      expect(lettersOf(await ann.say(`CHATHISTORY LATEST #a msgid=${id} 2\r\n`))).toBe('de');
    }
    ann.client.destroy();
  });

  it('tells messages with the names they had', async () => {
    const { ann, ids } = await said();
    const lines = await ann.say('CHATHISTORY LATEST #a * 10\r\n');
    expect(lines.map((line) => /msgid=([^; ]+)/.exec(line)?.[1])).toEqual([...'abcde'].flatMap((one) => ids[one]!));
    ann.client.destroy();
  });

  it('has one message around it where one is asked for, and none around one that is forgotten', async () => {
    const { ann, ids } = await said();
    expect(lettersOf(await ann.say(`CHATHISTORY AROUND #a msgid=${ids['c']} 1\r\n`))).toBe('c');
    expect(await ann.say('CHATHISTORY AROUND #a msgid=none 5\r\n')).toEqual([]);
    expect(lettersOf(await ann.say('CHATHISTORY AROUND #a * 2\r\n'))).toBe('de');
    ann.client.destroy();
  });

  it.each(['1.5', '0', '-1', '1e999', 'NaN', 'x', ''])('takes no %j for a limit', async (limit) => {
    const ann = await visitByIrc('ann');
    await ann.say('JOIN #a\r\n');
    expect(await ann.say(`CHATHISTORY LATEST #a * ${limit}\r\n`)).toEqual([
      expect.stringMatching(/^:chat\.nettk FAIL CHATHISTORY INVALID_PARAMS LATEST :/),
    ]);
    ann.client.destroy();
  });
});

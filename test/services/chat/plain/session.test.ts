import { describe, expect, it } from 'vitest';
import { MAX_PLAIN_BYTES } from '../../../../src/services/chat/limits.ts';
import { settle, type Visit, type Visiting, visit, visitByIrc } from '../visit.ts';

/** A plain client that has introduced itself; what it heard of that is behind it. */
async function comeIn(nick: string, visiting: Visiting = {}): Promise<Visit> {
  const one = visit(visiting);
  await one.say(`${nick}\n`);
  return one;
}

/** Two plain clients in the lobby. */
async function two(visiting: Visiting = {}): Promise<{ ann: Visit; bob: Visit }> {
  const ann = await comeIn('ann', visiting);
  const bob = await comeIn('bob', { at: ann });
  await ann.say('');
  return { ann, bob };
}

describe('the first line of a plain client', () => {
  it('is its nick, with which it comes into the lobby', async () => {
    const ann = visit();
    expect(await ann.say('  ann \r\n')).toEqual(['* ann joined lobby', '* in lobby: @ann']);
    expect(ann.house.findUser('ann')).toMatchObject({ face: 'plain', username: '~plain', realname: 'ann' });
  });

  it('is another nick where that is taken', async () => {
    const ann = await comeIn('ann');
    expect(await visit({ at: ann }).say('ANN\n')).toEqual([
      '* ANN is in use, you are ANN2',
      '* ANN2 joined lobby',
      '* in lobby: @ann ANN2',
    ]);
  });

  it('is asked for again where it is none', async () => {
    const one = visit();
    expect(await one.say('\n')).toEqual(['* your nick?']);
    expect(await one.say('hello world\n')).toEqual([expect.stringMatching(/^\* Not a nickname: /)]);
    expect(await one.say('/help\n')).toEqual([expect.stringMatching(/^\* Not a nickname: /)]);
    expect(await one.say('ann\n')).toEqual(['* ann joined lobby', '* in lobby: @ann']);
  });

  it('is followed by the password, where there is one, for which there are three tries', async () => {
    const rules = { password: 'se cret' };
    const ann = visit({ rules });
    expect(await ann.say('ann\n')).toEqual(['* password?']);
    expect(await ann.say('wrong\n')).toEqual(['* wrong password; password?']);
    expect(await ann.say('se cret\n')).toEqual(['* ann joined lobby', '* in lobby: @ann']);
    const eve = visit({ at: ann });
    expect(await eve.say('ann\n1\n2\n3\nse cret\n')).toEqual([
      '* password?',
      '* wrong password; password?',
      '* wrong password; password?',
      '* goodbye: wrong password',
    ]);
    await eve.over;
    expect(ann.house.users.size).toBe(1);
  });

  it('is good for being let in, though the lobby is full', async () => {
    const ann = await comeIn('ann', { rules: { capacity: 1 } });
    const bob = visit({ at: ann });
    expect(await bob.say('bob\n')).toEqual(['* lobby: Cannot join: the room is full (+l)']);
    expect(await bob.say('hello\n')).toEqual(['* you are in no room: /join ROOM']);
    expect(await bob.say('/join other\n')).toEqual(['* bob joined other', '* in other: @bob']);
  });
});

describe('what a plain client types', () => {
  it('is said in the room joined last, and in the one before when that is left', async () => {
    const { ann, bob } = await two();
    for (const one of [ann, bob]) await one.say('/join red\n/join green\n');
    await ann.say('');
    await bob.say('one\n/part\ntwo\n/join lobby\nthree\n/part red see you\nfour\n');
    expect((await ann.say('')).filter((line) => line.includes('bob'))).toEqual([
      '[green] bob: one',
      '* bob left green',
      '[red] bob: two',
      '[lobby] bob: three',
      '* bob left red: see you',
      '[lobby] bob: four',
    ]);
  });

  it('says a line that begins with a slash, where there are two', async () => {
    const { ann, bob } = await two();
    await ann.say('//help\n///\n');
    expect(await bob.say('')).toEqual(['[lobby] ann: /help', '[lobby] ann: //']);
  });

  it('is nothing where it is blank, and has no control bytes but tabs', async () => {
    const { ann, bob } = await two();
    await ann.say('\n   \na\x1b[2J\x07\tb\x00\rc\n');
    expect(await bob.say('')).toEqual(['[lobby] ann: a[2J\\x09bc']);
  });

  it('is refused where it is too long or no UTF-8, and what follows is not', async () => {
    const { ann, bob } = await two();
    expect(await ann.say(`${'x'.repeat(MAX_PLAIN_BYTES + 1)}\n`)).toEqual([
      `* too long, not sent: a line has at most ${MAX_PLAIN_BYTES} bytes`,
    ]);
    expect(await ann.say(Buffer.from([0xff, 0x0a]))).toEqual(['* not UTF-8, not sent']);
    await ann.say(`${'x'.repeat(MAX_PLAIN_BYTES)}\n`);
    expect(await bob.say('')).toEqual([`[lobby] ann: ${'x'.repeat(MAX_PLAIN_BYTES)}`]);
  });

  it('goes out as several messages of IRC where it is long', async () => {
    const ann = await comeIn('ann');
    const irc = await visitByIrc('irc', { at: ann });
    await irc.say('JOIN #lobby\r\n');
    await ann.say(`${'word '.repeat(500)}\n`);
    const lines = await irc.say('');
    expect(lines.length).toBeGreaterThan(4);
    expect(lines.map((line) => line.replace(/^.*? :/, '')).join(' ')).toBe('word '.repeat(500));
  });

  it('is all heard of a client that ends right behind it', async () => {
    const { ann, bob } = await two();
    ann.client.end('one\ntwo');
    await ann.over;
    await settle();
    expect(await bob.say('')).toEqual(['[lobby] ann: one', '[lobby] ann: two', '* ann left: has hung up']);
  });

  it('is held back by flood control, and not lost', async () => {
    const rules = { flood: { burst: 3, periodMs: 30 }, floodIsForAll: true };
    const { ann, bob } = await two({ rules });
    ann.client.end('1\n2\n3\n4\n5\n6\n7\n8\n');
    await ann.over;
    await settle();
    expect((await bob.say('')).slice(0, -1)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((i) => `[lobby] ann: ${i}`));
  });
});

describe('the commands of a plain client', () => {
  it('cost as much as they do with IRC', async () => {
    const rules = { flood: { burst: 10, periodMs: 3_600_000 }, operatorPassword: 'x' };
    const handled = async (command: string): Promise<number> => {
      const ann = visit({ rules });
      const [_joined, _names, ...answers] = await ann.say(`ann\n${`${command}\n`.repeat(20)}`);
      ann.client.destroy();
      return answers.length;
    };
    // The nick takes one of ten, and the last may be more than is left.
    expect([await handled('/oper'), await handled('/join #'), await handled('/invite')]).toEqual([2, 5, 10]);
  });

  it('join rooms, with their keys, and make one current that it is in', async () => {
    const { ann, bob } = await two();
    expect(await ann.say('/join #red\n/mode +k key\n/topic About red\n')).toEqual([
      '* ann joined red',
      '* in red: @ann',
      '* ann sets +k key in red',
      '* ann sets the topic of red: About red',
    ]);
    expect(await bob.say('/join red\n')).toEqual(['* red: Cannot join: wrong key (+k)']);
    expect(await bob.say('/JOIN red key\n')).toEqual([
      '* bob joined red',
      '* in red: @ann bob',
      '* topic of red: About red',
    ]);
    expect(await bob.say('/join lobby\n')).toEqual([]);
    await bob.say('hello\n');
    expect(await ann.say('')).toEqual(['* bob joined red', '[lobby] bob: hello']);
    expect(await bob.say('/join\n/join a,b\n')).toEqual([
      '* Not enough parameters',
      expect.stringMatching(/^\* a,b: Not a room: /),
    ]);
  });

  it('leave rooms', async () => {
    const { ann } = await two();
    expect(await ann.say('/part bye all\n')).toEqual(['* ann left lobby: bye all', '* you are in no room: /join ROOM']);
    expect(await ann.say('/part\n/who\n/me waves\n')).toEqual(Array(3).fill("* You're not in that room"));
  });

  it('tell who is there, and which rooms there are, but not secret ones', async () => {
    const { ann, bob } = await two();
    await ann.say('/join red\n/mode +s\n/join green\n/topic About green\n');
    expect(await ann.say('/rooms\n/who red\n/who\n')).toEqual([
      '* lobby (2)',
      '* red (1)',
      '* green (1): About green',
      '* in red: @ann',
      '* in green: @ann',
      '* topic of green: About green',
    ]);
    expect(await bob.say('/rooms\n/who red\n')).toEqual([
      '* lobby (2)',
      '* green (1): About green',
      '* red: No such room',
    ]);
  });

  it('say something to one person, and that they are away', async () => {
    const { ann, bob } = await two();
    expect(await bob.say('/away at lunch\n')).toEqual(['* you are marked as away']);
    expect(await ann.say('/msg BOB hello  there\n')).toEqual(['[you -> bob] hello  there', '* bob is away: at lunch']);
    expect(await bob.say('/away\n')).toEqual(['[ann -> you] hello  there', '* you are back']);
    expect(await ann.say('/msg bob\n/msg\n/msg nobody hi\n')).toEqual([
      '* No text to send',
      '* Not enough parameters',
      '* nobody: No such nick or room',
    ]);
  });

  it('change the nick', async () => {
    const { ann, bob } = await two();
    expect(await ann.say('/nick anna\n/nick bob\n/nick\n')).toEqual([
      '* ann is now anna',
      '* bob: Nickname is already in use',
      '* Not enough parameters',
    ]);
    expect(await bob.say('')).toEqual(['* ann is now anna']);
  });

  it('tell and set the topic', async () => {
    const { ann, bob } = await two();
    expect(await ann.say('/topic\n/topic Tea\n/topic\n')).toEqual([
      '* lobby has no topic',
      '* ann sets the topic of lobby: Tea',
      '* topic of lobby: Tea',
    ]);
    await ann.say('/mode +t\n');
    expect((await bob.say('/topic mine\n')).at(-1)).toBe("* lobby: You're not an operator of the room");
  });

  it('say what one does', async () => {
    const { ann, bob } = await two();
    await ann.say('/me waves\n');
    expect(await bob.say('/me\n')).toEqual(['[lobby] * ann waves', '* Not enough parameters']);
  });

  it('tell what was said before, newcomers too, as it was said', async () => {
    const { ann } = await two();
    expect(await ann.say('/history\n')).toEqual(['* nothing was said yet']);
    await ann.say('one\n/me waves\n/nick anna\nthree\n');
    const cleo = await comeIn('cleo', { at: ann });
    const time = '\\d\\d:\\d\\d';
    expect(await cleo.say('/history\n')).toEqual([
      '* the last 3 of lobby:',
      expect.stringMatching(new RegExp(`^${time} \\[lobby\\] ann: one$`)),
      expect.stringMatching(new RegExp(`^${time} \\[lobby\\] \\* ann waves$`)),
      expect.stringMatching(new RegExp(`^${time} \\[lobby\\] anna: three$`)),
    ]);
    expect((await cleo.say('/history 1\n')).length).toBe(2);
    const refused = '* /history takes a number of messages';
    expect(await cleo.say('/history 0\n/history -1\n/history 1.5\n/history x\n')).toEqual(Array(4).fill(refused));
  });

  it('ask somebody in, and throw somebody out', async () => {
    const { ann, bob } = await two();
    await ann.say('/join red\n/mode +i\n');
    expect(await bob.say('/join red\n')).toEqual(['* red: Cannot join: by invitation only (+i)']);
    expect(await ann.say('/invite bob\n/invite bob nowhere\n')).toEqual([
      '* bob is invited to red',
      '* nowhere: No such room',
    ]);
    expect(await bob.say('/join red\n')).toEqual([
      '* ann invites you to red',
      '* bob joined red',
      '* in red: @ann bob',
    ]);
    expect(await ann.say('/kick bob too loud\n')).toEqual(['* bob joined red', '* ann threw bob out of red: too loud']);
    expect(await bob.say('hello\n')).toEqual(['* ann threw bob out of red: too loud']);
    expect(await ann.say('/kick bob\n/kick\n')).toEqual([
      '[lobby] bob: hello',
      "* bob red: They aren't in that room",
      '* Not enough parameters',
    ]);
  });

  it('tell and change the modes of a room', async () => {
    const { ann, bob } = await two();
    expect(await ann.say('/mode\n/mode +o-t bob bob\n/mode +x\n')).toEqual([
      '* lobby: +n',
      '* ann sets +o bob in lobby',
      '* x: is an unknown mode',
    ]);
    expect(await bob.say('/mode -o ann\n')).toEqual(['* ann sets +o bob in lobby', '* bob sets -o ann in lobby']);
  });

  it('make an operator of the server of who knows the password', async () => {
    const { ann, bob } = await two({ rules: { operatorPassword: 'root pw' } });
    expect(await ann.say('/oper wrong\n/oper root pw\n')).toEqual([
      '* Password incorrect',
      '* you are an operator of the server now',
    ]);
    expect(bob.house.findUser('ann')?.isOperator).toBe(true);
    expect(await (await comeIn('eve')).say('/oper x\n')).toEqual(['* There is no operator password']);
  });

  it('end it, with a word', async () => {
    const { ann, bob } = await two();
    expect(await ann.say('/quit see you\nmore\n')).toEqual(['* goodbye: see you']);
    await ann.over;
    expect(await bob.say('/quit\n')).toEqual(['* ann left: see you', '* goodbye: quit']);
  });

  it('are listed, and no others are there', async () => {
    const { ann } = await two();
    const help = await ann.say('/help\n');
    const names = help.flatMap((line) => /^\* \/(\w+) /.exec(line)?.[1] ?? []);
    expect(names).toEqual(
      'join part who rooms msg nick topic me history away invite kick mode oper quit help'.split(' '),
    );
    for (const name of ['dance', '__proto__', 'constructor', '']) {
      expect(await ann.say(`/${name}\n`)).toEqual([`* /${name} is not a command; /help lists them, //text says /text`]);
    }
  });
});

describe('half-duplex for plain clients', () => {
  it('passes the floor by an empty line, where it is held', async () => {
    const { ann, bob } = await two({ rules: { floor: 'hold' } });
    await ann.say('one\n');
    expect(await bob.say('two\n')).toEqual([
      '[lobby] ann: one',
      "* lobby: Not your turn: it is ann's turn (your line was not sent)",
    ]);
    expect(await ann.say('\n')).toEqual(["* Half-duplex: it is bob's turn"]);
    await bob.say('two\n');
    expect(await ann.say('')).toEqual(['[lobby] bob: two']);
  });
});

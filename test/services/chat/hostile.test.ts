/** Clients that mean harm: to others' terminals and programs, to the server's memory and time. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_IRC_BYTES, MAX_IRC_TAG_BYTES, parseIrc } from '../../../src/protocols/irc.ts';
import type { House } from '../../../src/services/chat/house.ts';
import { LOBBY, MAX_ALL_ROOMS, MAX_LIST_LENGTH, MAX_ROOMS } from '../../../src/services/chat/limits.ts';
import { heldBytes } from '../../support/heap.ts';
import { settle, type Visit, visit, visitByIrc } from './visit.ts';

const ALL_CAPS = 'away-notify batch echo-message labeled-response message-tags multi-prefix server-time setname';

/** Checks that IRC clients can read what one was sent, line by line. */
function checkIrc(bytes: Buffer): void {
  const text = bytes.toString();
  expect(Buffer.from(text).equals(bytes)).toBe(true);
  for (const line of text.split('\n').slice(0, -1)) {
    expect(line).toMatch(/^[^\0\r]+\r$/);
    const tags = line.startsWith('@') ? line.indexOf(' ') + 1 : 0;
    expect(tags).toBeLessThanOrEqual(MAX_IRC_TAG_BYTES);
    expect(Buffer.byteLength(line.slice(tags)) + 1).toBeLessThanOrEqual(MAX_IRC_BYTES);
    const message = parseIrc(line.slice(0, -1));
    expect(message?.command).toMatch(/^([A-Z]+|\d{3})$/);
    if (message?.source === '') expect(['PING', 'ERROR']).toContain(message.command);
    // As many parameters as were written: none of them was empty, or held a blank.
    expect(line.slice(tags)).not.toMatch(/^[^ ]+ ([^: ][^ ]* )* /);
  }
}

/** Checks that plain clients can show what one was sent. */
function checkPlain(bytes: Buffer): void {
  expect(Buffer.from(bytes.toString()).equals(bytes)).toBe(true);
  expect(bytes.toString()).toMatch(/^(([*[]|\d\d:\d\d \[)[^\x00-\x1f\x7f-\x9f\u2028-\u202e]*\n)*$/);
}

/** Checks that all that a house remembers fits together. */
function checkHouse(house: House): void {
  for (const [key, user] of house.users) {
    expect([user.key, house.findUser(user.nick)]).toEqual([key, user]);
    for (const [name, room] of user.rooms)
      expect([house.rooms.get(name) === room, room.members.has(user)]).toEqual([true, true]);
    for (const room of user.invitations ?? [])
      expect([house.rooms.get(room.key) === room, room.invited.has(user)]).toEqual([true, true]);
    expect(user.rooms.size).toBeLessThanOrEqual(MAX_ROOMS);
  }
  for (const [key, room] of house.rooms) {
    expect([room.key, room.members.size > 0 || key === LOBBY]).toEqual([key, true]);
    for (const user of room.members.keys())
      expect([house.users.get(user.key) === user, user.rooms.has(key)]).toEqual([true, true]);
    for (const user of room.invited) expect(house.users.get(user.key) === user).toBe(true);
    expect(room.bans.size).toBeLessThanOrEqual(MAX_LIST_LENGTH);
  }
}

async function leave(...visits: Visit[]): Promise<void> {
  for (const { client } of visits) client.destroy();
  await Promise.all(visits.map(({ over }) => over));
}

describe('whatever clients send', () => {
  const nick = fc.constantFrom(
    ...['ann', 'pat', 'eve', 'mal', 'max', '__proto__', 'constructor', 'nobody', '*', ':', ':a b', 'n'.repeat(30)],
  );
  const room = fc.constantFrom(
    '#room',
    '#room',
    '#lobby',
    '#a',
    '#a,#room,#b',
    '#__proto__',
    `#${'r'.repeat(63)}`,
    '#',
    ':#a b',
  );
  const text = fc.constantFrom(
    ...[
      '',
      'hi',
      ':',
      ': two  blanks ',
      ':é😀',
      ':over',
      ':\x01ACTION waves\x01',
      ':\x01VERSION\x01',
      ':\x01',
      'a\x00b\rc',
    ],
    ...[':\x1b[2J\x07', ':\u202ereversed\u2028', ':[room] ann: forged', `:${'€'.repeat(140)}`, `:${'x'.repeat(485)}`],
  );
  const modes = fc.constantFrom(
    ...[
      '+o',
      '-o',
      '+v',
      '+b',
      '-b',
      'b',
      '+bbb',
      '+k',
      '-k',
      '+l',
      '+i',
      '+m',
      '-n',
      '+s',
      '+t',
      '+i-i',
      '+zzz',
      '-imnst',
      '+k-k+l',
    ],
  );
  const mask = fc.constantFrom(
    '*!*@*',
    'eve',
    '*',
    '*@203.0.113.7',
    `*${'?'.repeat(60)}`,
    'é',
    '5',
    '0',
    `${'x'.repeat(100)}`,
  );
  const point = fc.constantFrom(
    '*',
    'msgid=1-1',
    'msgid=x',
    'timestamp=2026-01-01T00:00:00Z',
    'timestamp=',
    '__proto__',
  );
  const limit = fc.constantFrom('10', '1', '0', '-1', '1.5', '1e999', 'NaN', '');
  const words = (...parts: (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> =>
    fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part))).map((all) => all.join(' '));
  const irc = fc.oneof(
    words('JOIN', room, mask),
    words('PART', room, text),
    words('PRIVMSG', fc.oneof(room, nick), text),
    words('PRIVMSG', room, text),
    words('NOTICE', fc.oneof(room, nick), text),
    words('TAGMSG', fc.oneof(room, nick)),
    words('KICK', room, nick, text),
    words('INVITE', nick, room),
    words('MODE', room, modes, fc.oneof(nick, mask), mask, mask),
    words('MODE', fc.oneof(room, nick), fc.oneof(modes, fc.constant(''))),
    words('TOPIC', room, text),
    words('NICK', nick),
    words(
      fc.constantFrom('AWAY', 'SETNAME', 'PING', 'PONG', 'PASS', 'LUSERS', 'INFO', 'MOTD', 'VERSION', 'TIME'),
      text,
    ),
    words(fc.constantFrom('WHO', 'WHOIS', 'ISON', 'USERHOST', 'NAMES', 'LIST'), fc.oneof(room, nick, mask), nick),
    words(
      'CHATHISTORY',
      fc.constantFrom('LATEST', 'BEFORE', 'AFTER', 'AROUND', 'BETWEEN', 'latest', ':a b'),
      room,
      point,
      limit,
      limit,
    ),
    words(
      'CAP',
      fc.constantFrom('LS', 'LIST', 'REQ', 'END', 'x'),
      fc.constantFrom('', ':batch', ':-echo-message', ':\u202e', ':labeled-response batch'),
    ),
    words('OPER', nick, fc.constantFrom('0', 'wrong')),
    words('KILL', nick, text),
    words('USER', nick, mask, mask, text),
    words('QUIT', text),
    words(fc.constantFrom('ERROR', '__proto__', 'constructor', '\u017fetname', '421', 'HASOWNPROPERTY'), text, text),
  );
  const plain = fc.oneof(
    words(
      fc.constantFrom(
        '/join',
        '/part',
        '/topic',
        '/me',
        '/history',
        '/who',
        '/away',
        '/nick',
        '/msg',
        '/kick',
        '/invite',
      ),
      fc.oneof(room, nick, text),
    ),
    words('/msg', nick, text),
    words('/mode', modes, fc.oneof(nick, mask)),
    words(fc.constantFrom('/kick', '/invite'), nick, text),
    words(fc.constantFrom('/oper 0', '/oper 1', '/rooms', '/help', '/__proto__', '/', '//x', 'over', '')),
    text,
    nick,
  );
  const tags = fc.constantFrom(
    ...[
      '',
      '',
      '',
      '',
      '@a=1 ',
      '@label=x ',
      '@label=x;+typing=active ',
      '@+x=\\:\\s\\\\\\r\\n;+y=é ',
      '@__proto__=1 ',
      '@',
      '@=; ',
    ],
  );
  const line = fc.oneof(
    { weight: 40, arbitrary: fc.tuple(tags, irc).map((parts) => Buffer.from(parts.join(''))) },
    { weight: 10, arbitrary: plain.map((one) => Buffer.from(one)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 600 }).map((one) => Buffer.from(one)) },
    { weight: 1, arbitrary: fc.constantFrom(600, 5_000, 9_000).map((length) => Buffer.alloc(length, 'x')) },
  );
  const said = fc.array(fc.tuple(fc.nat({ max: 3 }), line), { minLength: 20, maxLength: 60, size: 'max' });

  it('is told to others in whole, readable lines, and leaves nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(said, fc.constantFrom(undefined, 'turns' as const, 'hold' as const), async (lines, floor) => {
        const rules = { floor, operatorPassword: '0', motd: ['hello'], history: 20 };
        const ann = await visitByIrc('ann', { rules, caps: ALL_CAPS });
        const at = { at: ann };
        const [pat, eve, mal, max] = [visit(at), await visitByIrc('eve', at), visit(at), visit(at)];
        await eve.say('JOIN #room\r\n');
        await pat.say('pat\n/join room\n');
        await ann.say('JOIN #room,#lobby\r\n');
        await mal.say('mal\n');
        await max.say(
          'CAP LS 302\r\nCAP REQ :labeled-response batch echo-message message-tags\r\nNICK max\r\nUSER m 0 * m\r\nCAP END\r\n',
        );
        const hostile = [eve, mal, max, pat];
        for (const [who, bytes] of lines) hostile[who]!.client.write(Buffer.concat([bytes, Buffer.from('\r\n')]));
        await settle(30);
        checkHouse(ann.house);
        for (const one of [ann, eve, max]) checkIrc(one.bytes());
        for (const one of [pat, mal]) checkPlain(one.bytes());
        await leave(ann, ...hostile);
        expect([ann.house.users.size, ann.house.rooms.size, ann.house.connections]).toEqual([0, 1, 0]);
      }),
      { numRuns: process.env['NETTK_LONG'] ? 5_000 : 150 },
    );
  });
});

describe('names of objects', () => {
  it.each([
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
  ])('such as %s are nicks and rooms like others', async (name) => {
    const ann = await visitByIrc('ann');
    const at = { at: ann };
    const [irc, plain] = [await visitByIrc(name, at), visit(at)];
    // The second of the name, in its own way.
    expect(await plain.say(`${name}\n`)).toContain(`* ${name} is in use, you are ${name}2`);
    await ann.say(`JOIN #${name}\r\n`);
    expect(await irc.say(`JOIN #${name}\r\n`)).toContain(`:${name}!~${name}@203.0.113.7 JOIN #${name}`);
    expect(await plain.say(`/join ${name}\n`)).toContain(`* in ${name}: @ann ${name} ${name}2`);
    await ann.say(`MODE #${name} +o ${name}\r\n`);
    expect(await plain.say('hello\n/who\n')).toContain(`* in ${name}: @ann @${name} ${name}2`);
    expect(await irc.say(`WHOIS ${name}2\r\n`)).toContain(`:chat.nettk 319 ${name} ${name}2 :@#lobby #${name}`);
    expect(await ann.say(`KICK #${name} ${name} :out\r\n`)).toContain(
      `:${name}2!~plain@203.0.113.7 PRIVMSG #${name} :hello`,
    );
    expect(await plain.say(`/msg ${name} psst\n/topic ${name}\n`)).toContain(`[you -> ${name}] psst`);
    expect(await irc.say(`${name} #${name} ${name}\r\n`)).toContain(
      `:chat.nettk 421 ${name} ${name.replace(/[a-z]/g, (one) => one.toUpperCase())} :Unknown command`,
    );
    expect(await plain.say(`/${name}\n`)).toEqual([`* /${name} is not a command; /help lists them, //text says /text`]);
    checkHouse(ann.house);
    await leave(ann, irc, plain);
    expect([ann.house.users.size, ann.house.rooms.size]).toEqual([0, 1]);
  });
});

describe('bytes that are no text', () => {
  it('are passed on as IRC has them, never to end a line, and shown to plain clients as escapes', async () => {
    const ann = await visitByIrc('ann');
    const [pat, eve] = [visit({ at: ann }), await visitByIrc('eve', { at: ann })];
    await pat.say('pat\n');
    for (const one of [ann, eve]) await one.say('JOIN #lobby\r\n');
    await pat.say('');
    await ann.say('');
    for (let byte = 0; byte < 256; byte += 1) {
      const refused = await eve.say(Buffer.from([...Buffer.from('PRIVMSG #lobby :a'), byte, 0x62, 0x0d, 0x0a]));
      const [irc, plain] = [await ann.say(''), await pat.say('')];
      if (byte > 0x7f) {
        expect([refused, irc, plain]).toEqual([
          [':chat.nettk FAIL PRIVMSG INVALID_UTF8 :Message rejected: it is not UTF-8'],
          [],
          [],
        ]);
      } else if (byte === 0x0a) {
        expect([irc[0], plain[0]]).toEqual([':eve!~eve@203.0.113.7 PRIVMSG #lobby :a', '[lobby] eve: a']);
      } else {
        const passed = byte === 0 || byte === 0x0d ? '' : String.fromCharCode(byte);
        expect([refused, irc]).toEqual([[], [`:eve!~eve@203.0.113.7 PRIVMSG #lobby :a${passed}b`]]);
        expect(plain[0]).toMatch(/^\[lobby\] eve: a[\x20-\x7e]*b$/);
      }
    }
    checkIrc(ann.bytes());
    checkPlain(pat.bytes());
    await leave(ann, pat, eve);
  });

  it.each([
    ['half a surrogate pair', [0xed, 0xa0, 0x80]],
    ['both halves of one', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
    ['a character cut off', [0xe2, 0x82]],
    ['a NUL in two bytes', [0xc0, 0x80]],
    ['a slash in three bytes', [0xe0, 0x80, 0xaf]],
    ['what is past the last character', [0xf4, 0x90, 0x80, 0x80]],
  ])('such as %s are refused, and not passed on', async (_what, bytes) => {
    const ann = await visitByIrc('ann');
    const [pat, eve] = [visit({ at: ann }), await visitByIrc('eve', { at: ann })];
    await pat.say('pat\n');
    for (const one of [ann, eve]) await one.say('JOIN #lobby\r\n');
    await ann.say('');
    expect((await eve.say(Buffer.from([...Buffer.from('TOPIC #lobby :'), ...bytes, 0x0a])))[0]).toMatch(
      / FAIL TOPIC INVALID_UTF8 /,
    );
    expect((await pat.say(Buffer.from([...bytes, 0x0a]))).at(-1)).toBe('* not UTF-8, not sent');
    expect([await ann.say(''), ann.house.findRoom('#lobby')?.topic]).toEqual([[], undefined]);
    await leave(ann, pat, eve);
  });

  it('of a message for programs are answered by nobody but its receiver', async () => {
    const [ann, bob] = await Promise.all([visitByIrc('ann'), visitByIrc('bob')]);
    expect(await ann.say('PRIVMSG ann :\x01VERSION\x01\r\n')).toEqual([
      ':ann!~ann@203.0.113.7 PRIVMSG ann :\x01VERSION\x01',
    ]);
    expect(await bob.say('PRIVMSG chat.nettk :\x01PING 1\x01\r\n')).toEqual([
      ':chat.nettk 401 bob chat.nettk :No such nick or room',
    ]);
    await leave(ann, bob);
  });
});

describe('clients that want everything', () => {
  it('get 50 rooms of 100,000, and none that is left is kept', async () => {
    const eve = await visitByIrc('eve');
    const names = Array.from({ length: 100_000 }, (_, i) => `#${i}`);
    for (let i = 0; i < names.length; i += 50) eve.client.write(`JOIN ${names.slice(i, i + 50).join(',')}\r\n`);
    await settle(50);
    const refused = eve.heard().match(/^:chat\.nettk 405 /gm);
    expect([refused?.length, eve.house.rooms.size]).toEqual([100_000 - MAX_ROOMS, MAX_ROOMS + 1]);
    await eve.say('JOIN 0\r\n');
    expect(eve.house.rooms.size).toBe(1);
    const before = heldBytes();
    for (const name of names.slice(0, 20_000))
      eve.client.write(`JOIN ${name}\r\nMODE ${name} +b ${name}\r\nPART ${name}\r\n`);
    await settle(400);
    const heard = eve.bytes().length;
    expect([eve.house.rooms.size, eve.heard().endsWith('PART #19999\r\n')]).toEqual([1, true]);
    // What the client heard is kept by the test.
    expect(heldBytes() - before).toBeLessThan(heard + 2_000_000);
    await leave(eve);
  });

  it('together get all the rooms there may be, which are listed whole, and go with them', async () => {
    const ann = await visitByIrc('ann');
    const many = await Promise.all(
      Array.from({ length: MAX_ALL_ROOMS / MAX_ROOMS }, (_, i) => visitByIrc(`u${i}`, { at: ann })),
    );
    for (const [i, one] of many.entries()) {
      const names = Array.from({ length: MAX_ROOMS }, (_, j) => `#${i}-${j}`);
      for (let j = 0; j < MAX_ROOMS; j += 25) one.client.write(`JOIN ${names.slice(j, j + 25).join(',')}\r\n`);
    }
    await settle(50);
    expect(ann.house.rooms.size).toBe(MAX_ALL_ROOMS);
    expect(await ann.say('JOIN #more\r\n')).toEqual([':chat.nettk 405 ann #more :You have joined too many rooms']);
    const list = await ann.say('LIST\r\n');
    expect([list.length, list.at(-1)]).toEqual([MAX_ALL_ROOMS + 2, ':chat.nettk 323 ann :End of /LIST']);
    await leave(...many);
    expect([ann.house.rooms.size, ann.house.users.size]).toEqual([1, 1]);
    await leave(ann);
  });

  it('have 50 letters of a MODE read, however many there are', async () => {
    const [eve, pat] = [await visitByIrc('eve'), visit()];
    await eve.say('JOIN #a\r\n');
    expect(await eve.say(`MODE #a ${'z'.repeat(490)}\r\n`)).toHaveLength(50);
    expect((await eve.say(`MODE eve ${'z'.repeat(490)}\r\n`)).length).toBe(1);
    await pat.say('pat\n');
    expect(await pat.say(`/mode ${'+z-z'.repeat(1_000)}\n`)).toHaveLength(50);
    expect(await pat.say(`/mode ${'+i-i'.repeat(1_000)}\n`)).toHaveLength(1);
    await leave(eve, pat);
  });

  it('change their nick in a loop, and leave nothing of the old ones', async () => {
    const [eve, ann] = [await visitByIrc('eve'), await visitByIrc('ann')];
    await eve.say('JOIN #a\r\n');
    const before = heldBytes();
    for (let i = 0; i < 20_000; i += 1) eve.client.write(`NICK eve${i}\r\n`);
    await settle(400);
    expect([...eve.house.users.keys()]).toEqual(['eve19999']);
    expect(heldBytes() - before).toBeLessThan(eve.bytes().length + 2_000_000);
    await leave(eve, ann);
  });

  it('keep no more memory by what is said than it has text, whatever tags come with it', async () => {
    const eve = await visitByIrc('eve');
    await eve.say('JOIN #a\r\n');
    const tags = `@${'x'.repeat(4_000)}`;
    const fill = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) {
        eve.client.write(`${tags} PRIVMSG #a :what is said is remembered, number ${i}\r\n`);
        eve.client.write(
          `${tags} MODE #a +bb someone${i % 99}!with-a-long-name@* -b someone${(i + 1) % 99}!with-a-long-name@*\r\n`,
        );
        eve.client.write(`${tags} TOPIC #a :about ${i}, and more of it\r\n`);
      }
      await settle(100);
    };
    await fill(1);
    const before = heldBytes();
    await fill(200);
    expect(eve.house.findRoom('#a')?.history.length).toBe(200);
    expect(heldBytes() - before - eve.bytes().length).toBeLessThan(400_000);
    await leave(eve);
  });
});

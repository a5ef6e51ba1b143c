import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldIrc, formatIrc, formatTags, type IrcMessage, nickOf, parseIrc } from '../../src/protocols/irc.ts';

const NOTHING_ELSE = { tags: new Map(), source: '', params: [] };

/** The value of one tag as it is read off a line. */
const read = (value: string): string | undefined => parseIrc(`@key=${value} PING`)?.tags.get('key');

describe('parseIrc', () => {
  it.each<[string, Partial<IrcMessage>]>([
    ['PING', { command: 'PING' }],
    ['privmsg #room hello', { command: 'PRIVMSG', params: ['#room', 'hello'] }],
    ['PRIVMSG #room :hello there', { command: 'PRIVMSG', params: ['#room', 'hello there'] }],
    ['PRIVMSG #room ::)', { command: 'PRIVMSG', params: ['#room', ':)'] }],
    ['PRIVMSG #room :', { command: 'PRIVMSG', params: ['#room', ''] }],
    ['PRIVMSG #room a:b :c :d', { command: 'PRIVMSG', params: ['#room', 'a:b', 'c :d'] }],
    ['TOPIC #room :  two blanks  ', { command: 'TOPIC', params: ['#room', '  two blanks  '] }],
    [
      ':ann!a@h 433 * ann :Nickname is in use',
      { source: 'ann!a@h', command: '433', params: ['*', 'ann', 'Nickname is in use'] },
    ],
    ['@a=1;b :ann QUIT', { tags: new Map(Object.entries({ a: '1', b: '' })), source: 'ann', command: 'QUIT' }],
  ])('reads %j', (line, message) => {
    expect(parseIrc(line)).toEqual({ ...NOTHING_ELSE, ...message });
  });

  it.each<[string, Partial<IrcMessage>]>([
    ['  PING  x  ', { command: 'PING', params: ['x'] }],
    [
      '   @a=1   :s   PING   x   :y ',
      { tags: new Map([['a', '1']]), source: 's', command: 'PING', params: ['x', 'y '] },
    ],
    ['JOIN :', { command: 'JOIN', params: [''] }],
    [': PING', { command: 'PING' }],
    ['@ PING', { command: 'PING' }],
    ['@;;=1;a PING', { tags: new Map([['a', '']]), command: 'PING' }],
    ['PING\tx', { command: 'PING\tX' }],
    ['PING @a=1 :x', { command: 'PING', params: ['@a=1', 'x'] }],
  ])('takes %j as it is meant', (line, message) => {
    expect(parseIrc(line)).toEqual({ ...NOTHING_ELSE, ...message });
  });

  it.each([
    '',
    ' ',
    '     ',
    ':',
    ': ',
    ':source',
    ':source  ',
    '@',
    '@a=1',
    '@a=1 ',
    '@a=1 :source',
    '@a=1 :source ',
  ])('finds no command in %j', (line) => {
    expect(parseIrc(line)).toBeUndefined();
  });

  it('keeps every parameter, however many there are', () => {
    const params = Array.from({ length: 250 }, (_, i) => String(i));
    expect(parseIrc(`ISON ${params.join(' ')}`)?.params).toEqual(params);
  });

  it('takes no letter of another alphabet for one of ours', () => {
    // All three become ASCII where Unicode makes capitals: the long s, the dotless i, the ligature.
    for (const command of ['pa\u017fs', 'jo\u0131n', 'o\ufb00'])
      expect(parseIrc(command)?.command).not.toMatch(/^[A-Z]+$/);
  });

  it('takes names of an object for names like others', () => {
    const line = '@__proto__=1;constructor=2;toString=3 :__proto__ __proto__ constructor :toString';
    const message = parseIrc(line)!;
    expect([...message.tags]).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
      ['toString', '3'],
    ]);
    expect(message).toMatchObject({ source: '__proto__', command: '__PROTO__', params: ['constructor', 'toString'] });
    expect(parseIrc('PING')?.tags.get('__proto__')).toBeUndefined();
  });
});

describe('the value of a tag', () => {
  // The escapes of IRCv3's message-tags, and what it says of others.
  it.each([
    [';', '\\:'],
    [' ', '\\s'],
    ['\\', '\\\\'],
    ['\r', '\\r'],
    ['\n', '\\n'],
    ['a;b c\\d\re\nf', 'a\\:b\\sc\\\\d\\re\\nf'],
    ['\\s', '\\\\s'],
    ['=', '='],
    ['é€😀', 'é€😀'],
  ])('%j is written and read as %j', (value, escaped) => {
    expect(formatTags(new Map([['key', value]]))).toBe(`key=${escaped}`);
    expect(read(escaped)).toBe(value);
  });

  it.each([
    ['\\b', 'b'],
    ['\\é', 'é'],
    ['\\😀', '😀'],
    ['a\\', 'a'],
    ['\\', ''],
    ['\\\\\\', '\\'],
    ['\\:\\', ';'],
  ])('%j has an escape that is none, whose backslash is dropped', (escaped, value) => {
    expect(read(escaped)).toBe(value);
  });

  it('is the same where it is empty and where it is missing', () => {
    expect(parseIrc('@a;b= PING')?.tags).toEqual(parseIrc('@a=;b PING')?.tags);
    expect(formatTags(new Map([['a', '']]))).toBe('a');
  });

  it('is the last one where a key comes twice', () => {
    expect(parseIrc('@a=1;b=2;a=3;b PING')?.tags).toEqual(new Map(Object.entries({ a: '3', b: '' })));
  });

  it('may hold more than one equals sign', () => {
    expect(read('a=b==')).toBe('a=b==');
  });
});

const NO_LINE_ENDS = /^[^\0\r\n]*$/;
const TEXT = fc.string({ unit: 'binary', maxLength: 30 }).filter((text) => NO_LINE_ENDS.test(text));
const WORD = TEXT.filter((text) => text !== '' && !text.startsWith(':') && !text.includes(' '));
const SOURCE = fc.oneof(fc.constant(''), WORD);

const MESSAGE: fc.Arbitrary<IrcMessage> = fc.record({
  tags: fc
    .array(fc.tuple(fc.stringMatching(/^\+?[\w.\-/]{1,12}$/), fc.string({ unit: 'binary', maxLength: 20 })))
    .map((all) => new Map(all)),
  source: SOURCE,
  command: fc.stringMatching(/^([A-Z]{1,10}|\d{3})$/),
  params: fc
    .tuple(fc.array(WORD, { maxLength: 5 }), fc.array(TEXT, { maxLength: 1 }))
    .map(([words, last]) => [...words, ...last]),
});

describe('formatIrc', () => {
  it('writes what parseIrc reads', () => {
    fc.assert(
      fc.property(MESSAGE, (message) => {
        expect(parseIrc(formatIrc(message))).toEqual(message);
      }),
    );
  });

  it('writes one line, whatever is in the tags', () => {
    fc.assert(
      fc.property(MESSAGE, (message) => {
        expect(formatIrc(message)).toMatch(/^[^\r\n]*$/);
      }),
    );
  });

  it.each([
    [{ command: 'PING' }, 'PING'],
    [{ command: 'PRIVMSG', params: ['#room', 'hello'] }, 'PRIVMSG #room hello'],
    [{ command: 'PRIVMSG', params: ['#room', 'hello there'] }, 'PRIVMSG #room :hello there'],
    [{ command: 'TOPIC', params: ['#room', ''] }, 'TOPIC #room :'],
    [{ command: 'PRIVMSG', params: ['#room', ':)'] }, 'PRIVMSG #room ::)'],
    [{ source: 'ann!a@h', command: 'QUIT', params: ['bye'] }, ':ann!a@h QUIT bye'],
    [{ tags: new Map(), source: '', command: 'PING', params: [] }, 'PING'],
    [{ tags: new Map([['label', 'a b']]), source: 's', command: 'ACK' }, '@label=a\\sb :s ACK'],
  ])('makes %j %j', (message, line) => {
    expect(formatIrc(message)).toBe(line);
  });
});

describe('parseIrc on any text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(fc.constantFrom(' ', ':', '@', ';', '=', '\\', 'a', '#', '\u0001', 'é')).map((all) => all.join('')),
  );

  it('never throws, and gives parameters without blanks but for the last', () => {
    fc.assert(
      fc.property(text, (line) => {
        const message = parseIrc(line);
        if (!message) return;
        expect(message.command).toMatch(/^[^ ]+$/);
        expect(message.source).not.toContain(' ');
        for (const param of message.params.slice(0, -1)) expect(param).toMatch(/^[^ :][^ ]*$/);
      }),
    );
  });

  it('reads the same from what it wrote of it', () => {
    fc.assert(
      fc.property(text, (line) => {
        const message = parseIrc(line);
        if (!message || /^[:@]/.test(message.command)) return;
        expect(parseIrc(formatIrc(message))).toEqual(message);
      }),
    );
  });
});

describe('foldIrc', () => {
  it('makes A to Z small, and nothing else', () => {
    expect(foldIrc('#Lobby')).toBe('#lobby');
    expect(foldIrc('[A]\\^{|}~É\u0130')).toBe('[a]\\^{|}~É\u0130');
    // The sign of the kelvin, whose small letter in Unicode is k.
    expect(foldIrc('\u212a')).toBe('\u212a');
  });

  it('changes no length, and nothing the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const folded = foldIrc(name);
        expect([folded.length, foldIrc(folded)]).toEqual([name.length, folded]);
      }),
    );
  });
});

describe('nickOf', () => {
  it.each([
    ['ann!a@host', 'ann'],
    ['ann@host', 'ann'],
    ['ann@host!x', 'ann'],
    ['irc.example', 'irc.example'],
    ['!a@host', ''],
    ['', ''],
  ])('of %j is %j', (source, nick) => {
    expect(nickOf(source)).toBe(nick);
  });
});

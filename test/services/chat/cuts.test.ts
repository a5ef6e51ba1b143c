import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { asConn } from '../../../src/net/conn.ts';
import { parseEndpoint } from '../../../src/net/endpoint.ts';
import { Session } from '../../../src/net/session.ts';
import { MAX_IRC_BYTES } from '../../../src/protocols/irc.ts';
import { chat } from '../../../src/services/chat.ts';
import { cutAt } from '../../support/cuts.ts';
import { serverContext } from '../../support/server-context.ts';
import { optionsOf } from '../../support/service-stages.ts';
import { until } from '../../support/sockets.ts';
import { frame } from '../../support/web-sockets.ts';

const RUNS = process.env['NETTK_LONG'] ? 5_000 : 300;
/** Around the limits of a line: 512 bytes of IRC, 4,096 of tags and of plain lines, all that is read of any. */
const LIMITS = [510, 4_096, 8_703];

/** A client in memory, whose pieces arrive as they were written. */
function join(options: unknown, state: unknown) {
  const [near, far] = duplexPair();
  const session = new Session(asConn(far, parseEndpoint('unix:@memory')), options as never, state as never, 1_000);
  far.on('error', () => {});
  const heard: Buffer[] = [];
  near.on('data', (chunk: Buffer) => heard.push(chunk)).on('error', () => {});
  const hasEnded = once(near, 'end');
  const failed: string[] = [];
  const over = Promise.resolve(chat.session?.(session.conn, session as never))
    .catch((error: Error) => failed.push(error.message))
    .then(() => session.finish());
  return {
    near,
    failed,
    text: (): string => Buffer.concat(heard).toString('latin1'),
    leave: async (): Promise<void> => {
      near.end();
      await Promise.all([over, hasEnded]);
    },
  };
}

/** What a client hears that sends these pieces and leaves, and what is heard of it in two rooms. */
async function hear(
  pieces: readonly Buffer[],
): Promise<{ client: string; watcher: string; failed: readonly string[] }> {
  const options = await optionsOf(chat as never, { operatorPassword: 'secret' });
  const state = await chat.setup?.(options as never, serverContext());
  const watcher = join(options, state);
  watcher.near.write(
    'NICK watch\r\nUSER watch 0 * :W\r\nCAP REQ :message-tags setname away-notify\r\nJOIN #lobby,#room\r\n',
  );
  await until(() => watcher.text().includes(' 366 watch #room '));
  const client = join(options, state);
  for (const piece of pieces) {
    client.near.write(piece);
    await nextTurn();
  }
  if (Buffer.concat(pieces).indexOf(UPGRADE) === 0) await until(() => client.text().includes(GOODBYE[1]));
  await client.leave();
  await watcher.leave();
  return { client: steady(client.text()), watcher: steady(watcher.text()), failed: client.failed };
}

/** Without what differs from run to run. Of HTTP's answers the first counts: what may follow one request is not decided here. */
const steady = (text: string): string =>
  text
    .replace(/^(HTTP\/1\.1 [2-5]\d\d [^\r]*).*/s, '$1')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '<time>')
    .replace(/^date: .*$/gim, 'date: <time>')
    .replace(/msgid=[\w-]+/g, 'msgid=<id>')
    .replace(/( 317 \S+ \S+) \d+ /g, '$1 <idle> ')
    .replace(/\b1\d{9}\b/g, '<unix>');

const bytes = (text: string): Buffer<ArrayBuffer> => Buffer.from(text, 'latin1');
const LONG = fc
  .tuple(
    fc.constantFrom('', 'PRIVMSG #lobby :', '@+x=', 'PING ', 'NICK ', 'GET /'),
    fc.constantFrom(...LIMITS),
    fc.nat({ max: 4 }),
    fc.constantFrom('', ' HTTP/1.1'),
  )
  .map(([head, limit, more, tail]) =>
    bytes(`${head}${'x'.repeat(limit - 2 + more - head.length - tail.length)}${tail}`),
  );
const GARBAGE = fc
  .array(fc.oneof(fc.constantFrom(0, 1, 9, 13, 32, 35, 47, 58, 64, 97, 0xc3, 0xa9, 0xff), fc.nat({ max: 255 })), {
    maxLength: 30,
  })
  .map((all) => Buffer.from(all.filter((byte) => byte !== 10)));

const FIRST = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom('NICK ann', 'nick ann', 'USER ann 0 * :Ann', 'CAP LS 302', 'PASS x').map(bytes),
  },
  {
    weight: 6,
    arbitrary: fc.constantFrom('ann', 'Nick', 'user', 'capital', 'PING x', '', ' ann', 'watch', 'ann!').map(bytes),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom('NICK', 'cap', 'PASS ', 'NICK\tann', 'USER  x', '@x NICK ann', ':x NICK ann').map(bytes),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom('GET / HTTP/1.1', 'get / HTTP/1.1', 'GET /  HTTP/1.1', 'GET / HTTP/2.0').map(bytes),
  },
  { weight: 2, arbitrary: GARBAGE },
  { weight: 1, arbitrary: LONG },
);
const lines = (text: string): Buffer[] => text.trim().split('\n').map(bytes);
const IRC = lines(`
NICK ann
USER ann 0 * :Ann
CAP REQ :batch labeled-response echo-message message-tags server-time
CAP END
JOIN #room
JOIN #lobby,#new key
PRIVMSG #lobby :hello there
@label=one;+x=y PRIVMSG #room :hello
@label=two WHOIS ann
NOTICE watch :psst
PRIVMSG #room :caf\xe9
PRIVMSG #room :\x01ACTION waves\x01
TOPIC #room :new
MODE #room +kl key 5
MODE ann +i
WHO *
NAMES #lobby
LIST
KICK #new ann
INVITE watch #new
CHATHISTORY LATEST #room * 5
AWAY :gone
SETNAME :Anna
OPER x secret
PING token
`);
const PLAIN = lines(`
hello, everybody
/join room
/msg watch psst
/me waves
/topic new
/who
/rooms
/nick anna
//not a command
/nonsense
/quit bye
`);
const HTTP = lines(`
Host: localhost
Connection: keep-alive
Content-Length: 3
`);
const LINE = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(...IRC, ...PLAIN, ...HTTP, bytes('QUIT :bye')) },
  { weight: 2, arbitrary: fc.constant(Buffer.alloc(0)) },
  { weight: 2, arbitrary: GARBAGE },
  { weight: 1, arbitrary: LONG },
);
const END = fc.constantFrom('\r\n', '\r\n', '\n', '\n', '\r\r\n', ' \r\n').map(bytes);

/** What a WebSocket says before its first message. */
const UPGRADE = bytes(
  'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: text.ircv3.net\r\n\r\n',
);
/** The last thing said over a WebSocket, and what is heard then: who leaves before loses what is under way. */
const GOODBYE = ['QUIT :goodbye', '[Quit: goodbye]'] as const;
const OVER_WEB_SOCKET = fc
  .array(fc.constantFrom(...IRC), { maxLength: 8 })
  .map((all) => [...all, GOODBYE[0]].map((line) => frame(1, line.toString('latin1'), { mask: true })))
  .map((frames) => Buffer.concat([UPGRADE, ...frames]));

/** What a client sends from its first byte to its last, and where it is cut. */
const STREAM = fc
  .oneof(
    {
      weight: 9,
      arbitrary: fc
        .tuple(FIRST, fc.array(fc.tuple(END, LINE), { maxLength: 10 }), fc.option(END, { nil: Buffer.alloc(0) }))
        .map(([first, lines, end]) => Buffer.concat([first, ...lines.flat(), end])),
    },
    { weight: 1, arbitrary: OVER_WEB_SOCKET },
  )
  .chain((all) => fc.tuple(fc.constant(all), cutsOf(all)));

function cutsOf(all: Buffer): fc.Arbitrary<readonly number[]> {
  const anywhere = fc.array(fc.nat({ max: all.length }), { maxLength: 12 });
  const everywhere = fc.constant(Array.from({ length: Math.min(all.length, 600) }, (_, i) => i));
  return fc.oneof({ weight: 3, arbitrary: anywhere }, { weight: 1, arbitrary: everywhere });
}

it('a chat server answers the same, however what a client sends is cut', async () => {
  const faces = new Set<string>();
  await fc.assert(
    fc.asyncProperty(STREAM, async ([all, places]) => {
      const whole = await hear([all]);
      expect(await hear(cutAt(all, places))).toEqual(whole);
      const spoken = facesIn(whole.client);
      for (const face of spoken) faces.add(face);
      for (const text of spoken.includes('IRC') ? [whole.client, whole.watcher] : [whole.watcher]) checkLines(text);
    }),
    { numRuns: RUNS, examples: [-1, 0, 1, 2, 3].map((more): [[Buffer<ArrayBuffer>, number[]]] => [longRequest(more)]) },
  );
  expect([...faces].sort()).toEqual(['HTTP', 'IRC', 'WebSocket', 'plain']);
});

/** Whatever was asked, an answer is a line of IRC: from somebody, of so many bytes at most besides its tags. */
function checkLines(text: string): void {
  for (const line of text.replace(/\r\n$/, '').split('\r\n')) {
    expect(line.replace(/^@\S+ /, '')).toMatch(/^(:\S+ (?:\d{3}|[A-Z]+)|ERROR|PING)(?: [^\r\n\0]*)?$/);
    expect(Buffer.byteLength(line.replace(/^@\S+ /, ''), 'latin1')).toBeLessThanOrEqual(MAX_IRC_BYTES - 2);
  }
}

/** A request whose first line is as long as what is read of one at most, or more; cut before its end. */
function longRequest(more: number): [Buffer<ArrayBuffer>, number[]] {
  const length = Math.max(...LIMITS) + more;
  return [
    bytes(`GET /${'x'.repeat(length - 'GET / HTTP/1.1'.length)} HTTP/1.1\r\nHost: localhost\r\n\r\n`),
    [length - 3, length],
  ];
}

/** By what was heard, what was spoken. */
function facesIn(text: string): string[] {
  if (text.startsWith('HTTP/1.1 101 ')) return ['WebSocket'];
  if (text.startsWith('HTTP/1.1 ')) return ['HTTP'];
  return [...(/ 001 ann /.test(text) ? ['IRC'] : []), ...(text.startsWith('* ') ? ['plain'] : [])];
}

it.each([
  ['PASS\r', 'IRC'],
  ['NICK', 'IRC'],
  ['nick', 'plain'],
])('a first line that the client does not end is one: %j is %s', async (text, face) => {
  const pieces = [...bytes(text)].map((byte) => Buffer.of(byte));
  const { client } = await hear(pieces);
  expect(client.startsWith(face === 'IRC' ? ':chat.nettk ' : '* ')).toBe(true);
});

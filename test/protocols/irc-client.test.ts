import { type Duplex, duplexPair } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { IrcClient, type IrcClientOptions } from '../../src/protocols/irc-client.ts';
import type { ChatEvent } from '../../src/protocols/irc-client-events.ts';
import { readLines } from '../../src/stream/lines.ts';

/** A client, what it hears, and a server that is scripted. */
interface Stage {
  readonly client: IrcClient;
  readonly events: ChatEvent[];
  readonly running: Promise<void>;
  readonly server: Duplex;
  /** Waits for a line that starts so; those before it are dropped. */
  hears(start: string): Promise<string>;
  says(...lines: string[]): void;
}

function stage(options: Partial<IrcClientOptions> = {}): Stage {
  const [near, server] = duplexPair();
  const client = new IrcClient(near, { nick: 'ann', timeoutMs: 10_000, ...options });
  const events: ChatEvent[] = [];
  const running = client.run((event) => void events.push(event));
  running.catch(() => {});
  const lines = readLines(server);
  return {
    client,
    events,
    running,
    server,
    async hears(start) {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`${start} never came`);
        if (value.startsWith(start)) return value;
      }
    },
    says: (...all) => void server.write(all.map((line) => `${line}\r\n`).join('')),
  };
}

/** A client in a room of a server with these capabilities. */
async function inRoom(caps = ''): Promise<Stage> {
  const one = stage();
  await one.hears('CAP LS 302');
  one.says(`:s CAP * LS :${caps}`);
  if (caps !== '') {
    await one.hears('CAP REQ');
    one.says(`:s CAP * ACK :${caps}`);
  }
  await one.hears('CAP END');
  one.says(':s 001 ann :Welcome');
  await one.client.registered();
  const joined = one.client.join('lobby');
  await one.hears('JOIN #lobby');
  one.says(':ann!a@h JOIN #lobby', ':s 353 ann = #lobby :@bob +carl ann', ':s 366 ann #lobby :End');
  await joined;
  await settled(one);
  one.events.length = 0;
  return one;
}

/** Waits until the client has taken all that the server said. */
async function settled(one: Stage): Promise<void> {
  const done = one.client.settle();
  const ping = await one.hears('PING ');
  one.says(`:s PONG s ${ping.slice(5)}`);
  await done;
}

const shortOf = (event: ChatEvent): Record<string, unknown> => {
  const { at: _at, ...rest } = event;
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined && value !== false));
};

describe('registering', () => {
  it('asks for what the server has of what it wants, and gives the password first', async () => {
    const one = stage({ password: 'pass word' });
    await one.hears('CAP LS 302');
    expect(await one.hears('PASS')).toBe('PASS :pass word');
    await one.hears('NICK ann');
    await one.hears('USER ann');
    one.says(':s CAP * LS * :sasl=PLAIN server-time', ':s CAP * LS :batch other/cap');
    expect(await one.hears('CAP REQ')).toBe('CAP REQ :server-time batch');
    one.says(':s CAP * ACK :server-time batch');
    await one.hears('CAP END');
    one.says(':s 001 ann :Welcome');
    await one.client.registered();
    expect([...one.client.caps]).toEqual(['server-time', 'batch']);
  });

  it('tries the next nick where one is in use', async () => {
    const one = stage();
    await one.hears('USER');
    one.says(':s 433 * ann :in use');
    expect(await one.hears('NICK')).toBe('NICK ann2');
    one.says(':s 433 * ann2 :in use');
    expect(await one.hears('NICK')).toBe('NICK ann3');
    one.says(':s 001 ann3 :Welcome');
    await one.client.registered();
    expect(one.client.nick).toBe('ann3');
  });

  it.each([
    ['464', '--password'],
    ['465', undefined],
    ['417', '--nick'],
  ])('tells why it was refused with %s', async (numeric, hint) => {
    const one = stage();
    await one.hears('USER');
    one.says(`:s ${numeric} * :That \u001b[2Jwill not do`);
    const message = 'register: That \\x1b[2Jwill not do';
    await expect(one.client.registered()).rejects.toMatchObject({ message, hint });
  });

  it('fails where the server is silent, and where it leaves', async () => {
    await expect(stage({ timeoutMs: 20 }).client.registered()).rejects.toThrow('register: no answer within 0.02 s');
    const one = stage();
    await one.hears('USER');
    one.says('ERROR :Closing link: full');
    one.server.end();
    await expect(one.client.registered()).rejects.toThrow('the server says: Closing link: full');
    await expect(one.running).rejects.toThrow('the server says: Closing link: full');
  });
});

describe('in a room', () => {
  it('answers pings', async () => {
    const one = await inRoom();
    one.says('PING :are you there');
    expect(await one.hears('PONG')).toBe('PONG :are you there');
  });

  it('tells what happens there', async () => {
    const one = await inRoom();
    one.says(
      ':bob!b@h PRIVMSG #lobby :hello',
      ':bob!b@h PRIVMSG #lobby :\u0001ACTION waves\u0001',
      ':bob!b@h PRIVMSG #lobby :\u0001VERSION\u0001',
      ':bob!b@h PRIVMSG ann :psst',
      ':bob!b@h NICK rob',
      ':rob!b@h TOPIC #lobby :tea',
      ':rob!b@h KICK #lobby carl :noise',
      ':s 404 ann #lobby :Cannot send',
      ':s NOTICE #lobby :Cannot send',
      ':rob!b@h QUIT :bye',
    );
    await settled(one);
    expect(one.events.map(shortOf)).toEqual([
      { event: 'message', room: 'lobby', nick: 'bob', text: 'hello' },
      { event: 'action', room: 'lobby', nick: 'bob', text: 'waves' },
      { event: 'message', to: 'ann', nick: 'bob', text: 'psst' },
      { event: 'nick', nick: 'bob', to: 'rob' },
      { event: 'topic', room: 'lobby', nick: 'rob', text: 'tea' },
      { event: 'kicked', room: 'lobby', nick: 'rob', to: 'carl', text: 'noise' },
      { event: 'refused', text: 'lobby: Cannot send' },
      { event: 'left', room: 'lobby', nick: 'rob', text: 'bye' },
    ]);
    expect(one.client.rooms.members('lobby')).toEqual(['ann']);
  });

  it('says things, and tells them itself where the server does not send them back', async () => {
    const one = await inRoom();
    expect(one.client.say('#lobby', 'hello').map(shortOf)).toEqual([
      { event: 'message', room: 'lobby', nick: 'ann', text: 'hello', isOwn: true },
    ]);
    expect(await one.hears('PRIVMSG')).toBe('PRIVMSG #lobby :hello');
    const echoed = await inRoom('echo-message');
    expect(echoed.client.say('#lobby', 'hello')).toEqual([]);
  });

  it('cuts what is too long between characters, and loses nothing', async () => {
    const one = await inRoom();
    const text = '世界'.repeat(400);
    one.client.say('#lobby', text);
    let said = '';
    while (said.length < text.length) {
      const line = await one.hears('PRIVMSG #lobby :');
      // With our name in front, as others get it.
      expect(Buffer.byteLength(`:ann!a@h ${line}\r\n`)).toBeLessThanOrEqual(512);
      said += line.slice('PRIVMSG #lobby :'.length);
    }
    expect(said).toBe(text);
  });

  it('never sends a second line in one', async () => {
    const one = await inRoom();
    one.client.say('#lobby', 'hello\r\nQUIT :forged');
    expect(await one.hears('PRIVMSG')).toMatch(/^PRIVMSG #lobby :hello +QUIT :forged$/);
  });

  it('marks what was said before, and when', async () => {
    const one = await inRoom('batch server-time draft/chathistory');
    expect(one.client.history('lobby', 5)).toBe(true);
    await one.hears('CHATHISTORY LATEST #lobby * 5');
    one.says(
      ':s BATCH +1 chathistory #lobby',
      '@batch=1;time=2026-01-02T03:04:05.678Z :bob!b@h PRIVMSG #lobby :old',
      ':s BATCH -1',
      ':bob!b@h PRIVMSG #lobby :new',
    );
    await settled(one);
    expect(one.events.map((event) => ('isOld' in event ? event.isOld : undefined))).toEqual([true, false]);
    expect(one.events[0]?.at).toBe(Date.UTC(2026, 0, 2, 3, 4, 5, 678));
  });

  it('tells why a room cannot be joined, once', async () => {
    const one = await inRoom();
    const joined = one.client.join('secret');
    await one.hears('JOIN #secret');
    one.says(':s 473 ann #secret :Cannot join (+i)');
    await expect(joined).rejects.toThrow('join secret: Cannot join (+i)');
    await settled(one);
    expect(one.events).toEqual([]);
  });

  it('leaves in order', async () => {
    const one = await inRoom();
    one.client.quit('bye');
    expect(await one.hears('QUIT')).toBe('QUIT bye');
    one.server.end('ERROR :Closing link\r\n');
    await one.running;
  });
});

import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Endpoint } from '../../../src/net/endpoint.ts';
import { MAX_READ_BYTES } from '../../../src/services/chat/irc/session.ts';
import { INTRODUCE_MS, MAX_PLAIN_BYTES } from '../../../src/services/chat/limits.ts';
import { kindOf, serveWebChat } from '../../../src/services/chat/session.ts';
import { settle, visit } from './visit.ts';

const fakeTime = (): void =>
  void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
afterEach(() => vi.useRealTimers());

describe('kindOf', () => {
  it.each([
    ['GET / HTTP/1.1', 'http'],
    ['GET /socket?x=1 HTTP/1.0', 'http'],
    ['POST /x HTTP/1.1', 'http'],
    ['FOO bar HTTP/1.1', 'http'],
    ['NICK HTTP/1.1 HTTP/1.1', 'http'],
    ['CAP LS 302', 'irc'],
    ['CAP', 'irc'],
    ['PASS secret', 'irc'],
    ['NICK ann', 'irc'],
    ['NICK ', 'irc'],
    ['USER a 0 * :A', 'irc'],
    ['nick ann', 'irc'],
    ['Nick  ann', 'irc'],
    ['user a', 'irc'],
    ['cap ls', 'irc'],
    ['ann', 'plain'],
    ['', 'plain'],
    ['nick', 'plain'],
    ['Nick', 'plain'],
    ['user', 'plain'],
    ['pass ', 'plain'],
    ['NICKY', 'plain'],
    ['nicky ann', 'plain'],
    [' NICK ann', 'plain'],
    ['NICK\tann', 'plain'],
    ['JOIN #room', 'plain'],
    ['PING x', 'plain'],
    [':ann NICK ann', 'plain'],
    ['@a=1 NICK ann', 'plain'],
    ['get / HTTP/1.1', 'plain'],
    ['GET / HTTP/2.0', 'plain'],
    ['GET / HTTP/1.1 ', 'plain'],
    ['GET  / HTTP/1.1', 'plain'],
    ['GET /', 'plain'],
    ['PRI * HTTP/2.0', 'plain'],
    ['\x16\x03\x01', 'plain'],
    ['__proto__', 'plain'],
  ])('of %j is %s', (line, kind) => {
    expect(kindOf(line)).toBe(kind);
  });
});

describe('a first line', () => {
  const faces: [string, string, RegExp][] = [
    ['IRC', 'NICK ann\r\nUSER ann 0 * :Ann\r\n', /^:chat\.nettk 001 ann /],
    ['IRC with a bare LF', 'USER ann 0 * :Ann\nNICK ann\n', /^:chat\.nettk 001 ann /],
    ['plain lines', 'ann\n', /^\* ann joined lobby\n\* in lobby: @ann\n$/],
    ['plain lines with CR LF', 'ann\r\n', /^\* ann joined lobby\n/],
    ['HTTP', 'GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n', /^HTTP\/1\.1 404 /],
  ];

  it.each(faces)('is understood as %s wherever it is cut', async (_face, said, answer) => {
    for (let place = 0; place <= said.length; place += 1) {
      const { client, heard, over } = visit();
      client.write(said.slice(0, place));
      await settle();
      client.write(said.slice(place));
      await settle();
      expect(heard()).toMatch(answer);
      client.destroy();
      await Promise.race([over, settle()]);
    }
  });

  it.each(faces)('of a client that ends behind it is understood as %s', async (_face, said, answer) => {
    const { client, heard, over, house } = visit();
    client.end(said);
    await over;
    await settle();
    expect(heard()).toMatch(answer);
    expect([house.connections, house.users.size]).toEqual([0, 0]);
  });

  it('may be missing its end where the client has ended', async () => {
    const { client, heard, over } = visit();
    client.end('ann');
    await over;
    await settle();
    expect(heard()).toMatch(/^\* ann joined lobby\n/);
  });

  it('that is half a request is nobody’s nick', async () => {
    const { client, heard, over } = visit();
    client.end('GET / HTTP/1.1');
    await over;
    await settle();
    expect(heard()).toMatch(/^\* Not a nickname/);
  });

  it.each([
    ['of IRC', 'NICK ', ':chat.nettk 417 * :Input line was too long\r\n'],
    ['of plain lines', '', `* too long, not sent: a line has at most ${MAX_PLAIN_BYTES} bytes\n`],
    ['of HTTP', 'GET /', `* too long, not sent: a line has at most ${MAX_PLAIN_BYTES} bytes\n`],
  ])('%s that is too long is refused, and the next one counts', async (_what, start, answer) => {
    const { client, heard } = visit();
    client.write(start + 'x'.repeat(MAX_READ_BYTES));
    await settle();
    client.write(`${'x'.repeat(MAX_READ_BYTES)}\n`);
    await settle();
    expect(heard()).toBe(answer);
    client.write(start === 'NICK ' ? 'PING x\n' : 'ann\n');
    await settle();
    expect(heard()).toMatch(start === 'NICK ' ? /PONG chat\.nettk :x\r\n$/ : /\* in lobby: @ann\n$/);
    client.destroy();
  });

  it('is nothing where the client goes without one', async () => {
    for (const leave of ['end', 'destroy'] as const) {
      const { client, heard, over, house } = visit();
      client[leave]();
      await Promise.race([over, settle()]);
      expect([heard(), house.connections]).toEqual(['', 0]);
    }
  });
});

describe('a client that says nothing', () => {
  it('is asked for its nick after 2 s, once', async () => {
    fakeTime();
    const { client, heard } = visit();
    vi.advanceTimersByTime(1_999);
    await settle();
    expect(heard()).toBe('');
    vi.advanceTimersByTime(1);
    await settle();
    expect(heard()).toBe('* your nick?\n');
    vi.advanceTimersByTime(10_000);
    client.write('ann\n');
    await settle();
    expect(heard()).toBe('* your nick?\n* ann joined lobby\n* in lobby: @ann\n');
    client.destroy();
  });

  it('but half a line is asked, too, and goes on', async () => {
    fakeTime();
    const { client, heard } = visit();
    client.write('an');
    await settle();
    vi.advanceTimersByTime(2_000);
    client.write('n\n');
    await settle();
    expect(heard()).toBe('* your nick?\n* ann joined lobby\n* in lobby: @ann\n');
    client.destroy();
  });

  it('is not asked where it has spoken', async () => {
    fakeTime();
    const { client, heard } = visit();
    client.write('CAP LS\r\n');
    await settle();
    vi.advanceTimersByTime(5_000);
    await settle();
    expect(heard()).not.toContain('your nick');
    client.destroy();
  });

  it('is let go after 60 s', async () => {
    fakeTime();
    const { heard, over, holds } = visit();
    vi.advanceTimersByTime(INTRODUCE_MS);
    await over;
    await settle();
    expect(heard()).toBe('* your nick?\n* goodbye: you have not introduced yourself in time\n');
    expect([holds(), vi.getTimerCount()]).toEqual([0, 0]);
  });

  it('is told when the server closes', async () => {
    fakeTime();
    const { heard, over, stop } = visit();
    stop.abort();
    await over;
    await settle();
    expect([heard(), vi.getTimerCount()]).toEqual(['* goodbye: The server is closing\n', 0]);
  });

  it('is not spoken to first on the port for browsers', async () => {
    fakeTime();
    const { client, heard, over } = visit({ serve: serveWebChat });
    const end = once(client, 'end');
    vi.advanceTimersByTime(INTRODUCE_MS);
    await over;
    await settle();
    await end;
    expect(heard()).toBe('');
    const other = visit({ serve: serveWebChat });
    other.client.write('ann\n');
    await settle();
    expect(other.heard()).toMatch(/^\* ann joined lobby\n/);
    other.client.destroy();
  });
});

describe('a client that does not introduce itself', () => {
  it.each([
    ['IRC', 'CAP LS\r\n', /ERROR :Closing link: \(203\.0\.113\.7\) \[You have not introduced yourself in time\]\r\n$/],
    ['plain lines', '\n', /\* goodbye: You have not introduced yourself in time\n$/],
  ])('is let go after 60 s however much it says, with %s', async (_face, line, goodbye) => {
    fakeTime();
    const { client, heard, over } = visit({ rules: { pingTimeoutMs: 8_000 } });
    for (let i = 0; i <= INTRODUCE_MS / 1_000; i += 1) {
      client.write(line);
      await settle();
      vi.advanceTimersByTime(1_000);
    }
    await over;
    await settle();
    expect(heard()).toMatch(goodbye);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a guest', () => {
  it.each<[string, Partial<Endpoint>, string]>([
    ['an address', {}, '203.0.113.7'],
    ['an IPv6 address', { host: '2001:db8::7' }, '2001:db8::7'],
    // A colon in front would make it a last parameter.
    ['an IPv6 address that begins with a colon', { host: '::1' }, '0::1'],
    ['a Unix socket', { scheme: 'unix', host: '', path: '/run/chat' }, 'localhost'],
  ])('from %s has a host that fits in a message', async (_what, peer, host) => {
    const { client, house } = visit({ peer });
    client.write('ann\n');
    await settle();
    expect(house.findUser('ann')?.source).toBe(`ann!~plain@${host}`);
    client.destroy();
  });

  it.each<[string, Partial<Endpoint>, boolean, boolean]>([
    ['from afar', {}, false, true],
    ['from this machine', { host: '127.0.0.1' }, false, false],
    ['from this machine where nobody is exempt', { host: '127.0.0.1' }, true, true],
    ['from a Unix socket', { scheme: 'unix', host: '', path: '/x' }, false, false],
  ])('%s is held by flood control, or not', async (_what, peer, floodIsForAll, isHeld) => {
    const rules = { flood: { burst: 3, periodMs: 3_600_000 }, floodIsForAll };
    for (const said of ['ann\none\ntwo\nthree\nfour\n', 'NICK ann\nUSER a 0 * :A\nPING 1\nPING 2\nPING 3\n']) {
      const { client, house } = visit({ peer, rules });
      client.write(said);
      await settle();
      expect(house.findUser('ann')?.link.isHeld).toBe(isHeld);
      client.destroy();
    }
  });

  it.each(['tls', 'wss'] as const)('over %s is known to be', async (scheme) => {
    const { client, house } = visit({ peer: { scheme } });
    client.write('ann\n');
    await settle();
    expect([house.findUser('ann')?.isSecure, house.findUser('ann')?.face]).toEqual([true, 'plain']);
    client.destroy();
  });

  it('holds the rule about silence for as long as they are there', async () => {
    const { client, holds } = visit();
    expect(holds()).toBe(0);
    client.write('ann\n');
    await settle();
    expect(holds()).toBe(1);
    client.destroy();
  });

  it('who comes while the server closes is sent away politely', async () => {
    const { client, heard, over, stop, house } = visit();
    client.write('NICK ann\r\nUSER a 0 * :A\r\n');
    stop.abort();
    await over;
    await settle();
    expect([heard().includes('closing'), house.users.size, house.connections]).toEqual([true, 0, 0]);
  });
});

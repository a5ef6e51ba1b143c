import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Registrar,
  type RegistrarEvent,
  type RegistrarOptions,
  startRegistrar,
} from '../../src/clients/registrar.ts';
import { type Endpoint, parseEndpoint } from '../../src/net/endpoint.ts';
import { type Server, serve } from '../../src/net/serve.ts';
import { name } from '../../src/services/name.ts';
import { speakTo, startNameServer } from '../services/name/support.ts';
import { optionsOf } from '../support/service-stages.ts';
import { until } from '../support/sockets.ts';

/** Far longer than a withdrawal takes. */
const LONG_MS = 20_000;

const open: (() => unknown)[] = [];
let folder: string;
let socket: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-registrar-'));
  socket = join(folder, 'names.sock');
});
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  await rm(folder, { recursive: true, force: true });
});

/** A registrar, and what it told. */
function start(server: Endpoint, more: Partial<RegistrarOptions> = {}) {
  const events: RegistrarEvent[] = [];
  const registrar: Registrar = startRegistrar({
    places: [{ name: 'echo', endpoint: parseEndpoint('tcp://127.0.0.1:7'), description: 'Says it "back"' }],
    server: async () => server,
    isChecked: false,
    random: () => 0,
    onEvent: (event) => void events.push(event),
    ...more,
  });
  open.push(() => registrar.stop(0));
  return { registrar, events, kinds: () => events.map(({ kind }) => kind) };
}

async function nameServer(given: Readonly<Record<string, unknown>> = {}): Promise<Server> {
  const { server } = await startNameServer(given);
  open.push(() => server.close());
  return server;
}

/** A name server at a socket file, which is nobody else's while it is away. */
async function startOn(path: string): Promise<Server> {
  const options = (await optionsOf(name as never, {})) as never;
  const server = await serve(name, { endpoints: [`unix:${path}`], options });
  open.push(() => server.close());
  return server;
}

async function ask(server: Server, line: string): Promise<string[]> {
  const speaker = await speakTo(server);
  const answer = await speaker.ask(line);
  speaker.socket.destroy();
  return answer;
}

/** A name server that answers what it is told to; what it was asked is kept. */
async function scripted(answer: (line: string) => string | undefined) {
  const asked: string[] = [];
  const server: TcpServer = createServer((socket) => {
    socket.on('error', () => {});
    let rest = '';
    socket.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        asked.push(line);
        const said = answer(line);
        if (said !== undefined) socket.write(said);
      }
    });
    open.push(() => socket.destroy());
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  open.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { asked, endpoint: parseEndpoint(`tcp://127.0.0.1:${port}`) };
}

describe('a registrar', () => {
  it('registers each place with what is known of it, and withdraws them', async () => {
    const server = await nameServer();
    const { registrar, events, kinds } = start(server.endpoints[0]!, {
      places: [
        { name: 'echo', endpoint: parseEndpoint('tcp://127.0.0.1:7'), description: 'Says it "back"' },
        { name: 'web', endpoint: parseEndpoint('tls://127.0.0.1:443') },
        { name: 'time', endpoint: parseEndpoint('udp://0.0.0.0:37') },
      ],
    });
    await until(() => events.length === 3);
    expect(events).toMatchObject([
      { kind: 'registered', id: '127.0.0.1:7', target: '127.0.0.1:7', isAgain: false, server: server.endpoints[0] },
      { kind: 'registered', id: '127.0.0.1:443' },
      { kind: 'registered', id: '127.0.0.1:37' },
    ]);
    expect((await ask(server, 'show echo'))[0]).toMatch(/ status=up .*description="Says it \\"back\\"" .* lease=15$/);
    expect((await ask(server, 'lookup web'))[0]).toContain(' meta.scheme=tls');
    expect((await ask(server, 'lookup time'))[0]).toContain(' protocol=udp');
    await registrar.stop(LONG_MS);
    expect(kinds().slice(3)).toEqual(['withdrawn', 'withdrawn', 'withdrawn']);
    expect(await ask(server, 'list')).toEqual([]);
  });

  it('has what is checked looked at, over TCP only', async () => {
    const server = await nameServer();
    const places = ['tcp://127.0.0.1:7', 'udp://127.0.0.1:8'].map((text) => ({
      name: 'x',
      endpoint: parseEndpoint(text),
    }));
    const { events } = start(server.endpoints[0]!, { places, isChecked: true });
    await until(() => events.length === 2);
    const shown = await ask(server, 'show x');
    expect(shown.map((line) => / check="?(\w+)/.exec(line)?.[1])).toEqual(['tcp', undefined]);
  });

  it('renews three times in a lease', async () => {
    const { asked, endpoint } = await scripted((line) =>
      line.startsWith('register') ? '127.0.0.1:7 name=echo id=one status=up\n.\n' : '.\n',
    );
    const { kinds } = start(endpoint, { ttlMs: 1_000 });
    await until(() => asked.length >= 4);
    expect(asked[0]).toMatch(/^register echo 7 ttl=1000ms check=none description=/);
    expect(asked.slice(1, 4)).toEqual(['renew echo/one', 'renew echo/one', 'renew echo/one']);
    expect(kinds()).toEqual(['registered']);
  });

  it('registers again when somebody dropped it, and tells of both', async () => {
    const server = await nameServer();
    const { events, kinds } = start(server.endpoints[0]!, { ttlMs: 1_000 });
    await until(() => events.length === 1);
    await ask(server, 'drop echo');
    await until(() => events.length === 3);
    expect(kinds()).toEqual(['registered', 'unregistered', 'registered']);
    expect(events[1]).toMatchObject({ isLost: true, error: { message: 'echo: not registered' } });
    expect(events[2]).toMatchObject({ isAgain: true });
    expect(await ask(server, 'lookup echo')).toHaveLength(1);
  });

  it('registers again with a name server that was restarted and knows nothing', async () => {
    const first = await startOn(socket);
    const at = first.endpoints[0]!;
    // So long a lease that only the end of the connection tells.
    const { events, kinds } = start(at, { ttlMs: 86_400_000 });
    await until(() => events.length === 1);
    await first.close();
    await until(() => events.length === 2);
    const second = await startOn(socket);
    await until(() => events.length === 3);
    expect(kinds()).toEqual(['registered', 'unregistered', 'registered']);
    expect(second.connections).toBe(1);
  });

  it('says once that no name server is there, and goes on trying', async () => {
    const at = parseEndpoint(`unix:${socket}`);
    let tries = 0;
    const server = async (): Promise<Endpoint> => {
      tries += 1;
      return at;
    };
    const { events, registrar } = start(at, { server });
    await until(() => tries >= 3);
    expect(events).toMatchObject([{ kind: 'unregistered', isLost: false, error: { code: 'ENOENT' } }]);
    await registrar.stop(LONG_MS);
    expect(events).toHaveLength(1);
  });

  it('shows its token, and says what is missing where it has none', async () => {
    const server = await nameServer({ token: 'sesame' });
    const without = start(server.endpoints[0]!);
    await until(() => without.events.length === 1);
    expect(without.events).toMatchObject([
      { kind: 'unregistered', error: { code: 'REFUSED', message: expect.stringContaining('needs the token') } },
    ]);
    const guess = start(server.endpoints[0]!, { token: 'guess' });
    await until(() => guess.events.length === 1);
    expect(guess.events).toMatchObject([
      { kind: 'unregistered', error: { message: 'token: not a token of this server' } },
    ]);
    const shown = start(server.endpoints[0]!, { token: 'sesame' });
    await until(() => shown.events.length === 1);
    expect(shown.kinds()).toEqual(['registered']);
  });

  it('lets one place that is refused keep no other out', async () => {
    const server = await nameServer();
    const places = ['bad-', 'good'].map((one) => ({ name: one, endpoint: parseEndpoint('tcp://127.0.0.1:7') }));
    const { events } = start(server.endpoints[0]!, { places });
    await until(() => events.length === 2);
    expect(events.map(({ kind, place }) => [kind, place.name])).toEqual([
      ['unregistered', 'bad-'],
      ['registered', 'good'],
    ]);
  });

  it('registers what is advertised', async () => {
    const server = await nameServer();
    const { events } = start(server.endpoints[0]!, { advertise: { host: '192.0.2.7', port: 80 } });
    await until(() => events.length === 1);
    expect(events).toMatchObject([{ kind: 'registered', target: '192.0.2.7:80' }]);
  });

  it('ends in time where the name server does not answer its goodbye', async () => {
    const { asked, endpoint } = await scripted((line) =>
      line.startsWith('register') ? '127.0.0.1:7 name=echo id=one status=up\n.\n' : undefined,
    );
    const { registrar, events, kinds } = start(endpoint);
    await until(() => events.length === 1);
    await registrar.stop(50);
    expect(asked.at(-1)).toBe('drop echo/one');
    expect(kinds()).toEqual(['registered']);
  });

  it.each([
    ['no record', 'what?\n.\n'],
    ['half a string', '127.0.0.1:7 id="\n.\n'],
    ['nothing', '.\n'],
    ['an empty id', '127.0.0.1:7 id=""\n.\n'],
    ['an id with a blank', '127.0.0.1:7 id="a b"\n.\n'],
    ['an id of two lines', '127.0.0.1:7 id="a\\nb"\n.\n'],
    ['a name for an address', 'host:7 id=one\n.\n'],
  ])('takes %s for a failure, and tries again', async (_what, nonsense) => {
    const answers = [nonsense, '127.0.0.1:7 name=echo id=one status=up\n.\n'];
    const { endpoint } = await scripted(() => answers.shift());
    const { events } = start(endpoint);
    await until(() => events.length === 2);
    expect(events).toMatchObject([{ error: { code: 'PROTOCOL' } }, { id: 'one', target: '127.0.0.1:7' }]);
  });
});

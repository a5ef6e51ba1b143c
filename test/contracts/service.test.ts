/** What every service does, over whatever carries it: a service is tested by being listed in src/services/index.ts. */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { DatagramFace, MAX_ANSWER_GROWTH_BYTES } from '../../src/net/datagram-face.ts';
import { parseEndpoint } from '../../src/net/endpoint.ts';
import { serve } from '../../src/net/serve.ts';
import { services } from '../../src/services/index.ts';
import type { Service } from '../../src/services/service.ts';
import { optionsOf, STAGES, type Stage } from '../support/service-stages.ts';
import { askOverUdp, closed, connectTo, openDatagramClient, readBytes, readToEnd, until } from '../support/sockets.ts';

/** How often what depends on luck is repeated; `npm run test:long` does the full count. */
const REPEATS = process.env['NETTK_LONG'] ? 100 : 5;

/** What is known of a service beyond the contract. */
interface Manners {
  /** What a client says. */
  readonly ask: string;
  /** How the whole answer reads, as Latin-1. */
  readonly answer: RegExp;
  /** The same over UDP, where it is another: cut, or without its frame. */
  readonly datagram?: RegExp;
  /** Options with which it closes after one answer, where it is not its nature. */
  readonly once?: Readonly<Record<string, unknown>>;
  /** How it answers a client that says more than anybody reads, where that is not `answer`. */
  readonly flooded?: RegExp;
  /** It listens until its client ends. */
  readonly isPatient?: true;
  /** It never stops sending. */
  readonly isEndless?: true;
}

const DATE = /\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}/.source;
/** What a flooding client sends after its question, and a one-shot service leaves unread. */
const FLOOD = 'x'.repeat(200_000);
/** A service that is not in here is asked with a line and may answer anything. */
const MANNERS: Readonly<Record<string, Manners>> = {
  echo: { ask: 'hi\n', answer: /^hi\n$/, flooded: /^hi\nx{200000}$/, isPatient: true },
  discard: { ask: 'hi\n', answer: /^$/, isPatient: true },
  chargen: { ask: 'hi\n', answer: /^!"#\$%&'\(\)\*\+,-\.\//, isEndless: true },
  daytime: { ask: '', answer: new RegExp(`^${DATE}\r\n$`) },
  time: { ask: '', answer: /^.{4}$/s },
  qotd: { ask: '', answer: /^[\x20-\x7e]+\r\n$/, datagram: /^[\x20-\x7e]{64}$|\r\n$/ },
  timestamp: { ask: 'hi\r\n', answer: new RegExp(`^\\[${DATE}\\] hi\r\n$`), once: { once: true } },
  sleep: { ask: 'sleep 0\n', answer: /^[\x20-\x7e]+\n$/, flooded: /^[\x20-\x7e]+\n/ },
  command: {
    ask: 'os\n',
    answer: /^posix\n\.\n$/,
    datagram: /^posix\n$/,
    once: { close: true },
    flooded: /^posix\n$/,
  },
};
const UNKNOWN: Manners = { ask: 'hi\n', answer: /^/ };

const mannersOf = ({ name }: Service): Manners => MANNERS[name] ?? UNKNOWN;

let stage: Stage;
afterEach(async () => {
  await stage?.stop();
});

/** Asks and reads the answer: to its end where the service ends it, else as much as proves it. */
async function converse(client: Duplex, service: Service): Promise<string> {
  const { ask } = mannersOf(service);
  if (!mannersOf(service).isEndless) {
    client.end(ask);
    return (await readToEnd(client)).toString('latin1');
  }
  client.write(ask);
  const start = await readBytes(client, 10_000);
  client.on('error', () => {}).destroy();
  return start.toString('latin1');
}

/** The kinds of handle open in this process, each as often as it is open; timers are counted apart by whoever asks. */
function handles(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((one) => one !== 'Immediate' && one !== 'TickObject' && !one.includes('Req'))
    .sort();
}

/** What is open now and was not before. What was closing before may be gone by now: that is no news. */
function beyond(before: readonly string[], now: readonly string[]): string[] {
  const known = [...before];
  return now.filter((kind) => {
    const place = known.indexOf(kind);
    if (place !== -1) known.splice(place, 1);
    return place === -1;
  });
}

describe.each(services.filter(({ session }) => session).map((service) => ({ name: service.name, service })))('$name', ({
  service,
}) => {
  describe.each(STAGES)('over $name', ({ hasReset, open }) => {
    it('answers, and ends after its client has', async () => {
      stage = await open(service);
      expect(await converse(await stage.connect(), service)).toMatch(mannersOf(service).answer);
      await until(() => stage.connections === 0);
      expect(stage.bugs).toEqual([]);
    });

    it('answers several clients at once', async () => {
      stage = await open(service);
      const clients = await Promise.all(Array.from({ length: 5 }, () => stage.connect()));
      const answers = await Promise.all(clients.map((client) => converse(client, service)));
      for (const answer of answers) expect(answer).toMatch(mannersOf(service).answer);
    });

    it.skipIf(mannersOf(service).isEndless)('ends where its client says nothing and ends', async () => {
      stage = await open(service);
      const client = await stage.connect();
      client.end();
      await readToEnd(client);
      await until(() => stage.connections === 0);
      expect(stage.bugs).toEqual([]);
    });

    it('survives any bytes, and answers the next client', async () => {
      stage = await open(service);
      for (let round = 0; round < 10; round += 1) {
        const client = await stage.connect();
        client.on('error', () => {});
        client.resume().on('end', () => client.end());
        client.write(randomBytes(1 + round * 300));
        client.write('\r\n\0\n');
        if (mannersOf(service).isEndless) client.destroy();
        else client.end();
        await closed(client);
      }
      expect(stage.bugs).toEqual([]);
      expect(await converse(await stage.connect(), service)).toMatch(mannersOf(service).answer);
    });

    it.runIf(hasReset)('survives a reset before, in and after its answer', async () => {
      stage = await open(service);
      for (const said of ['', mannersOf(service).ask.slice(0, 2), mannersOf(service).ask]) {
        const client = (await stage.connect()) as Socket;
        client.on('error', () => {}).write(said);
        await until(() => stage.connections > 0 || client.readableLength > 0);
        client.resetAndDestroy();
        await until(() => stage.connections === 0);
      }
      expect(stage.bugs).toEqual([]);
      expect(await converse(await stage.connect(), service)).toMatch(mannersOf(service).answer);
    });

    it(`lets its whole answer arrive though its client sent what nobody reads, ${REPEATS} times`, async () => {
      const { ask, answer, once: closing, flooded, isPatient, isEndless } = mannersOf(service);
      stage = await open(service, closing);
      for (let i = 0; i < REPEATS; i += 1) {
        const client = await stage.connect();
        client.write(ask + FLOOD);
        if (isPatient) client.end();
        const all = await (isEndless ? readBytes(client, 100_000) : readToEnd(client));
        expect(all.toString('latin1')).toMatch(flooded ?? answer);
        if (isEndless) client.destroy();
        else client.end();
      }
      expect(stage.bugs).toEqual([]);
    });

    it('drains: ends its sessions when told, and cuts none whose client agrees', async () => {
      stage = await open(service);
      const clients = await Promise.all(Array.from({ length: 3 }, () => stage.connect()));
      for (const client of clients) {
        client.resume().on('end', () => client.end());
        client.write(mannersOf(service).ask);
      }
      await until(() => stage.accepted === clients.length);
      expect(await stage.drain(60_000)).toEqual({ cut: 0 });
      await Promise.all(clients.map(closed));
      expect(stage.connections).toBe(0);
      expect(stage.bugs).toEqual([]);
    });

    it('leaves nothing open', async () => {
      const before = handles();
      const opened = await open(service);
      await converse(await opened.connect(), service);
      await opened.stop();
      await until(() => beyond(before, handles()).length === 0);
      stage = await open(service);
    });
  });

  it('goes on beside a client that never reads, and drains though it is there', async () => {
    await using server = await serve(service, {
      endpoints: ['tcp://127.0.0.1:0'],
      options: (await optionsOf(service)) as never,
    });
    const deaf = await connectTo(server.endpoints[0]!);
    deaf.on('error', () => {}).pause();
    const line = mannersOf(service).ask.repeat(100);
    for (let i = 0; i < 2_000 && deaf.writable; i += 1) deaf.write(line);
    expect(await converse(await connectTo(server.endpoints[0]!), service)).toMatch(mannersOf(service).answer);
    await server.drain(50);
    expect(server.connections).toBe(0);
    deaf.destroy();
  });

  it('starts again on its port at once, clients still open', async () => {
    const options = (await optionsOf(service)) as never;
    const first = await serve(service, { endpoints: ['tcp://127.0.0.1:0'], options });
    const client = await connectTo(first.endpoints[0]!);
    client.on('error', () => {}).write('hi\n');
    await until(() => first.connections === 1 || client.readableLength > 0);
    await first.close();
    await using second = await serve(service, { endpoints: first.endpoints, options });
    expect(await converse(await connectTo(second.endpoints[0]!), service)).toMatch(mannersOf(service).answer);
    client.destroy();
  });
});

const BOUND = parseEndpoint('udp://127.0.0.1:7777');

/** A service's UDP side without a socket, so that datagrams can come from anywhere. */
async function openFace(service: Service, rate: number) {
  const options = await optionsOf(service);
  const state = await service.setup?.(options as never);
  const refused: string[] = [];
  const bugs: unknown[] = [];
  const face = new DatagramFace(
    service as never,
    options,
    state,
    { rate, graceMs: 1_000 },
    { onRefused: (reason) => refused.push(reason), onFailed: (_peer, error) => bugs.push(error) },
  );
  const receive = face.receiver(BOUND);
  /** Everything said back to one datagram. */
  const tell = async (message: Buffer, address: string, port: number): Promise<Buffer[]> => {
    const said: Buffer[] = [];
    receive(message, { address, port }, async (answer) => void said.push(answer));
    await face.settled();
    return said;
  };
  return { tell, refused, bugs };
}

describe.each(
  services.filter(({ datagram }) => datagram).map((service) => ({ name: service.name, service })),
)('$name over UDP', ({ service }) => {
  const { ask, answer, datagram = answer } = mannersOf(service);
  const isSilent = datagram.source === '^$';

  it.skipIf(isSilent)('answers from the port it was asked at', async () => {
    await using server = await serve(service, {
      endpoints: ['udp://127.0.0.1:0'],
      options: (await optionsOf(service)) as never,
    });
    const client = await openDatagramClient();
    const heard = once(client, 'message');
    const said = await askOverUdp(client, server.endpoints[0]!, Buffer.from(ask));
    expect((await heard)[1].port).toBe(server.endpoints[0]?.port);
    expect(said.toString('latin1')).toMatch(datagram);
    client.close();
  });

  it('never answers with more than 64 bytes above the request, once at most', async () => {
    const { tell, bugs } = await openFace(service, 1_000_000);
    const asks = [Buffer.from(ask), Buffer.from('ls -la\n'), Buffer.from('help\n'), Buffer.alloc(0)];
    const random = Array.from({ length: 200 }, (_, i) => randomBytes(i * 7));
    for (const message of [...asks, ...random]) {
      const said = await tell(message, '192.0.2.1', 40_000);
      expect(said.length).toBeLessThanOrEqual(1);
      for (const one of said) expect(one.length).toBeLessThanOrEqual(message.length + MAX_ANSWER_GROWTH_BYTES);
    }
    expect(bugs).toEqual([]);
  });

  it('never answers the ports of services that would answer back, nor itself', async () => {
    const { tell, refused } = await openFace(service, 1_000_000);
    const sources = [0, 7, 9, 13, 17, 19, 37, 53].map((port) => ['192.0.2.1', port] as const);
    for (const [address, port] of [...sources, [BOUND.host, BOUND.port] as const]) {
      expect(await tell(Buffer.from(ask), address, port)).toEqual([]);
    }
    expect(refused).toHaveLength(9);
  });

  it('cannot be made to answer its own answers for ever', async () => {
    const [one, other] = [await openFace(service, 100), await openFace(service, 100)];
    let said = await one.tell(Buffer.from(ask), '127.0.0.1', 19);
    let turns = 0;
    for (let turn = 0; said[0] && turn < 1_000; turn += 1, turns += 1) {
      said = await (turn % 2 === 0 ? other : one).tell(said[0], '127.0.0.1', BOUND.port);
    }
    expect(turns).toBeLessThanOrEqual(2);
  });

  it('gives one source its rate and no more, and another source its own', async () => {
    const { tell, refused } = await openFace(service, 10);
    let answers = 0;
    for (let i = 0; i < 50; i += 1) answers += (await tell(Buffer.from(ask), '192.0.2.1', 1_024 + i)).length;
    if (!isSilent) expect(answers).toBeGreaterThanOrEqual(10);
    expect(answers).toBeLessThan(50);
    expect(refused).toContain('too many from one source');
    expect(await tell(Buffer.from(ask), '192.0.2.2', 40_000)).toHaveLength(isSilent ? 0 : 1);
  });

  it('starts again on its port at once', async () => {
    const options = (await optionsOf(service)) as never;
    const endpoints = ['tcp://127.0.0.1:0', 'udp://127.0.0.1:0'].slice(service.session ? 0 : 1);
    const first = await serve(service, { endpoints, options });
    await first.close();
    await using second = await serve(service, { endpoints: first.endpoints, options });
    expect(second.endpoints).toEqual(first.endpoints);
  });
});

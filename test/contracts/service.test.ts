/** What every service does, over whatever carries it: a service is tested by being listed in src/services/index.ts. */

import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { serve } from '../../src/net/serve.ts';
import { services } from '../../src/services/index.ts';
import { allThatTalk, converse, FLOOD, mannersOf } from '../support/service-manners.ts';
import { optionsOf, STAGES, type Stage } from '../support/service-stages.ts';
import { closed, connectTo, readBytes, readToEnd, until } from '../support/sockets.ts';

/** How often what depends on luck is repeated; `npm run test:long` does the full count. */
const REPEATS = process.env['NETTK_LONG'] ? 100 : 5;

let stage: Stage;
afterEach(async () => {
  await stage?.stop();
});

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

describe.each(allThatTalk(services).filter(({ service }) => service.session))('$name', ({ service }) => {
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

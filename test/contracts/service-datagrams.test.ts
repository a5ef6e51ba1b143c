/** What every service with a UDP side does: small answers, no loops, a rate for each source. */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { DatagramFace, MAX_ANSWER_GROWTH_BYTES } from '../../src/net/datagram-face.ts';
import { parseEndpoint } from '../../src/net/endpoint.ts';
import { serve } from '../../src/net/serve.ts';
import { services } from '../../src/services/index.ts';
import type { Face, Service } from '../../src/services/service.ts';
import { serverContext } from '../support/server-context.ts';
import { allThatTalk, mannersOf } from '../support/service-manners.ts';
import { optionsOf } from '../support/service-stages.ts';
import { askOverUdp, openDatagramClient } from '../support/sockets.ts';

const BOUND = parseEndpoint('udp://127.0.0.1:7777');

/** The longest answer, for a face whose protocol limits answers itself. */
const maxAnswerOf = (service: Service): number | undefined => (service as Partial<Face>).maxAnswer;

/** A service's UDP side without a socket, so that datagrams can come from anywhere. */
async function openFace(service: Service, rate: number) {
  const options = await optionsOf(service);
  const state = await service.setup?.(options as never, serverContext());
  const refused: string[] = [];
  const bugs: unknown[] = [];
  const face = new DatagramFace(
    service as never,
    options,
    state,
    { rate, graceMs: 1_000, maxAnswer: maxAnswerOf(service) },
    { onRefused: (reason) => refused.push(reason), onFailed: (_peer, error) => bugs.push(error) },
  );
  const receive = face.receiver(BOUND);
  /** Everything said back to one datagram. */
  const tell = async (message: Buffer, address: string, port: number): Promise<Buffer[]> => {
    const said: Buffer[] = [];
    receive(message, { address, port }, (answer, onSent) => {
      said.push(answer);
      onSent();
    });
    await face.settled();
    return said;
  };
  return { tell, refused, bugs };
}

describe.each(allThatTalk(services).filter(({ service }) => service.datagram))('$name over UDP', ({ service }) => {
  const { answer, datagram = answer, ask: spoken, datagramAsk: ask = spoken } = mannersOf(service);
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

  it('never answers with more than 64 bytes above the request, or what its protocol allows, once at most', async () => {
    const { tell, bugs } = await openFace(service, 1_000_000);
    const asks = [Buffer.from(ask), Buffer.from('ls -la\n'), Buffer.from('help\n'), Buffer.alloc(0)];
    const random = Array.from({ length: 200 }, (_, i) => randomBytes(i * 7));
    for (const message of [...asks, ...random]) {
      const said = await tell(message, '192.0.2.1', 40_000);
      expect(said.length).toBeLessThanOrEqual(1);
      const most = maxAnswerOf(service) ?? message.length + MAX_ANSWER_GROWTH_BYTES;
      for (const one of said) expect(one.length).toBeLessThanOrEqual(most);
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

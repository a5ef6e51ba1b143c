import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { Lobby } from '../../../src/clients/relay/lobby.ts';
import { parseEndpoint } from '../../../src/net/endpoint.ts';
import { connectTo, readToEnd, until } from '../../support/sockets.ts';

const dropped: string[] = [];
const handlers = { onDrop: (peer: string) => void dropped.push(peer), onRefused: () => {}, onError: () => {} };
const never = new AbortController().signal;
let lobby: Lobby;
afterEach(() => lobby.close());

async function open() {
  lobby = new Lobby();
  return (await lobby.open(parseEndpoint('tcp://127.0.0.1:0'), handlers, {})).endpoint;
}

describe('a lobby', () => {
  it('gives the client that has waited for longest, else the next that comes', async () => {
    const endpoint = await open();
    const one = await connectTo(endpoint);
    const first = await lobby.next(never);
    const second = lobby.next(never);
    const two = await connectTo(endpoint);
    expect([first.peer.port, (await second).peer.port]).toEqual([one.localPort, two.localPort]);
    for (const socket of [one, two, first, await second]) socket.destroy();
  });

  it('forgets a caller that has given up, so that no client is lost to it', async () => {
    const endpoint = await open();
    const controller = new AbortController();
    const givenUp = lobby.next(controller.signal);
    controller.abort(new Error('enough'));
    await expect(givenUp).rejects.toThrow('enough');
    const one = await connectTo(endpoint);
    const conn = await lobby.next(never);
    expect(conn.peer.port).toBe(one.localPort);
    conn.destroy();
    one.destroy();
  });

  it('hands out clients in the order they came, and listens no more when it is closed', async () => {
    const endpoint = await open();
    const one = await connectTo(endpoint);
    const end = readToEnd(one);
    const two = await connectTo(endpoint);
    // The second is accepted after the first: when it is here, both are.
    const conn = await lobby.next(never);
    expect(conn.peer.port).toBe(one.localPort);
    conn.end();
    await end;
    const sentHome = readToEnd(two);
    const waits = await lobby.next(never);
    waits.end();
    await sentHome;
    await lobby.close();
    await expect(connectTo(endpoint)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    for (const socket of [one, two, conn, waits]) socket.destroy();
  });

  it('refuses whom it has no room for', async () => {
    const endpoint = await open();
    const all = await Promise.all(Array.from({ length: 129 }, () => connectTo(endpoint)));
    await until(() => dropped.length > 0);
    expect(dropped).toHaveLength(1);
    for (const one of all) one.destroy();
    await Promise.all(all.map((one) => (one.closed ? undefined : once(one, 'close'))));
  });
});

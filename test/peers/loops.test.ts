import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { createNetns, type Netns } from '../support/netns.ts';
import { runProgram, startNettk } from '../support/nettk.ts';
import { startPeer } from '../support/peers.ts';

const PYTHON = '/usr/bin/python3';
const fixture = (name: string): string => resolve(import.meta.dirname, `../fixtures/python/${name}.py`);

/** A UDP server: its service, its address and its port. */
type Place = readonly [service: string, address: string, port: number];

/**
 * Packets in the namespace after one datagram to the second server that claims to come from the first. Both are asked
 * something afterwards: an answer is behind whatever a loop has sent until then.
 */
async function packetsAfterSpoof(netns: Netns, first: Place, second: Place): Promise<number> {
  const python = async (name: string, ...args: (string | number)[]): Promise<void> => {
    const { code, stderr } = await runProgram(PYTHON, [fixture(name), ...args.map(String)], { via: netns.via });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  };
  const before = netns.received();
  await python('spoof', first[1], first[2], second[1], second[2]);
  for (const [, address, port] of [second, first]) await python('ask_datagram', address, port);
  const questionsAndAnswers = 4;
  return netns.received() - before - questionsAndAnswers;
}

describe('one spoofed datagram', () => {
  it.for<readonly [Place, Place]>([
    [
      ['echo', '127.0.0.1', 7],
      ['echo', '127.0.0.2', 7],
    ],
    [
      ['echo', '127.0.0.1', 7],
      ['chargen', '127.0.0.1', 19],
    ],
    [
      ['chargen', '127.0.0.2', 19],
      ['echo', '127.0.0.1', 7],
    ],
    [
      ['time', '127.0.0.1', 37],
      ['daytime', '127.0.0.2', 13],
    ],
    [
      ['qotd', '127.0.0.1', 17],
      ['timestamp', '127.0.0.1', 21567],
    ],
  ])('makes at most 2 packets between %j and %j', async ([first, second], context) => {
    needs(context, PYTHON, 'ip', 'root');
    await using netns = createNetns();
    await using _one = await startServer(netns, first);
    await using _two = await startServer(netns, second);
    const packets = await packetsAfterSpoof(netns, first, second);
    expect(packets).toBeGreaterThan(0);
    expect(packets).toBeLessThanOrEqual(2);
  });

  it.for<Place>([
    ['echo', '127.0.0.1', 7],
    ['echo', '127.0.0.1', 7007],
    ['timestamp', '127.0.0.1', 21567],
  ])('makes at most 2 packets from a server to itself: %s at %s:%d', async (place, context) => {
    needs(context, PYTHON, 'ip', 'root');
    await using netns = createNetns();
    await using _server = await startServer(netns, place);
    const packets = await packetsAfterSpoof(netns, place, place);
    expect(packets).toBeGreaterThan(0);
    expect(packets).toBeLessThanOrEqual(2);
  });

  it('makes a loop between servers that answer anybody, so that this count would show one', async (context) => {
    needs(context, PYTHON, 'ip', 'root');
    await using netns = createNetns();
    const places: Place[] = [
      ['echo', '127.0.0.1', 7],
      ['echo', '127.0.0.2', 7],
    ];
    const start = ([, address, port]: Place) =>
      startPeer(PYTHON, [fixture('naive_echo'), address, `${port}`], {
        via: netns.via,
        ready: [`udp:${address}:${port}`],
      });
    await using _one = await start(places[0]!);
    await using _two = await start(places[1]!);
    expect(await packetsAfterSpoof(netns, places[0]!, places[1]!)).toBeGreaterThan(100);
  });
});

const startServer = (netns: Netns, [service, address, port]: Place) =>
  startNettk([`${service}-server`, '--udp', '--host', address, '--port', `${port}`], { via: netns.via });

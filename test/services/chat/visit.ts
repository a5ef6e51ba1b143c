/** Clients of a chat server in memory, without a server around it. */

import { type Duplex, duplexPair } from 'node:stream';
import { asConn } from '../../../src/net/conn.ts';
import type { Endpoint } from '../../../src/net/endpoint.ts';
import type { House, HouseRules } from '../../../src/services/chat/house.ts';
import { serveChat } from '../../../src/services/chat/session.ts';
import { houseStage } from './house-stage.ts';

/** One client. */
export interface Visit {
  readonly client: Duplex;
  readonly house: House;
  /** Closes the house. */
  readonly stop: AbortController;
  /** Ends with the session. */
  readonly over: Promise<void>;
  /** What the client heard so far. */
  heard(): string;
  bytes(): Buffer;
  /** Says something, lets it be handled, and gives the lines heard since this was asked last. */
  say(text: string | Buffer): Promise<string[]>;
  /** How many holds are on the rule about silence. */
  holds(): number;
}

/** How a client comes. */
export interface Visiting {
  /** The house of another client; one of its own where there is none. */
  readonly at?: Pick<Visit, 'house' | 'stop'>;
  readonly rules?: Partial<HouseRules>;
  readonly peer?: Partial<Endpoint>;
  readonly serve?: typeof serveChat;
}

const FAR: Endpoint = { scheme: 'tcp', host: '203.0.113.7', port: 5_000, path: '' };

/** Connects a client. */
export function visit({ at, rules, peer, serve = serveChat }: Visiting = {}): Visit {
  const stop = at?.stop ?? new AbortController();
  const house = at?.house ?? houseStage(rules, stop.signal).house;
  const [client, server] = duplexPair();
  const chunks: Buffer[] = [];
  let seen = 0;
  client.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {});
  // Node's pair does not tell one end that the other is gone.
  client.on('close', () => server.destroy());
  let holds = 0;
  const over = serve(asConn(server, { ...FAR, ...peer }), {
    options: undefined,
    state: house,
    signal: new AbortController().signal,
    graceMs: 1_000,
    hold: () => {
      holds += 1;
      return () => {
        holds -= 1;
      };
    },
  });
  return {
    client,
    house,
    stop,
    over,
    heard: () => Buffer.concat(chunks).toString(),
    bytes: () => Buffer.concat(chunks),
    async say(text) {
      client.write(text);
      await settle();
      const news = Buffer.concat(chunks.slice(seen)).toString();
      seen = chunks.length;
      return news.split(/\r?\n/).slice(0, -1);
    },
    holds: () => holds,
  };
}

/** A client of IRC that has introduced itself; what it heard of that is behind it. */
export async function visitByIrc(nick: string, visiting: Visiting & { readonly caps?: string } = {}): Promise<Visit> {
  const one = visit(visiting);
  const caps = visiting.caps === undefined ? '' : `CAP REQ :${visiting.caps}\r\nCAP END\r\n`;
  await one.say(`${caps && 'CAP LS 302\r\n'}NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\n${caps}`);
  return one;
}

/** Lets streams and turns of the event loop go by. */
export async function settle(turns = 10): Promise<void> {
  for (let i = 0; i < turns; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** What is said to each service and how it answers, for the conformance suites. */

import type { Duplex } from 'node:stream';
import type { Face, Service } from '../../src/services/service.ts';
import { readBytes, readToEnd } from './sockets.ts';

/** What is known of a service beyond the contract. */
export interface Manners {
  /** What a client says. */
  readonly ask: string;
  /** How the whole answer reads, as Latin-1. */
  readonly answer: RegExp;
  /** The same over UDP, where it is another: cut, or without its frame. */
  readonly datagram?: RegExp;
  /** What a client says over UDP, where that is another. */
  readonly datagramAsk?: string;
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
export const FLOOD = 'x'.repeat(200_000);
/** Others come and go meanwhile, and may have the nick. */
const CHAT: Manners = {
  ask: 'ann\n/quit\n',
  answer: /^(\* .+\n)*\* in lobby: .*ann.*\n(\* .+\n)*\* goodbye: quit\n$/,
};
/** Asks for the SOA record of `nettk`, with the number `ab`. */
const SOA_QUERY = 'ab\x01\0\0\x01\0\0\0\0\0\0\x05nettk\0\0\x06\0\x01';
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
  chat: CHAT,
  'chat (web)': CHAT,
  name: {
    ask: 'register x 9 check=none\nlookup x\n',
    answer: /^[\d.]+:9 name=x id=[\d.]+:9 status=up index=\d+\n\.\n[\d.]+:9 name=x id=\S+ status=up ttl=5\n\.\n$/,
    flooded: /^[\d.]+:9 name=x [\s\S]*\n\.\nerror: read a line: longer than 8192 bytes[^\n]*\n\.\n$/,
  },
  'name (dns)': {
    ask: `\0\x17${SOA_QUERY}`,
    answer: /^\0.ab[\s\S]*\x0ahostmaster\x05nettk/,
    datagramAsk: SOA_QUERY,
    datagram: /^ab[\s\S]*\x0ahostmaster\x05nettk/,
    isPatient: true,
  },
  'name (http)': {
    ask: 'GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    answer: /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nok\n$/,
    // Node's parser judges what follows before the answer to what came before it is made.
    flooded: /^HTTP\/1\.1 (200 OK|400 Bad Request)\r\n/,
  },
};
const UNKNOWN: Manners = { ask: 'hi\n', answer: /^/ };

/** How a service behaves; of one not listed, nothing is known. */
export const mannersOf = ({ name }: Service): Manners => MANNERS[name] ?? UNKNOWN;

/** Each service, and each of its faces as a service of its own: whatever talks is held to the same. */
export function allThatTalk(services: readonly Service[]): readonly { name: string; service: Service }[] {
  return services.flatMap((service) => [
    { name: service.name, service },
    ...(service.faces ?? []).map((face) => ({
      name: `${service.name} (${face.name})`,
      service: withFace(service, face),
    })),
  ]);
}

function withFace({ session: _, datagram: __, ...service }: Service, face: Face): Service {
  const { session, datagram, maxAnswer } = face;
  return {
    ...service,
    ...(maxAnswer !== undefined && { maxAnswer }),
    name: `${service.name} (${face.name})`,
    ...(session && { session }),
    ...(datagram && { datagram }),
  };
}

/** Asks and reads the answer: to its end where the service ends it, else as much as proves it. */
export async function converse(client: Duplex, service: Service): Promise<string> {
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

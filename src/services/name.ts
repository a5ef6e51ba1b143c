/** The name server: who is registered under a name, how they are, who asked; plain lines for people and programs. */

import { NAME_ANNOUNCED, NAME_PORT } from '../protocols/name-line.ts';
import type { NameHouse } from './name/house.ts';
import { defineService } from './service.ts';

/** The longest time between two checks, and the longest that the log goes back, in milliseconds. */
const DAY_MS = 86_400_000;

/** The longest answer of the DNS face in a datagram, in bytes; without EDNS its own limit is lower. */
const DNS_EDNS_BYTES = 1_232;
/** Answers a second to one client of the DNS face that is not on this machine: a resolver asks for many. */
const DNS_UDP_RATE = 1_000;

/** The name service. */
export const name = defineService({
  name: 'name',
  summary: 'Registers services by name, checks them, and tells who asks where they are',
  port: NAME_PORT,
  options: {
    db: { type: 'path', describe: 'keep everything in this SQLite file; in memory without it' },
    interval: {
      type: 'duration',
      default: '5s',
      min: 50,
      max: DAY_MS,
      describe: 'from one check to the next, at most',
    },
    timeout: { type: 'duration', default: '1s', min: 10, max: 60_000, describe: 'how long a check may take' },
    fail: { type: 'integer', default: '3', min: 1, max: 1_000, describe: 'failures in a row that make a server down' },
    rise: { type: 'integer', default: '2', min: 1, max: 1_000, describe: 'passes in a row that make it up again' },
    'drop-after': {
      type: 'integer',
      default: '6',
      min: 0,
      max: 1_000_000,
      describe: 'failures in a row that drop it; 0 is never',
    },
    'allow-net': {
      type: 'networks',
      describe: 'check addresses there too, not only the own address of who registers',
    },
    token: {
      type: 'text',
      placeholder: 'TOKEN|@FILE',
      describe: 'needed to register; without it anybody may',
    },
    'admin-token': {
      type: 'text',
      placeholder: 'TOKEN|@FILE',
      describe: "needed to change what is others'",
    },
    'dns-port': { type: 'port', describe: 'answer DNS queries there, over UDP and TCP' },
    zone: { type: 'text', default: 'nettk', placeholder: 'DOMAIN', describe: 'the domain of the names in DNS' },
    forward: {
      type: 'text',
      placeholder: 'ADDRESS[:PORT]',
      describe: 'pass DNS queries for other domains to this server; refused without it',
    },
    'forward-for': {
      type: 'networks',
      describe: 'for whom; by default this machine and private networks',
    },
    'http-port': { type: 'port', describe: 'serve HTTP there: JSON, metrics, Consul, a status page' },
    'http-origin': {
      type: 'list',
      placeholder: 'URL',
      describe: 'answer HTTP by this name, and its pages: what a proxy before it shows; * is any',
    },
    announce: { type: 'flag', describe: 'tell the local network of it by multicast DNS: --server mdns finds it' },
    'log-age': {
      type: 'duration',
      default: '30d',
      min: 1_000,
      max: 3_650 * DAY_MS,
      describe: 'how far the log goes back',
    },
    'log-records': { type: 'integer', default: '1000000', min: 1, max: 1e9, describe: 'how many records the log has' },
  },
  announcement: { option: 'announce', type: NAME_ANNOUNCED },
  // What serves is loaded by the servers that need it, and not by every command.
  setup: async (options, server): Promise<NameHouse> =>
    (await import('./name/house.ts')).NameHouse.open(options, server),
  close: (house) => house.close(),
  faces: [
    {
      name: 'dns',
      option: 'dns-port',
      isPlain: true,
      maxAnswer: DNS_EDNS_BYTES,
      udpRate: DNS_UDP_RATE,
      session: async (conn, context) => {
        const { serveDns } = await import('./name/dns-session.ts');
        return serveDns(conn, context.state, context);
      },
      datagram: (message, { host, port }, { state }) => {
        return state.dns.answer(message, { address: host, port, face: 'dns', role: 'reader' }, 'udp');
      },
    },
    {
      name: 'http',
      option: 'http-port',
      session: async (conn, context) => {
        const { serveNameHttp } = await import('./name/http/http-session.ts');
        return serveNameHttp(conn, context.state, context);
      },
    },
  ],
  session: async (conn, context) => {
    const { serveNameLines } = await import('./name/line-session.ts');
    return serveNameLines(conn, context.state, context);
  },
});

/** The options of OpenBSD's nc as Debian has it (nc_openbsd(1)) as a table: its letters and its defaults. */

import type { OptionSpecs, OptionValues } from '../option.ts';

/** nc has letters only; the long names are ours. */
export const NC_OPTIONS = {
  listen: { type: 'flag', alias: 'l', describe: 'wait for a client instead of connecting' },
  'keep-open': { type: 'flag', alias: 'k', describe: 'with -l: go on after the first client' },
  ipv4: { type: 'flag', alias: '4', describe: 'IPv4 only' },
  ipv6: { type: 'flag', alias: '6', describe: 'IPv6 only' },
  unix: { type: 'flag', alias: 'U', describe: 'a Unix socket' },
  udp: { type: 'flag', alias: 'u', describe: 'UDP instead of TCP' },
  'source-port': {
    type: 'text',
    alias: 'p',
    placeholder: 'PORT',
    describe: 'connect from, or with -l listen on, this port',
  },
  source: {
    type: 'text',
    alias: 's',
    placeholder: 'ADDRESS',
    describe: 'connect from, or with -l listen on, this address',
  },
  numeric: { type: 'flag', alias: 'n', describe: 'take addresses and port numbers only, look up no names' },
  shutdown: { type: 'flag', alias: 'N', describe: 'end our side at the end of the input' },
  'quit-after': { type: 'text', alias: 'q', placeholder: 'SECONDS', describe: 'as -N, and quit this long after' },
  timeout: {
    type: 'duration',
    alias: 'w',
    min: 1,
    describe: 'wait for the connection; end when nothing moves',
  },
  'no-stdin': { type: 'flag', alias: 'd', describe: 'read nothing from standard input' },
  crlf: { type: 'flag', alias: 'C', describe: 'send line ends as CRLF' },
  telnet: { type: 'flag', alias: 't', describe: 'answer telnet negotiation' },
  interval: { type: 'duration', alias: 'i', describe: 'wait between lines sent, and between ports' },
  zero: { type: 'flag', alias: 'z', describe: 'only say which ports are open' },
  random: { type: 'flag', alias: 'r', describe: 'take several ports in random order' },
  broadcast: { type: 'flag', alias: 'b', describe: 'allow broadcast' },
  tos: { type: 'text', alias: 'T', placeholder: 'KEYWORD', describe: 'type of service' },
} as const satisfies OptionSpecs;

const NO_PROXY = 'proxies are not part of this version';
const NO_SUCH_SOCKET_OPTION = 'Node cannot set it on a socket';

/** nc's letters that cannot be had, and why. */
export const NC_REFUSED: ReadonlyMap<string, string> = new Map([
  ['-D', NO_SUCH_SOCKET_OPTION],
  ['-F', 'Node cannot pass a socket on'],
  ['-I', NO_SUCH_SOCKET_OPTION],
  ['-M', NO_SUCH_SOCKET_OPTION],
  ['-m', NO_SUCH_SOCKET_OPTION],
  ['-O', NO_SUCH_SOCKET_OPTION],
  ['-S', NO_SUCH_SOCKET_OPTION],
  ['-V', NO_SUCH_SOCKET_OPTION],
  ['-W', 'packets are not counted in this version'],
  ['-P', NO_PROXY],
  ['-X', NO_PROXY],
  ['-x', NO_PROXY],
  ['-Z', 'Node has no DCCP'],
]);

/** Their values. */
export type NcValues = OptionValues<typeof NC_OPTIONS>;

/** ncat's options (ncat(1), 7.9x) as a table: its flags and its defaults. */

import type { OptionSpecs, OptionValues } from '../option.ts';

/** What ncat calls the options that connect and listen have too. */
export const NCAT_OPTIONS = {
  listen: { type: 'flag', alias: 'l', describe: 'wait for a client instead of connecting' },
  'keep-open': { type: 'flag', alias: 'k', describe: 'with -l: go on after the first client' },
  'max-conns': { type: 'integer', alias: 'm', default: '100', min: 1, max: 1_000_000, describe: 'clients at once' },
  ipv4: { type: 'flag', alias: '4', describe: 'IPv4 only' },
  ipv6: { type: 'flag', alias: '6', describe: 'IPv6 only' },
  unixsock: { type: 'flag', alias: 'U', describe: 'a Unix socket' },
  udp: { type: 'flag', alias: 'u', describe: 'UDP instead of TCP' },
  'source-port': {
    type: 'text',
    alias: 'p',
    placeholder: 'PORT',
    describe: 'connect from, or with -l listen on, this port',
  },
  source: { type: 'text', alias: 's', placeholder: 'ADDRESS', describe: 'connect from this address' },
  nodns: { type: 'flag', alias: 'n', describe: 'take addresses only, look up no names' },
  exec: { type: 'text', alias: 'e', placeholder: 'COMMAND', describe: 'run this program for the connection' },
  'sh-exec': { type: 'text', alias: 'c', placeholder: 'COMMAND', describe: 'run this with /bin/sh' },
  crlf: { type: 'flag', alias: 'C', describe: 'send line ends as CRLF' },
  telnet: { type: 'flag', alias: 't', describe: 'answer telnet negotiation' },
  delay: { type: 'duration', alias: 'd', describe: 'wait between lines sent' },
  wait: { type: 'duration', alias: 'w', default: '10s', min: 1, describe: 'wait for the connection' },
  'idle-timeout': { type: 'duration', alias: 'i', min: 1, describe: 'end when nothing moves' },
  'quit-after': {
    type: 'duration',
    alias: 'q',
    describe: 'quit this long after the input has ended',
  },
  zero: { type: 'flag', alias: 'z', describe: 'only say whether somebody is there' },
  output: { type: 'path', alias: 'o', placeholder: 'FILE', describe: 'write what comes and goes to this file' },
  'hex-dump': { type: 'path', alias: 'x', placeholder: 'FILE', describe: 'write it as a hex dump' },
  'append-output': { type: 'flag', describe: 'add to those files instead of emptying them' },
  'send-only': { type: 'flag', describe: 'only send; quit at the end of the input' },
  'recv-only': { type: 'flag', describe: 'only receive' },
  'no-shutdown': { type: 'flag', describe: 'keep our side open at the end of the input' },
  allow: { type: 'list', placeholder: 'HOST,…', describe: 'take only these clients' },
  allowfile: { type: 'path', placeholder: 'FILE', describe: 'the same from a file' },
  deny: { type: 'list', placeholder: 'HOST,…', describe: 'refuse these clients' },
  denyfile: { type: 'path', placeholder: 'FILE', describe: 'the same from a file' },
  broker: { type: 'flag', describe: 'pass what each client sends to all the others' },
  chat: { type: 'flag', describe: 'the same, with the number of who said it' },
  ssl: { type: 'flag', describe: 'TLS' },
  'ssl-cert': { type: 'path', placeholder: 'FILE', describe: 'our certificate (PEM)' },
  'ssl-key': { type: 'path', placeholder: 'FILE', describe: 'its private key (PEM)' },
  'ssl-verify': { type: 'flag', describe: "verify the server's certificate; without it any is taken, as ncat does" },
  'ssl-trustfile': { type: 'path', placeholder: 'FILE', describe: 'with --ssl-verify: trust these certificates' },
  'ssl-ciphers': { type: 'text', placeholder: 'LIST', describe: 'cipher list as OpenSSL writes it' },
  'ssl-servername': { type: 'text', placeholder: 'NAME', describe: 'ask for this name (SNI)' },
  'ssl-alpn': { type: 'text', placeholder: 'LIST', describe: 'application protocols, by comma' },
} as const satisfies OptionSpecs;

const NO_PROXY = 'proxies are not part of this version';
const NO_IP_OPTIONS = 'Node cannot set IP options';

/** ncat's options that cannot be had, by what is typed, and why. */
export const NCAT_REFUSED: ReadonlyMap<string, string> = new Map([
  ['--sctp', 'Node has no SCTP'],
  ['--vsock', 'Node has no vsock'],
  ['--lua-exec', 'there is no Lua inside; try --exec with a program'],
  ['-g', NO_IP_OPTIONS],
  ['-G', NO_IP_OPTIONS],
  ['--proxy', NO_PROXY],
  ['--proxy-type', NO_PROXY],
  ['--proxy-auth', NO_PROXY],
  ['--proxy-dns', NO_PROXY],
]);

/** Values of ncat's options. */
export type NcatValues = OptionValues<typeof NCAT_OPTIONS>;

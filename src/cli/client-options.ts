/** Options that the clients share. */

import type { OptionSpecs } from './option.ts';

/** Which way to ask. */
export const WAY_OPTIONS = {
  udp: { type: 'flag', alias: 'u', describe: 'over UDP only' },
  tcp: { type: 'flag', describe: 'over TCP only' },
} as const satisfies OptionSpecs;

/** How long to wait. */
export const TIMEOUT_OPTION = {
  timeout: {
    type: 'duration',
    alias: 'w',
    default: '10s',
    min: 1,
    describe: 'wait for a connection, and for an answer',
  },
} as const satisfies OptionSpecs;

/** How a peer's data is shown. */
export const OUTPUT_OPTIONS = {
  'raw-output': { type: 'flag', describe: "leave the peer's bytes as they are on a terminal too" },
} as const satisfies OptionSpecs;

/** Where the server is known. */
export const VIA_OPTION = {
  via: {
    type: 'text',
    placeholder: 'NAME-SERVER',
    describe: 'HOST is the name of a service, and looked up there: HOST[:PORT], tls://HOST:PORT, or mdns',
  },
} as const satisfies OptionSpecs;

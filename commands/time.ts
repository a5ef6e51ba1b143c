/** Asks a server for its clock and says how far ours is off (RFC 868). */

import { TIMEOUT_OPTION, VIA_OPTION, WAY_OPTIONS } from '../src/cli/client-options.ts';
import { defineCommand } from '../src/cli/command.ts';
import { reach } from '../src/cli/reach.ts';
import { TLS_TRUST_OPTIONS } from '../src/cli/tls-options.ts';

/** The `time` command. */
export const timeCommand = defineCommand({
  name: 'time',
  summary: "Asks a server for its clock and prints it with the offset from this machine's (RFC 868)",
  details:
    'The protocol counts whole seconds: the offset is right to about half a second. Asks over UDP, else over TCP.',
  positionals: {
    host: { type: 'text', describe: 'where to ask, HOST or HOST:PORT; 127.0.0.1 where left out' },
    port: { type: 'text', describe: 'port or service name; time where left out' },
  },
  options: { ...WAY_OPTIONS, ...VIA_OPTION, ...TIMEOUT_OPTION, ...TLS_TRUST_OPTIONS },
  examples: [
    {
      line: 'nettk time 127.0.0.1 7037',
      does: "a server's clock and its offset",
      servers: { 7037: 'time-server' },
      prints: /^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4} \([+-]\d+\.\d s\)\n$/,
    },
    {
      line: 'nettk time 127.0.0.1:7037 --json',
      does: 'as JSON: answer, unix (seconds), offsetMs',
      servers: { 7037: 'time-server' },
      prints: /^\{"answer":"[^"]+","unix":\d+,"offsetMs":-?\d+\}\n$/,
    },
  ],
  async run(args, io) {
    const { askTime } = await import('../src/clients/time.ts');
    const { formatCtime } = await import('../src/protocols/ctime.ts');
    const found = await reach(args, { host: '127.0.0.1', service: 'time', port: 37, scheme: 'udp' }, io);
    const limits = { timeoutMs: args.timeout, signal: io.signal };
    const { unixMs, offsetMs } = await found.first((target) => askTime(target, { ...limits, tls: target.tls }));
    const answer = formatCtime(new Date(unixMs));
    if (args.json) return io.json({ answer, unix: unixMs / 1_000, offsetMs });
    const seconds = (Math.abs(offsetMs) / 1_000).toFixed(1);
    return io.write(`${answer} (${offsetMs < 0 ? '-' : '+'}${seconds} s)\n`);
  },
});

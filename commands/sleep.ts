/** Has a server sleep, and says how long it did. */

import { VIA_OPTION } from '../src/cli/client-options.ts';
import { defineCommand } from '../src/cli/command.ts';
import { reach } from '../src/cli/reach.ts';
import { TLS_TRUST_OPTIONS } from '../src/cli/tls-options.ts';
import { LONGEST_SLEEP_S, SLEEP_PORT } from '../src/protocols/sleep.ts';

const LONGEST_MS = LONGEST_SLEEP_S * 1_000;

/** The `sleep` command. */
export const sleepCommand = defineCommand({
  name: 'sleep',
  summary: 'Has a sleep server sleep, waits for it and says how long it slept',
  details: 'The server never answers early. Interrupted, it cancels the sleep. Past --deadline it exits 124.',
  positionals: {
    host: { type: 'text', required: true, describe: 'the server, HOST or HOST:PORT' },
    seconds: {
      type: 'duration',
      required: true,
      max: LONGEST_MS,
      describe: 'how long: 2.5, 250ms, 1m; what the server takes, up to 365d',
    },
  },
  options: {
    deadline: {
      type: 'duration',
      max: LONGEST_MS,
      describe: 'give up after this long; a sleep that would take longer is refused at once',
    },
    'connect-timeout': { type: 'duration', default: '10s', min: 1, describe: 'wait for a connection' },
    ...VIA_OPTION,
    ...TLS_TRUST_OPTIONS,
  },
  examples: [
    {
      line: 'nettk sleep 127.0.0.1:7568 0.25',
      does: 'a quarter of a second at a server',
      servers: { 7568: 'sleep-server' },
      prints: /^slept \d\.\d{6} s\n$/,
    },
    {
      line: 'nettk sleep 127.0.0.1:7568 100ms --json',
      does: 'as JSON: requested, slept (seconds), started, ended (Unix seconds)',
      servers: { 7568: 'sleep-server' },
      prints: /^\{"requested":0\.1,"slept":[\d.]+,"started":[\d.]+,"ended":[\d.]+\}\n$/,
    },
    {
      line: 'nettk sleep 127.0.0.1:7568 1m --deadline 1s',
      does: 'a sleep that would miss its deadline fails at once',
      servers: { 7568: 'sleep-server' },
      exit: 124,
    },
  ],
  async run(args, io) {
    const { sleepAt } = await import('../src/clients/sleep.ts');
    const found = await reach(args, { service: 'sleep', port: SLEEP_PORT, scheme: 'tcp' }, io);
    const begun = performance.now();
    const { requested, slept, started, ended } = await found.first(({ endpoint, tls }) =>
      sleepAt(endpoint, args.seconds / 1_000, {
        connectTimeoutMs: args.connectTimeout,
        deadlineMs: args.deadline,
        signal: io.signal,
        tls,
      }),
    );
    if (args.verbose > 0) io.note(`answered after ${((performance.now() - begun) / 1_000).toFixed(6)} s`);
    if (args.json) return io.json({ requested, slept, started, ended });
    return io.write(`slept ${slept.toFixed(6)} s\n`);
  },
});

/** The chapter's daytime client: asks for the date and time and prints what the server says (RFC 867). */

import { OUTPUT_OPTIONS, TIMEOUT_OPTION, VIA_OPTION, WAY_OPTIONS } from '../src/cli/client-options.ts';
import { defineCommand } from '../src/cli/command.ts';
import { answerText, writeAnswer } from '../src/cli/peer-output.ts';
import { reach } from '../src/cli/reach.ts';
import { TLS_TRUST_OPTIONS } from '../src/cli/tls-options.ts';

/** The `daytime` command. */
export const daytimeCommand = defineCommand({
  name: 'daytime',
  summary: 'Asks a server for its date and time (RFC 867)',
  details: 'Asks over UDP and, when that is refused or silent for a second, over TCP.',
  positionals: {
    host: { type: 'text', describe: 'where to ask, HOST or HOST:PORT; 127.0.0.1 where left out' },
    port: { type: 'text', describe: 'port or service name; daytime where left out' },
  },
  options: { ...WAY_OPTIONS, ...VIA_OPTION, ...TIMEOUT_OPTION, ...OUTPUT_OPTIONS, ...TLS_TRUST_OPTIONS },
  examples: [
    {
      line: 'nettk daytime 127.0.0.1 7013',
      does: 'the time at a server, over UDP or else TCP',
      servers: { 7013: 'daytime-server' },
      prints: /^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\n$/,
    },
    {
      line: 'nettk daytime --tcp 127.0.0.1:7013 --json',
      does: 'over TCP only, as JSON',
      servers: { 7013: 'daytime-server' },
      prints: /^\{"answer":"[^"]+"\}\n$/,
    },
    {
      line:
        'nettk name register daytime 127.0.0.1:7013 --server 127.0.0.1:7570 && ' + 'nettk daytime --via 127.0.0.1:7570',
      does: 'at whoever a name server knows for it; daytime-server --register does the first',
      servers: { 7013: 'daytime-server', 7570: 'name-server' },
      prints: /^daytime\/127\.0\.0\.1:7013 new\n\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\n$/,
    },
    { line: 'nettk daytime 127.0.0.1 nosuchservice', does: 'a service name that does not exist is named', exit: 2 },
  ],
  async run(args, io) {
    const { ask } = await import('../src/clients/ask.ts');
    const found = await reach(args, { host: '127.0.0.1', service: 'daytime', port: 13, scheme: 'udp' }, io);
    const limits = { timeoutMs: args.timeout, signal: io.signal };
    const { answer, endpoint } = await found.first((target) => ask(target, { ...limits, tls: target.tls }));
    if (args.verbose > 0) io.note(`answered over ${endpoint.scheme}`);
    if (args.json) await io.json({ answer: answerText(answer) });
    else await writeAnswer(io, answer, args.rawOutput);
  },
});

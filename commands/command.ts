/** Sends a command server its commands: date, os, ls. */

import { OUTPUT_OPTIONS, TIMEOUT_OPTION, VIA_OPTION, WAY_OPTIONS } from '../src/cli/client-options.ts';
import { createPalette, type Palette } from '../src/cli/color.ts';
import { defineCommand } from '../src/cli/command.ts';
import type { Io } from '../src/cli/io.ts';
import { writePeerData } from '../src/cli/peer-output.ts';
import { errorLine } from '../src/cli/print-error.ts';
import { promptLines } from '../src/cli/prompt.ts';
import { reach } from '../src/cli/reach.ts';
import { TLS_TRUST_OPTIONS } from '../src/cli/tls-options.ts';
import { NettkError, usageError } from '../src/errors.ts';
import { command } from '../src/services/command.ts';

/** The `command` command. */
export const commandCommand = defineCommand({
  name: 'command',
  summary: 'Runs date, os or ls on a command server and prints the answer',
  details:
    'Without a command it reads them line by line: at a terminal with a prompt, ended by an empty line or ^D. A command ' +
    'that the server refuses is named, and the next one is read; the exit status is then 1. Options of the server stand ' +
    'behind --: date -u|--iso, os -a, ls -a|-l|--json.',
  positionals: {
    host: { type: 'text', required: true, describe: 'the server, HOST or HOST:PORT' },
    words: { type: 'text', variadic: true, placeholder: 'COMMAND', describe: 'date, os, ls [DIR] or help' },
  },
  options: { ...WAY_OPTIONS, ...VIA_OPTION, ...TIMEOUT_OPTION, ...OUTPUT_OPTIONS, ...TLS_TRUST_OPTIONS },
  examples: [
    {
      line: 'nettk command 127.0.0.1:7569 date',
      does: "the server's date",
      servers: { 7569: 'command-server' },
      prints: /^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\n$/,
    },
    {
      line: 'nettk command 127.0.0.1:7569 os',
      does: 'its operating system',
      servers: { 7569: 'command-server' },
      prints: /^(posix|nt)\n$/,
    },
    {
      line: 'nettk command 127.0.0.1:7569 ls src',
      does: 'the names in a folder below its root',
      servers: { 7569: 'command-server' },
      prints: /^(.+\n)*main\.ts\n(.+\n)*$/,
    },
    {
      line: 'nettk command 127.0.0.1:7569 -- ls -l src',
      does: "an option for the server's ls, not for nettk",
      servers: { 7569: 'command-server' },
      prints: /^(.+\n)*file +\d+ \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ main\.ts\n(.+\n)*$/,
    },
    {
      line: 'nettk command 127.0.0.1:7569 ls ..',
      does: 'nothing outside the root can be seen',
      servers: { 7569: 'command-server' },
      exit: 1,
    },
  ],
  async run(args, io) {
    const typed = typedCommand(args.words);
    const { Dialogue } = await import('../src/clients/dialogue.ts');
    const { dial } = await import('../src/net/dial.ts');
    const found = await reach(args, { service: command.name, port: command.port, scheme: 'tcp' }, io);
    const limits = { connectTimeoutMs: args.timeout, signal: io.signal };
    const conn = await found.first(({ endpoint, tls }) => dial(endpoint, { ...limits, tls }));
    conn.on('error', () => {});
    try {
      const client = new Dialogue(conn, args.timeout, io.signal);
      const print = async (line: string): Promise<void> => {
        const answer = await client.run(line);
        if (args.json) await io.json({ answer: answer.join('\n') });
        else await writePeerData(io, Buffer.from(answer.map((one) => `${one}\n`).join('')), args.rawOutput);
      };
      if (typed !== undefined) {
        await print(typed);
        return 0;
      }
      let status = 0;
      const palette = createPalette(args.json ? 'never' : args.color, 'stderr', io);
      for await (const line of promptLines(io)) {
        if (line.toString().trim() === '') continue;
        status = Math.max(status, await noteRefusal(print(line.toString()), palette, io));
      }
      return status;
    } finally {
      conn.destroy();
    }
  },
});

/** The command of the command line: one line, or the server would wait for it or answer only its first. */
function typedCommand(words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  const line = words.join(' ');
  if (line.trim() === '') throw usageError('COMMAND', 'empty');
  if (/[\r\n]/.test(line)) throw usageError(`COMMAND ${JSON.stringify(line)}`, 'more than one line');
  return line;
}

/** One refused command of many does not lose the others. */
async function noteRefusal(printed: Promise<void>, palette: Palette, io: Io): Promise<number> {
  try {
    await printed;
    return 0;
  } catch (error) {
    if (!(error instanceof NettkError) || error.code !== 'REFUSED') throw error;
    io.stderr.write(`${errorLine(error, palette)}\n`);
    return error.exit;
  }
}

/** A command table for the runner's tests: each command writes the arguments it got as JSON. */

import { type Command, defineCommand } from '../../src/cli/command.ts';
import type { Io } from '../../src/cli/io.ts';
import { NettkError } from '../../src/errors.ts';

const report = (args: object, io: Io): Promise<void> => io.write(`${JSON.stringify(args)}\n`);

/** The commands. */
export const commands: readonly Command[] = [
  defineCommand({
    name: 'web',
    summary: 'Fetches',
    details: 'More about it.',
    positionals: { url: { type: 'text', required: true, describe: 'what' } },
    options: {
      output: { type: 'path', alias: 'o', describe: 'where' },
      header: { type: 'list', alias: 'H', describe: 'a header' },
      retry: { type: 'integer', describe: 'how often', min: 0, max: 100 },
      'max-size': { type: 'size', describe: 'how much', placeholder: 'BYTES' },
      'idle-timeout': { type: 'duration', describe: 'how long', default: '30s', min: 1 },
      'no-clobber': { type: 'flag', describe: 'keep' },
      as: { type: 'text', describe: 'form', choices: ['raw', 'text'] },
    },
    examples: [{ line: 'nettk web example.com', does: 'fetches it' }],
    run: report,
  }),
  defineCommand({
    name: 'port',
    summary: 'Looks up',
    positionals: { names: { type: 'text', variadic: true, describe: 'which' } },
    examples: [],
    run: report,
  }),
  defineCommand({
    name: 'connect',
    summary: 'Talks',
    positionals: { target: { type: 'text', describe: 'where' }, extra: { type: 'port', describe: 'port' } },
    options: {
      listen: { type: 'flag', alias: 'l', describe: 'listen' },
      port: { type: 'port', alias: 'p', describe: 'port' },
    },
    examples: [],
    run: report,
  }),
  defineCommand({
    name: 'wait',
    summary: 'Waits',
    positionals: {
      targets: { type: 'text', variadic: true, describe: 'what' },
      command: { type: 'text', variadic: true, afterDashes: true, describe: 'then' },
    },
    examples: [],
    run: report,
  }),
  defineCommand({
    name: 'fail',
    summary: 'Fails',
    positionals: { how: { type: 'text', required: true, describe: 'how' } },
    examples: [],
    async run({ how }, io) {
      if (how === 'refused') throw new NettkError({ code: 'ECONNREFUSED', action: 'connect tcp://h:1', hint: 'later' });
      if (how === 'abort') await new Promise((_, reject) => io.signal.addEventListener('abort', reject));
      if (how === 'drain') await new Promise((resolve) => io.signal.addEventListener('abort', resolve));
      if (how === 'note') io.note('noted');
      if (how === 'bug') throw new TypeError('oops');
      return how === 'drain' ? 0 : how === 'three' ? 3 : undefined;
    },
  }),
];

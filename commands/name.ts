/** Registers services with a name server, looks them up, and follows what happens to them. */

import { TIMEOUT_OPTION } from '../src/cli/client-options.ts';
import { type CommonValues, defineCommand } from '../src/cli/command.ts';
import type { Io } from '../src/cli/io.ts';
import { type NameServerChoice, nameServerOf, nameServerTls, readToken } from '../src/cli/name-server.ts';
import type { OptionSpecs, OptionValues } from '../src/cli/option.ts';
import { TLS_TRUST_OPTIONS } from '../src/cli/tls-options.ts';
import { usageError } from '../src/errors.ts';
import type { Endpoint } from '../src/net/endpoint.ts';
import type { NameFacts } from '../src/protocols/name-answers.ts';
import type { NameClient } from '../src/protocols/name-client.ts';
import type { RecordLine } from '../src/protocols/record-line.ts';

const ACTIONS = ['register', 'lookup', 'show', 'renew', 'drop', 'list', 'watch', 'log', 'top'] as const;
type Action = (typeof ACTIONS)[number];

/** What is registered besides name and target. */
const REGISTER_OPTIONS = {
  id: { type: 'text', describe: 'register: the id, instead of ADDRESS:PORT; lookup and show print it' },
  description: { type: 'text', describe: 'register: what it is, for people' },
  protocol: { type: 'text', choices: ['tcp', 'udp'], describe: 'register: what it is asked over' },
  tag: { type: 'list', describe: 'register: a tag' },
  meta: { type: 'list', placeholder: 'KEY=VALUE', describe: 'register: anything else' },
  weight: { type: 'integer', min: 1, max: 65_535, describe: 'register: how often it is chosen, beside others' },
  priority: { type: 'integer', min: 0, max: 65_535, describe: 'register: the lowest is chosen first' },
  ttl: { type: 'duration', describe: 'register: it has to be renewed within this time, 1s to 1d' },
  check: {
    type: 'list',
    placeholder: 'CHECK',
    describe: "register: none, tcp, http or udp, and what belongs to it: 'http path=/ok interval=10s'",
  },
} as const satisfies OptionSpecs;

/** What is asked. */
const ASK_OPTIONS = {
  all: { type: 'flag', describe: 'lookup: those that are down, too' },
  cached: { type: 'flag', describe: 'lookup: an answer of before, while it may still be kept, will do' },
  'no-cache': { type: 'flag', describe: 'lookup: neither use nor keep answers of before' },
  'max-stale': {
    type: 'duration',
    max: 2_592_000_000,
    describe: 'lookup: how old an answer of before may be where the server is down (1h); 0 is never',
  },
  follow: { type: 'flag', alias: 'f', describe: 'log: go on with what is written from now on' },
  service: { type: 'text', placeholder: 'NAME', describe: 'log: only of this service' },
  client: { type: 'text', placeholder: 'ADDRESS', describe: 'log: only of this client' },
  count: { type: 'integer', alias: 'n', min: 1, max: 1_000, describe: 'log, top: how many (20)' },
} as const satisfies OptionSpecs;

const OPTIONS = {
  server: {
    type: 'text',
    alias: 's',
    placeholder: 'HOST:PORT',
    describe:
      'the name server, tls://HOST:PORT for TLS, mdns to find one (NETTK_NAME_SERVER; or 127.0.0.1:21570, else mdns)',
  },
  token: {
    type: 'text',
    placeholder: 'TOKEN|@FILE',
    describe: 'what the server asks of those who register (NETTK_NAME_TOKEN)',
  },
  ...REGISTER_OPTIONS,
  ...ASK_OPTIONS,
  ...TIMEOUT_OPTION,
  ...TLS_TRUST_OPTIONS,
} as const satisfies OptionSpecs;

type Values = OptionValues<typeof OPTIONS>;

/** The `name` command. */
export const nameCommand = defineCommand({
  name: 'name',
  summary: 'Registers services with a name server, looks them up, and follows what happens to them',
  details:
    'register NAME TARGET, lookup NAME, show NAME[/ID], renew NAME[/ID] [up|down [REASON]], drop NAME[/ID], list [PREFIX], ' +
    'watch [NAME], log, top. TARGET is HOST:PORT, or PORT of the address that the name server sees. lookup prints ' +
    'ADDRESS:PORT, a line for each server that is up, and takes turns which comes first; it always asks, but with --cached, ' +
    'and where the name server does not answer it prints what that said last, and says so.',
  positionals: {
    action: { type: 'text', required: true, choices: ACTIONS, describe: 'what to do' },
    words: { type: 'text', variadic: true, placeholder: 'NAME', describe: 'the service, and what the action needs' },
  },
  options: OPTIONS,
  examples: [
    {
      line: "nettk name register echo 127.0.0.1:7 --check none --description 'The echo' --server 127.0.0.1:7570",
      does: 'registers a service',
      servers: { 7570: 'name-server' },
      prints: /^echo\/127\.0\.0\.1:7 up\n$/,
    },
    {
      line:
        'nettk name register web 127.0.0.1:7570 --check tcp --server 127.0.0.1:7570 && ' +
        'nettk name lookup web --server 127.0.0.1:7570',
      does: 'where a service is, for scripts',
      servers: { 7570: 'name-server' },
      prints: /^web\/127\.0\.0\.1:7570 new\n127\.0\.0\.1:7570\n$/,
    },
    {
      line:
        'nettk name register web 80 --check none --server 127.0.0.1:7570 && ' +
        'nettk name lookup web --json --server 127.0.0.1:7570',
      does: 'JSON: name, id, host, port, status, description, ttl in seconds',
      servers: { 7570: 'name-server' },
      prints:
        /^web\/127\.0\.0\.1:80 up\n\{"name":"web","id":"127\.0\.0\.1:80","host":"127\.0\.0\.1","port":80,"status":"up","description":"","ttl":5\}\n$/,
    },
    {
      line: 'nettk name list --server mdns',
      does: 'whom the local network knows: name-server --announce',
      unrun: 'needs a network with multicast',
    },
    {
      line: 'nettk name list --server 127.0.0.1:7570',
      does: 'all services',
      servers: { 7570: 'name-server' },
      prints: /^SERVICE +SERVED +DESCRIPTION\n$/,
    },
    {
      line: 'nettk name lookup nobody --server 127.0.0.1:7570',
      does: 'what nobody registered is not found',
      servers: { 7570: 'name-server' },
      exit: 1,
    },
  ],
  async run(args, io) {
    const action = args.action as Action;
    const command = await commandLine(action, args.words, args);
    const choice = await serverChoice(args, io);
    if (action === 'lookup' && !args.all) return printLookup(args.words[0] ?? '', choice, args, io);
    const { openNameClient } = await import('../src/clients/name.ts');
    const { signal } = io;
    const server = await choice.server(signal);
    const open = await openNameClient(server, { ...choice, signal });
    try {
      const isFeed = action === 'watch' || (action === 'log' && args.follow);
      await (isFeed ? printFeed : printAnswer)(open.client, command, action, args.json, io);
    } finally {
      open.close();
    }
    if (action === 'register' || action === 'renew' || action === 'drop') await forget(args.words[0] ?? '', server, io);
  },
});

/** The name server, and how it is spoken to. */
async function serverChoice(args: Values, io: Io): Promise<NameServerChoice & AskChoice> {
  const typed = args.server ?? (io.env['NETTK_NAME_SERVER'] || undefined);
  const token = await readToken('token', args.token, io.env);
  const tls = await nameServerTls(typed ?? '', args, io);
  const question = { action: 'option --server', typed, tls, token, note: (line: string) => io.note(line) };
  return { ...(await nameServerOf(question)), token, timeoutMs: args.timeout };
}

interface AskChoice {
  readonly token: string | undefined;
  readonly timeoutMs: number;
}

/** What is changed here is not looked up there from before. */
async function forget(target: string, server: Endpoint, io: Io): Promise<void> {
  const { forgetAnswer } = await import('../src/cli/name-lookup.ts');
  const { formatEndpoint } = await import('../src/net/endpoint.ts');
  await forgetAnswer(target.replace(/\/.*$/s, ''), formatEndpoint(server), io.env);
}

async function printLookup(
  name: string,
  choice: NameServerChoice & AskChoice,
  args: Values & CommonValues,
  io: Io,
): Promise<void> {
  if (args.cached && args.noCache) throw usageError('options --cached and --no-cache', 'contradict each other');
  const { lookUp } = await import('../src/cli/name-lookup.ts');
  const how = { mayBeKept: args.cached, isUnkept: args.noCache, staleMs: args.maxStale };
  const { records } = await lookUp(name, { ...choice, ...how }, io);
  await printRecords(records, 'lookup', args.json, io);
}

/** What was typed, as the server's line. */
async function commandLine(action: Action, words: readonly string[], args: Values): Promise<string> {
  refuseStray(action, args);
  if (action === 'register') return registerCommand(words, args);
  const most = { lookup: 1, show: 1, renew: Number.POSITIVE_INFINITY, drop: 1, list: 1, watch: 1, log: 0, top: 0 }[
    action
  ];
  const least = ['lookup', 'show', 'renew', 'drop'].includes(action) ? 1 : 0;
  if (words.length < least) throw usageError('NAME', 'missing');
  if (words.length > most) throw usageError(JSON.stringify(words[most]), 'one argument too many');
  const extra = [
    ...(args.all ? ['all'] : []),
    ...(args.count === undefined ? [] : [String(args.count)]),
    ...(args.service === undefined ? [] : [`service=${args.service}`]),
    ...(args.client === undefined ? [] : [`client=${args.client}`]),
    ...(args.follow ? ['follow'] : []),
  ];
  const line = [action, ...words, ...extra].join(' ');
  if (/[\r\n\0]/.test(line)) throw usageError(JSON.stringify(line), 'more than one line');
  return line;
}

async function registerCommand(words: readonly string[], args: Values): Promise<string> {
  const [name, target, more] = words;
  if (name === undefined) throw usageError('NAME', 'missing');
  if (target === undefined) throw usageError('TARGET', 'missing', 'HOST:PORT, or PORT of this machine');
  if (more !== undefined) throw usageError(JSON.stringify(more), 'one argument too many', '--description for a text');
  const { registerLine } = await import('../src/clients/name.ts');
  const line = await registerLine(name, target, [
    ...(['id', 'protocol', 'description', 'weight', 'priority'] as const).map((key) => [key, args[key]] as const),
    ['ttl', args.ttl === undefined ? undefined : `${args.ttl}ms`],
    ...args.tag.map((tag) => ['tag', tag] as const),
    ...args.meta.map(metaPair),
  ]);
  const checks = args.check.map((check) => `check=${check}`);
  if (checks.some((check) => /[\r\n\0]/.test(check))) throw usageError('option --check', 'more than one line');
  return [line, ...checks].join(' ');
}

function metaPair(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [`meta.${text.slice(0, at)}`, text.slice(at + 1)];
  throw usageError(`option --meta ${JSON.stringify(text)}`, 'is not KEY=VALUE');
}

/** Options that another action would understand were not meant. */
function refuseStray(action: Action, args: Values): void {
  const { all, cached, noCache, maxStale, follow, service, client, count, tag, meta, check } = args;
  const isLookup = action === 'lookup' && !all;
  const given: Readonly<Record<string, boolean>> = {
    all: all && action !== 'lookup',
    cached: cached && !isLookup,
    'no-cache': noCache && !isLookup,
    'max-stale': maxStale !== undefined && !isLookup,
    follow: follow && action !== 'log',
    service: service !== undefined && action !== 'log',
    client: client !== undefined && action !== 'log',
    count: count !== undefined && action !== 'log' && action !== 'top',
    ...(action !== 'register' && {
      ...Object.fromEntries(
        (['id', 'description', 'protocol', 'weight', 'priority', 'ttl'] as const).map((key) => [
          key,
          args[key] !== undefined,
        ]),
      ),
      tag: tag.length > 0,
      meta: meta.length > 0,
      check: check.length > 0,
    }),
  };
  const stray = Object.keys(given).find((key) => given[key]);
  if (stray !== undefined) throw usageError(`option --${stray}`, `is not for ${action}${all ? ' --all' : ''}`);
}

type Printer = (client: NameClient, command: string, action: Action, json: boolean, io: Io) => Promise<void>;

const printAnswer: Printer = async (client, command, action, json, io) => {
  await printRecords(await client.ask(command), action, json, io);
};

async function printRecords(records: readonly RecordLine[], action: Action, json: boolean, io: Io): Promise<void> {
  const { factsOf } = await facts(action);
  if (json) for (const record of records) await io.json(factsOf(record));
  else await io.write((await import('../src/cli/name-text.ts')).nameText(action, records.map(factsOf)));
}

const printFeed: Printer = async (client, command, action, json, io) => {
  const { factsOf } = await facts(action);
  const { nameText } = await import('../src/cli/name-text.ts');
  for await (const record of client.follow(command)) {
    const found = factsOf(record);
    if (json) await io.json(found);
    else await io.write(nameText(action, [found]));
  }
};

async function facts(action: Action): Promise<{ factsOf: (record: RecordLine) => NameFacts }> {
  const answers = await import('../src/protocols/name-answers.ts');
  if (action === 'watch') return { factsOf: answers.changeFacts };
  if (action === 'log') return { factsOf: answers.logFacts };
  return { factsOf: action === 'list' || action === 'top' ? answers.serviceFacts : answers.instanceFacts };
}

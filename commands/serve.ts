/** Runs several services in one process. */

import { defineCommand } from '../src/cli/command.ts';
import { type PlannedServer, runServers } from '../src/cli/run-servers.ts';
import { SERVER_OPTIONS } from '../src/cli/server-options.ts';
import { optionValues, parseValue } from '../src/cli/values.ts';
import { usageError } from '../src/errors.ts';
import { services } from '../src/services/index.ts';
import type { Service } from '../src/services/service.ts';

/** The `serve` command. */
export const serveCommand = defineCommand({
  name: 'serve',
  summary: 'Runs several services in one process, each on its default port or the one given',
  details: `Services: ${services.map((service) => service.name).join(', ')}.`,
  positionals: {
    services: {
      type: 'text',
      variadic: true,
      required: true,
      placeholder: 'SERVICE[:PORT]',
      describe: 'what to serve',
    },
  },
  options: SERVER_OPTIONS,
  examples: [
    { line: 'nettk serve echo daytime timestamp --port 0', does: 'three services, each on a free port', serves: true },
    { line: 'nettk serve echo:0 time:0', does: 'two services, each with a port of its own', serves: true },
    {
      line: 'nettk serve echo:0 --allow 127.0.0.0/8,::1 --deny 127.0.0.9 --max-per-source 10',
      does: 'only for this machine, ten connections for each address',
      serves: true,
    },
    { line: 'nettk serve ecko', does: 'a typing mistake is named', exit: 2 },
  ],
  async run(args, io) {
    if (args.services.length > 1 && args.port !== undefined && args.port !== 0) {
      throw usageError('option --port', 'several services cannot share a port', 'SERVICE:PORT for each, or --port 0');
    }
    if (args.services.length > 1 && args.unix !== undefined) {
      throw usageError('option --unix', 'several services cannot share a socket', 'one S-server command for each');
    }
    const planned: PlannedServer[] = [];
    for (const text of args.services) planned.push(await plan(text, args.port));
    return runServers(planned, args, io);
  },
});

async function plan(text: string, port: number | undefined): Promise<PlannedServer> {
  const colon = text.indexOf(':');
  const [name, own] = colon === -1 ? [text] : [text.slice(0, colon), text.slice(colon + 1)];
  const service = findService(name);
  const options = await optionValues(service.options ?? {}, () => undefined);
  if (own === undefined) return { service, options, port: port ?? service.port };
  const number = await parseValue(JSON.stringify(text), { type: 'port', describe: '' }, own);
  return { service, options, port: number as number };
}

function findService(name: string): Service {
  const service = services.find((one) => one.name === name);
  if (service) return service;
  throw usageError(`service ${JSON.stringify(name)}`, 'not known', services.map((one) => one.name).join(', '));
}

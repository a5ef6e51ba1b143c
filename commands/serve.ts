/** Runs several services in one process. */

import { defineCommand } from '../src/cli/command.ts';
import { type PlannedServer, runServers } from '../src/cli/run-servers.ts';
import { SERVER_OPTIONS } from '../src/cli/server-options.ts';
import { optionValues } from '../src/cli/values.ts';
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
    { line: 'nettk serve ecko', does: 'a typing mistake is named', exit: 2 },
  ],
  async run(args, io) {
    if (args.services.length > 1 && args.port !== undefined && args.port !== '0') {
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

async function plan(text: string, port: string | undefined): Promise<PlannedServer> {
  const [name = '', own] = text.split(':', 2);
  const service = findService(name);
  const { parsePort } = await import('../src/net/ports.ts');
  const wanted = own ?? port;
  const options = await optionValues(service.options ?? {}, () => undefined);
  return { service, options, port: wanted === undefined ? service.port : parsePort(wanted) };
}

function findService(name: string): Service {
  const service = services.find((one) => one.name === name);
  if (service) return service;
  throw usageError(`service ${JSON.stringify(name)}`, 'not known', services.map((one) => one.name).join(', '));
}

/** Makes a command of every service: `echo-server` from echo. */

import { type Command, defineCommand, type Example } from '../src/cli/command.ts';
import type { OptionSpecs } from '../src/cli/option.ts';
import { runServers } from '../src/cli/run-servers.ts';
import { SERVER_OPTIONS, type ServerOptionValues } from '../src/cli/server-options.ts';
import type { Service } from '../src/services/service.ts';

/** The `S-server` command of a service: the shared server options and its own. */
export function createServerCommand(service: Service): Command {
  const own: OptionSpecs = service.options ?? {};
  return defineCommand({
    name: `${service.name}-server`,
    summary: `Serves ${service.name}: ${service.summary.charAt(0).toLowerCase()}${service.summary.slice(1)}`,
    details: `Listens on port ${service.port} of 127.0.0.1 unless told otherwise.`,
    options: { ...own, ...SERVER_OPTIONS },
    examples: serverExamples(service),
    async run(args, io) {
      const shared = args as typeof args & ServerOptionValues;
      return runServers([{ service, options: args, port: shared.port ?? service.port }], shared, io);
    },
  });
}

function serverExamples(service: Service): Example[] {
  const name = `nettk ${service.name}-server`;
  const examples: Example[] = [
    { line: `${name} --port 0`, does: 'listen on a free port and say which', serves: true },
    { line: `${name} --unix ./${service.name}.sock`, does: 'listen on a Unix socket only', serves: true },
    { line: `${name} --host :: --port 0 --json`, does: 'listen on every address, events as JSON', serves: true },
  ];
  if (service.name === 'name') return examples;
  return [
    ...examples,
    {
      line: `${name} --port 0 --register 127.0.0.1:21570`,
      does: `join a name server: 'nettk name lookup ${service.name}' finds it`,
      serves: true,
    },
  ];
}

/** `nettk port`: service names and port numbers both ways, and who holds a port. */

import { defineCommand } from '../src/cli/command.ts';
import type { Io } from '../src/cli/io.ts';
import type { PortReport } from '../src/clients/port-report.ts';

const FREE = 'free';
const HELD = 'held by';

/** The `port` command. */
export const portCommand = defineCommand({
  name: 'port',
  summary: 'Looks a service name or port number up, and says whether the port is free or who holds it',
  details:
    'Names come from /etc/services (NETTK_SERVICES=FILE points elsewhere; without the file, from a built-in table). ' +
    'A name stands for the protocols its service has, a number for tcp and udp. The exit status is 0 where the port ' +
    'has a name, with --free where it is free; else 1. Whether a port is free is found by binding it for a moment; ' +
    'processes of other users show only to root, their sockets are listed all the same.',
  positionals: {
    port: { type: 'text', required: true, placeholder: 'NAME|NUMBER', describe: 'a service name or a port number' },
    protocol: { type: 'text', placeholder: 'tcp|udp', choices: ['tcp', 'udp'], describe: 'only this protocol' },
  },
  options: {
    free: { type: 'flag', describe: 'answer with the exit status: 0 if free, 1 if held' },
  },
  examples: [
    {
      line: 'nettk port daytime',
      does: 'finds the port of a service',
      prints: /^daytime +13\/tcp.*daytime +13\/udp.*$/s,
    },
    { line: 'nettk port 37 udp', does: 'finds the name of a port', prints: /^time +37\/udp \(timserver\).*$/s },
    {
      line: 'nettk port 7007 tcp --free',
      does: 'asks whether a port is free, for a script',
      servers: { 7007: 'echo-server' },
      prints: /^.*held by .*$/s,
      exit: 1,
    },
    { line: 'nettk port ssh --json', does: 'prints a JSON object for each socket', prints: /^\{"name":"ssh".*$/s },
  ],
  async run({ port, protocol, free, json, color }, io) {
    const { reportPort } = await import('../src/clients/port-report.ts');
    const reports = await reportPort(port, protocol === 'tcp' || protocol === 'udp' ? protocol : undefined);
    await (json ? writeJson(reports, io) : writeText(reports, color, io));
    const isYes = free ? reports.every((one) => one.free !== false) : reports.some((one) => one.name !== undefined);
    return isYes ? 0 : 1;
  },
});

async function writeText(reports: readonly PortReport[], color: string, io: Io): Promise<void> {
  const [{ columns }, { createPalette }, { describeOwner }] = await Promise.all([
    import('../src/cli/columns.ts'),
    import('../src/cli/color.ts'),
    import('../src/clients/socket-list.ts'),
  ]);
  const rows = reports.flatMap((one) => {
    const aliases = one.aliases.length > 0 ? ` (${one.aliases.join(' ')})` : '';
    const start = [one.name ?? '-', `${one.port}/${one.protocol}${aliases}`];
    if (one.free !== false) return [[...start, describeFree(one)]];
    return one.holders.map((holder) => [
      ...start,
      `${HELD} ${describeOwner(holder)}, user ${holder.user ?? 'unknown'}, on ${holder.address}: ${holder.scope}`,
    ]);
  });
  const palette = createPalette(color, 'stdout', io);
  const paintState = (state: string): string =>
    state.startsWith(HELD) ? palette.warning(state) : state === FREE ? palette.good(state) : state;
  await io.write(columns(rows, (cell, _row, column) => (column === 2 ? paintState(cell) : cell)));
}

function describeFree({ free, permitted }: PortReport): string {
  if (!permitted) return free ? 'free, but only root may bind it' : 'only root may bind it, so nobody can tell';
  return free ? FREE : '';
}

async function writeJson(reports: readonly PortReport[], io: Io): Promise<void> {
  const { socketFields } = await import('../src/clients/socket-list.ts');
  const unheld = { address: null, pid: null, process: null, user: null, scope: null };
  for (const one of reports) {
    const { port, protocol: proto, aliases } = one;
    const facts = { name: one.name ?? null, aliases, proto, port, free: one.free ?? null };
    const rows = one.holders.map(socketFields);
    for (const row of rows.length > 0 ? rows : [unheld]) await io.json({ ...facts, ...row });
  }
}

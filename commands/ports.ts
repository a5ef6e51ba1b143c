/** `nettk ports`: the listening sockets of this machine, who holds them and who can reach them. */

import { defineCommand } from '../src/cli/command.ts';
import type { OwnedSocket } from '../src/clients/socket-list.ts';

/** The `ports` command. */
export const portsCommand = defineCommand({
  name: 'ports',
  summary: 'Lists listening sockets with their process, user and who can reach them',
  details:
    'A UDP socket listens when it has no peer. Processes of other users show only to root; their sockets are listed ' +
    'all the same, the owner as unknown. Reads /proc, so it works on Linux, for the network namespace it runs in.',
  options: {
    connections: { type: 'flag', describe: 'the connections as well' },
    unix: { type: 'flag', describe: 'Unix sockets as well' },
  },
  examples: [
    {
      line: 'nettk ports',
      does: 'lists what listens on this machine',
      servers: { 7007: 'echo-server' },
      prints: /^PROTO +ADDRESS.*tcp +127\.0\.0\.1:7007 .*only this machine\n.*$/s,
    },
    { line: 'nettk ports --connections', does: 'adds the connections', prints: /^PROTO +ADDRESS.*$/s },
    { line: 'nettk ports --json', does: 'prints a JSON object for each socket', prints: /^(\{"proto":.+\}\n)*$/ },
  ],
  async run({ connections, unix, json, color }, io) {
    const { listOwnedSockets, socketFields } = await import('../src/clients/socket-list.ts');
    const protocols = unix ? (['tcp', 'udp', 'unix'] as const) : (['tcp', 'udp'] as const);
    const sockets = listOwnedSockets({ protocols, listening: !connections });
    const { findServiceName } = await import('../src/net/ports.ts');
    const nameOf = ({ port, proto }: OwnedSocket) => (port === undefined ? undefined : findServiceName(port, proto));
    if (json) {
      for (const one of sockets) await io.json({ ...socketFields(one), service: nameOf(one) ?? null });
      return;
    }
    const [{ columns }, { createPalette }] = await Promise.all([
      import('../src/cli/columns.ts'),
      import('../src/cli/color.ts'),
    ]);
    const palette = createPalette(color, 'stdout', io);
    const { bindScope, describeOwner } = await import('../src/clients/socket-list.ts');
    const rows = sockets.map((one) => [
      one.proto,
      spot(one.address, one.port),
      ...(connections ? [one.peer ? spot(one.peer.address, one.peer.port) : '-', one.state] : []),
      nameOf(one) ?? '-',
      describeOwner(one),
      one.user ?? '-',
      one.scope,
    ]);
    const between = connections ? ['PEER', 'STATE'] : [];
    const header = ['PROTO', 'ADDRESS', ...between, 'SERVICE', 'PROCESS', 'USER', 'REACHED FROM'];
    const paint = (cell: string, row: number, column: number): string => {
      if (row === 0) return palette.heading(cell);
      return column === header.length - 1 && cell === bindScope('::') ? palette.warning(cell) : cell;
    };
    await io.write(columns([header, ...rows], paint));
  },
});

function spot(address: string, port: number | undefined): string {
  if (port === undefined) return address || '(no name)';
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

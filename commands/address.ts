/** `nettk address`: every address of a host, what kind each is, and the arithmetic of networks. */

import { defineCommand } from '../src/cli/command.ts';
import type { Io } from '../src/cli/io.ts';
import type { AddressReport, InterfaceReport, NetworkReport } from '../src/clients/address-report.ts';

/** The `address` command. */
export const addressCommand = defineCommand({
  name: 'address',
  summary: "Lists a host's addresses and what kind they are, or works a network out",
  details:
    'Addresses come in the order in which the system tries them, from its own resolver (/etc/hosts, then DNS), and ' +
    'names from the same place. A network is ADDRESS/PREFIX, or ADDRESS/MASK for IPv4. Without an argument, it lists ' +
    "this machine's interfaces. Address literals are strict: 127.1 and 010.0.0.1 are refused.",
  positionals: {
    host: { type: 'text', placeholder: 'HOST|IP|CIDR', describe: 'a host name, an address or a network' },
  },
  options: {
    numeric: { type: 'flag', alias: 'n', describe: 'ask for no names of addresses' },
  },
  examples: [
    { line: 'nettk address localhost', does: 'lists the addresses of a host', prints: /^.* loopback .*$/s },
    {
      line: 'nettk address 100.64.7.9 --numeric',
      does: 'tells what kind of address it is',
      prints: /^100\.64\.7\.9 +cgnat +shared address space.*$/s,
    },
    {
      line: 'nettk address 192.0.2.77/26',
      does: 'works a network out',
      prints: /^.*network +192\.0\.2\.64\/26\n.*broadcast +192\.0\.2\.127\n.*$/s,
    },
    { line: 'nettk address', does: "lists this machine's interfaces", prints: /^.*127\.0\.0\.1\/8.*$/s },
    {
      line: 'nettk address 2001:db8::/48 --json',
      does: 'prints it as JSON',
      prints: /^\{"address":"2001:db8::","family":6,"prefix":48,.*$/s,
    },
  ],
  async run({ host, numeric, json }, io) {
    const { reportHost, reportInterfaces, reportNetwork } = await import('../src/clients/address-report.ts');
    if (host === undefined) return writeInterfaces(reportInterfaces(), json, io);
    if (host.includes('/')) return writeNetwork(reportNetwork(host), json, io);
    return writeAddresses(await reportHost(host, numeric), json, io);
  },
});

async function writeAddresses(reports: readonly AddressReport[], json: boolean, io: Io): Promise<void> {
  if (json) {
    for (const { class: kind, ...one } of reports) {
      const { address, family, embedded, name } = one;
      const facts = { address, family, class: kind.name, meaning: kind.meaning, name: name ?? null };
      await io.json({ ...facts, ...(embedded === undefined ? {} : { embedded }) });
    }
    return;
  }
  await writeColumns(
    reports.map((one) => [
      one.address,
      one.class.name,
      one.class.meaning + (one.embedded === undefined ? '' : `, carries ${one.embedded}`),
      one.name ?? (one.failure === undefined ? '-' : `unknown (${one.failure})`),
    ]),
    io,
  );
}

async function writeNetwork(report: NetworkReport, json: boolean, io: Io): Promise<void> {
  const { class: kind, end: _end, count, usable, broadcast, ...facts } = report;
  if (json) {
    const { address, family, prefix, network, first, last, mask, wildcard } = facts;
    const start = { address, family, prefix, network, broadcast: broadcast ?? null, first, last };
    const counts = { count: jsonNumber(count), usable: jsonNumber(usable) };
    await io.json({ ...start, ...counts, mask, wildcard, class: kind?.name ?? null });
    return;
  }
  await writeColumns(
    [
      ['address', facts.address],
      ['network', `${facts.network}/${facts.prefix}`],
      ['mask', facts.mask],
      ['wildcard', facts.wildcard],
      ['first', facts.first],
      ['last', facts.last],
      ['broadcast', broadcast ?? '-'],
      ['addresses', String(count)],
      ['usable', String(usable)],
      ['class', kind === undefined ? 'several' : `${kind.name}: ${kind.meaning}`],
    ],
    io,
  );
}

/** A count as a number where JSON's readers keep it exact, else as a string of digits. */
function jsonNumber(count: bigint): number | string {
  return count <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(count) : String(count);
}

async function writeInterfaces(reports: readonly InterfaceReport[], json: boolean, io: Io): Promise<void> {
  if (json) {
    for (const { class: kind, ...facts } of reports) await io.json({ ...facts, class: kind.name });
    return;
  }
  const rows = reports.map((one) => [
    one.interface,
    `${one.address}/${one.prefix}`,
    one.class.name,
    one.class.meaning,
    one.mac,
  ]);
  await writeColumns(rows, io);
}

async function writeColumns(rows: readonly (readonly string[])[], io: Io): Promise<void> {
  const { columns } = await import('../src/cli/columns.ts');
  await io.write(columns(rows));
}

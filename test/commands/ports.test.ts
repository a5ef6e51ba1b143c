import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { portsCommand } from '../../commands/ports.ts';
import { fakeIo } from '../support/fake-io.ts';

interface Asked {
  readonly connections?: boolean;
  readonly unix?: boolean;
  readonly json?: boolean;
}

async function run({ connections = false, unix = false, json = false }: Asked = {}) {
  const io = fakeIo();
  await portsCommand.run({ connections, unix, json, verbose: 0, quiet: false, color: 'auto' }, io);
  const lines = io.out().toString().trimEnd().split('\n');
  return { lines, rows: json ? lines.map((line) => JSON.parse(line)) : [] };
}

describe('nettk ports', () => {
  it('lists a listener with process, user and who can reach it, without its connections', async () => {
    const server = createServer().listen(0, '::1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect(port, '::1');
    const [accepted] = (await once(server, 'connection')) as [Socket];
    const plain = await run();
    const all = await run({ connections: true });
    const { rows } = await run({ json: true });
    client.destroy();
    accepted.destroy();
    server.close();
    const mine = plain.lines.filter((line) => line.includes(`[::1]:${port} `));
    expect(mine).toHaveLength(1);
    expect(mine[0]).toMatch(new RegExp(`^tcp +\\S+ +\\S+ +\\S.* \\(.*${process.pid}.*\\) +\\S+ +only this machine$`));
    expect(all.lines.filter((line) => line.includes(`[::1]:${port} `) && line.includes('ESTABLISHED'))).toHaveLength(2);
    expect(rows.find((row) => row.port === port)).toMatchObject({
      proto: 'tcp',
      address: '::1',
      pid: process.pid,
      scope: 'only this machine',
      state: 'LISTEN',
    });
  });

  it('adds Unix sockets where asked to', async () => {
    const name = `nettk ports ${process.pid}`;
    const server = createServer().listen(`\0${name}`);
    await once(server, 'listening');
    const [without, withUnix] = [await run({ json: true }), await run({ json: true, unix: true })];
    server.close();
    expect(without.rows.filter((row) => row.proto === 'unix')).toEqual([]);
    expect(withUnix.rows).toContainEqual(
      expect.objectContaining({ proto: 'unix', address: `@${name}`, port: null, pid: process.pid }),
    );
  });
});

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { portCommand } from '../../commands/port.ts';
import { rejectionOf } from '../support/errors.ts';
import { fakeIo } from '../support/fake-io.ts';

interface Asked {
  readonly protocol?: string;
  readonly free?: boolean;
  readonly json?: boolean;
}

async function run(port: string, asked: Asked = {}) {
  const io = fakeIo();
  const { protocol, free = false, json = false } = asked;
  const common = { verbose: 0, quiet: false, color: 'auto' };
  const status = await portCommand.run({ port, protocol, free, json, ...common }, io);
  const out = io.out().toString();
  return {
    status,
    out,
    rows: json
      ? out
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line))
      : [],
  };
}

async function listening<T>(use: (port: number) => Promise<T>): Promise<T> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
}

describe('nettk port', () => {
  it('finds the port of a name and the name of a port', async () => {
    const byName = await run('timserver', { protocol: 'udp' });
    expect(byName.out).toMatch(/^time {2}37\/udp \(timserver\) {2}\S.*\n$/);
    expect(byName.status).toBe(0);
    expect((await run('37', { protocol: 'udp' })).out).toBe(byName.out);
  });

  it('exits 1 for a port without a name, 2 for a name without a port', async () => {
    await listening(async (port) => {
      const { status, out } = await run(String(port), { protocol: 'tcp' });
      expect(status).toBe(1);
      expect(out).toContain(`-  ${port}/tcp  held by`);
    });
    expect((await rejectionOf(run('nosuchservice'))).exit).toBe(2);
  });

  it('answers --free with the exit status and names the holder', async () => {
    const port = await listening(async (held) => {
      const { status, out } = await run(String(held), { protocol: 'tcp', free: true });
      expect(status).toBe(1);
      expect(out).toMatch(
        new RegExp(`held by .+ \\(.*${process.pid}.*\\), user .+, on 127\\.0\\.0\\.1: only this machine\\n$`),
      );
      return held;
    });
    expect(await run(String(port), { protocol: 'tcp', free: true })).toMatchObject({ status: 0 });
  });

  it('gives an object for each socket under --json, with the fields always there', async () => {
    const fields = ['proto', 'address', 'port', 'pid', 'process', 'user', 'scope', 'name', 'aliases', 'free'];
    await listening(async (port) => {
      const { rows } = await run(String(port), { json: true });
      expect(rows.map((row) => [row.proto, row.port])).toEqual([
        ['tcp', port],
        ['udp', port],
      ]);
      expect(rows[0]).toMatchObject({ free: false, address: '127.0.0.1', pid: process.pid, name: null });
      for (const row of rows) expect(Object.keys(row)).toEqual(expect.arrayContaining(fields));
    });
    expect((await run('daytime', { json: true })).rows).toMatchObject([
      { name: 'daytime', port: 13, proto: 'tcp', aliases: [] },
      { name: 'daytime', port: 13, proto: 'udp', aliases: [] },
    ]);
  });
});

describe('the colours of nettk port', () => {
  it('tell free from held', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = String((server.address() as AddressInfo).port);
    const ask = async () => {
      const io = fakeIo();
      const common = { free: false, json: false, verbose: 0, quiet: false };
      await portCommand.run({ port, protocol: 'tcp', ...common, color: 'always' }, io);
      return io.out().toString();
    };
    expect(await ask()).toMatch(/\/tcp {2}\x1b\[33mheld by .* \(.*this machine\x1b\[0m\n$/);
    server.close();
    await once(server, 'close');
    expect(await ask()).toMatch(/\/tcp {2}\x1b\[32mfree\x1b\[0m\n$/);
  });
});

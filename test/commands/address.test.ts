import { describe, expect, it } from 'vitest';
import { addressCommand } from '../../commands/address.ts';
import { rejectionOf } from '../support/errors.ts';
import { fakeIo } from '../support/fake-io.ts';

async function run(host?: string, json = false): Promise<string> {
  const io = fakeIo();
  await addressCommand.run({ host, numeric: true, json, verbose: 0, quiet: false, color: 'auto' }, io);
  return io.out().toString();
}

describe('nettk address', () => {
  it('tells what kind of address a literal is, and what it carries', async () => {
    expect(await run('100.64.7.9')).toMatch(/^100\.64\.7\.9 {2}cgnat {2}shared address space/);
    expect(await run('2002:c000:204::1')).toContain('carries 192.0.2.4');
    expect(JSON.parse(await run('::ffff:10.0.0.1', true))).toMatchObject({
      address: '::ffff:10.0.0.1',
      family: 6,
      class: 'v4-mapped',
      embedded: '10.0.0.1',
      name: null,
    });
  });

  it('works a network out', async () => {
    const text = await run('192.0.2.77/26');
    expect(text).toContain('network    192.0.2.64/26\n');
    expect(text).toContain('first      192.0.2.65\n');
    expect(text).toContain('usable     62\n');
  });

  it('gives counts as numbers while they are exact, as digits past that', async () => {
    const v4 = JSON.parse(await run('10.0.0.0/8', true));
    expect(v4).toMatchObject({ count: 16_777_216, usable: 16_777_214, broadcast: '10.255.255.255', class: 'private' });
    const v6 = JSON.parse(await run('2001:db8::/64', true));
    expect(v6).toMatchObject({ count: '18446744073709551616', usable: '18446744073709551615', broadcast: null });
  });

  it("lists this machine's interfaces without an argument", async () => {
    expect(await run()).toMatch(/^\S+ +127\.0\.0\.1\/8 +loopback /m);
    const rows = (await run(undefined, true)).trimEnd().split('\n');
    expect(rows.map((row) => JSON.parse(row).address)).toContain('127.0.0.1');
  });

  it.each(['127.1', '010.0.0.1', '0x7f.1', '10.0.0.0/33', '10/8', '[::1]', 'a b'])('refuses %j', async (text) => {
    expect(await rejectionOf(run(text))).toMatchObject({ code: 'BAD_ENDPOINT', exit: 2 });
  });
});

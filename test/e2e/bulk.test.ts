import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { type Running, runShell, startNettk } from '../support/nettk.ts';

const data = randomBytes(12_345_678);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-bulk-'));
  await writeFile(join(folder, 'data'), data);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Starts `listen`, its standard output put somewhere by the shell. */
function listen(words: readonly string[], output: string): Promise<Running> {
  return startNettk(['listen', ...words], { cwd: folder, via: ['bash', '-c', `"$@" ${output}`, 'bash'] });
}

async function ended({ child }: Running): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'close');
  return child.exitCode;
}

const WAYS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['TCP', ['0'], []],
  ['a Unix socket', ['-U', './bulk.sock'], []],
  ['TLS', ['0', '--tls'], ['--insecure']],
  ['WebSocket', ['0', '--ws'], []],
];

describe('bulk data', () => {
  describe.each(WAYS)('over %s', (_name, listening, connecting) => {
    it.each([
      ['from file to file', '< data', '> got'],
      ['to the end of a file', '< data', '>> got'],
      ['from pipe to pipe', '< <(cat data)', '| cat > got'],
      ['from file to a pipe that dawdles', '< data', '| (sleep 0.5; cat) > got'],
    ])('comes whole %s, and is counted', async (_title, input, output) => {
      await writeFile(join(folder, 'got'), '');
      const listener = await listen([...listening, '-v', '--recv-only'], output);
      const target = listener.endpoints[0];
      const words = `nettk connect -v ${connecting.join(' ')} ${target} ${input}`;
      const sent = await runShell(words, { cwd: folder });
      expect(sent).toMatchObject({ code: 0 });
      expect(sent.stderr).toContain(`${data.length} bytes sent, 0 bytes received`);
      expect(await ended(listener)).toBe(0);
      expect(listener.stderr()).toContain(`0 bytes sent, ${data.length} bytes received`);
      expect(hash(await readFile(join(folder, 'got')))).toBe(hash(data));
    });
  });

  it('that the disk has no room for is an error at both ends', async (context) => {
    needs(context, 'root', 'mount');
    const disk = join(folder, 'disk');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
    const listener = await listen(['0', '--recv-only'], '> disk/got');
    const sent = await runShell(`nettk connect ${listener.endpoints[0]} < data`, { cwd: folder });
    expect(sent.code).toBe(1);
    expect(sent.stderr).toMatch(/connection reset|broken pipe/i);
    expect(await ended(listener)).toBe(1);
    expect(listener.stderr()).toMatch(/write standard output: no space left on device \(ENOSPC\)\n$/);
    expect((await stat(join(disk, 'got'))).size).toBe(1_048_576);
    execFileSync('umount', [disk]);
  });

  it('whose reader leaves ends it with 141', async () => {
    const listener = await listen(['0', '--recv-only'], '| head -c 100000 > got; exit $PIPESTATUS');
    await runShell(`nettk connect ${listener.endpoints[0]} < data`, { cwd: folder });
    expect(await ended(listener)).toBe(141);
    expect(hash(await readFile(join(folder, 'got')))).toBe(hash(data.subarray(0, 100_000)));
  });

  it('from a file is read past its beginning, and what follows is left to others', async () => {
    await using echo = await startNettk(['echo-server', '--tcp', '--port', '0']);
    const words = `(head -c 4096 > first; nettk connect 127.0.0.1:${echo.ports[0]}) < data`;
    const { code, stdout } = await runShell(words, { cwd: folder });
    expect(code).toBe(0);
    expect(hash(stdout)).toBe(hash(data.subarray(4_096)));
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NETTK, runNettk, runShell, startNettk } from '../support/nettk.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-process-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs a line with descriptor 4 a pipe that nobody reads. */
const withoutReader = (line: string) =>
  runShell(`rm -f pipe; mkfifo pipe; exec 3<>pipe 4>pipe 3<&-; ${line}`, { cwd: folder });

describe('standard streams', () => {
  it('ends with 141 and no word where nobody reads standard output', async () => {
    expect(await withoutReader('nettk version >&4')).toMatchObject({ code: 141, stderr: '' });
    expect(await withoutReader('nettk completion bash >&4')).toMatchObject({ code: 141, stderr: '' });
    expect(await withoutReader('nettk --help >&4')).toMatchObject({ code: 141, stderr: '' });
  });

  it('calls a standard input that is a folder an error, in one line', async () => {
    await using server = await startNettk(['echo-server', '--tcp', '--port', '0']);
    for (const line of ['echo', 'echo --json', 'connect', 'command']) {
      const { code, stderr } = await runShell(`nettk ${line} 127.0.0.1:${server.ports[0]} < /`);
      expect({ code, stderr }).toEqual({ code: 2, stderr: 'nettk: read standard input: is a directory (EISDIR)\n' });
    }
  });

  it('keeps its exit status where nobody reads standard error', async () => {
    expect(await withoutReader('nettk hlep 2>&4')).toMatchObject({ code: 2 });
    expect(await runShell('nettk hlep 2>&-')).toMatchObject({ code: 2 });
  });

  it('says so where standard output is full', async () => {
    const { code, stderr } = await runShell('nettk version > /dev/full');
    expect(code).toBe(1);
    expect(stderr).toBe('nettk: write standard output: no space left on device (ENOSPC)\n');
  });

  it('ends cleanly where standard output is closed', async () => {
    const { code, stderr } = await runShell('nettk version >&-');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('gives a slow reader everything', async () => {
    const whole = await runNettk(['completion', 'zsh']);
    const slow = await runShell('nettk completion zsh | (read -r -n1 first; printf %s "$first"; cat)');
    expect(slow.code).toBe(0);
    expect(slow.stdout.equals(whole.stdout)).toBe(true);
  });

  it('does not wait for an open standard input', async () => {
    const child = spawn(NETTK, ['version'], { stdio: ['pipe', 'ignore', 'ignore'] });
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('runs in a folder that was removed', async () => {
    const { code, stdout } = await runShell('mkdir gone; cd gone; rmdir ../gone; nettk version', { cwd: folder });
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: expect.stringMatching(/^nettk \d/) });
  });
});

describe('signals', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('a client dies of %s', async (signal) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const child = spawn(NETTK, ['daytime', '--tcp', `127.0.0.1:${port}`], { stdio: ['ignore', 'pipe', 'pipe'] });
    const [socket] = await once(server, 'connection');
    child.kill(signal);
    const [code, died] = await once(child, 'exit');
    expect([code, died]).toEqual([null, signal]);
    expect(child.stderr.read()).toBeNull();
    socket.destroy();
    server.close();
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('a server drains and exits 0 at %s', async (signal) => {
    const server = await startNettk(['echo-server', '--port', '0']);
    expect(await server.stop(signal)).toMatchObject({ code: 0, signal: null });
  });

  it('a server dies of the second signal at once', async () => {
    const server = await startNettk(['echo-server', '--tcp', '--port', '0', '--grace', '1h']);
    const client = connect(server.ports[0] as number, '127.0.0.1');
    client.on('error', () => {});
    client.write('held');
    await once(client, 'data');
    server.child.kill('SIGTERM');
    await untilRefused(server.ports[0] as number);
    expect(await server.stop('SIGINT')).toMatchObject({ code: null, signal: 'SIGINT' });
    client.destroy();
  });
});

describe('a command that is done', () => {
  it('does not wait for a system call that is stuck, as a host name lookup can be', async () => {
    const script = join(folder, 'stuck.cjs');
    await writeFile(script, 'require("node:fs").open("never-written", "r", () => {});');
    const line = `rm -f never-written; mkfifo never-written; NODE_OPTIONS=--require=${script} nettk`;
    expect(await runShell(`${line} version`, { cwd: folder })).toMatchObject({ code: 0, stderr: '' });
    expect(await runShell(`${line} port nosuch`, { cwd: folder })).toMatchObject({ code: 2 });
  });
});

describe('a bug', () => {
  it('prints its stack and exits 70', async () => {
    const script = join(folder, 'late.cjs');
    await writeFile(script, 'setImmediate(() => { throw new TypeError("late"); });');
    const { code, stderr } = await runNettk(['daytime-server', '--port', '0'], {
      env: { NODE_OPTIONS: `--require=${script}` },
    });
    expect(code).toBe(70);
    expect(stderr).toContain('TypeError: late\n    at ');
  });
});

/** Resolves once nothing listens on a port of 127.0.0.1. */
async function untilRefused(port: number): Promise<void> {
  for (;;) {
    const probe = connect(port, '127.0.0.1');
    const refused = await new Promise<boolean>((resolve) => {
      probe.on('connect', () => resolve(false)).on('error', () => resolve(true));
    });
    probe.destroy();
    if (refused) return;
  }
}

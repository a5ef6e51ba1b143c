import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Child, startChild, terminateWithin } from '../../src/host/child.ts';
import { type ChildCommand, programOf, shellCommandOf } from '../../src/host/child-command.ts';
import { closed, readBytes, readToEnd, until } from '../support/sockets.ts';

async function started(command: ChildCommand, env: Record<string, string> = {}): Promise<Child> {
  const child = await startChild(command, { PATH: process.env['PATH'], ...env });
  onTestFinished(async () => {
    if (isRunning(child.pid)) await child.resume().stop(terminateWithin(0));
  });
  return child;
}

const shell = (line: string, env?: Record<string, string>): Promise<Child> => started(shellCommandOf(line), env);

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a child program', () => {
  it('gets what is written and says what is read', async () => {
    const child = await started(programOf('tr a-z A-Z'));
    child.end('hello');
    expect((await readToEnd(child)).toString()).toBe('HELLO');
    expect(await child.ended).toEqual({ status: 0, signal: undefined, stopped: false });
  });

  it('carries megabytes both ways unchanged, however slowly they are read', async () => {
    const child = await started(programOf('cat'));
    const data = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => i % 251));
    child.end(data);
    const parts: Buffer[] = [];
    for await (const part of child) {
      parts.push(part as Buffer);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(Buffer.concat(parts).equals(data)).toBe(true);
  });

  it('may go on talking after the end of its input, and reading after the end of its output', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nettk-child-'));
    const child = await shell(`echo first; exec >&-; cat > ${folder}/late`);
    expect((await readToEnd(child)).toString()).toBe('first\n');
    child.end('said afterwards');
    await child.ended;
    expect(readFileSync(join(folder, 'late'), 'utf8')).toBe('said afterwards');
  });

  it('need not read: what it does not want is dropped, and its output is whole', async () => {
    const child = await shell('exec <&-; echo out');
    const whole = readToEnd(child);
    child.write(Buffer.alloc(1_000_000));
    child.end('more');
    expect((await whole).toString()).toBe('out\n');
    expect(await closed(child)).toBeUndefined();
  });

  it('tells its exit status, and 128 and more for a signal', async () => {
    expect((await (await shell('exit 7')).resume().ended).status).toBe(7);
    const killed = await (await shell('kill -TERM $$')).resume().ended;
    expect(killed).toEqual({ status: 143, signal: 'SIGTERM', stopped: false });
  });

  it('has the environment it is given and nothing else', async () => {
    const child = await startChild(programOf('/usr/bin/env'), { NETTK_REMOTE_ADDR: '$(id);`id`' });
    expect((await readToEnd(child.end())).toString()).toBe('NETTK_REMOTE_ADDR=$(id);`id`\n');
  });

  it('gets words that look like options or shell as they are', async () => {
    const child = await started(programOf('printf %s\\\\n -- -la --help $(id) ;id * $HOME'));
    expect((await readToEnd(child.end())).toString()).toBe('--\n-la\n--help\n$(id)\n;id\n*\n$HOME\n');
  });

  it('takes a shell line that begins with a dash for a command', async () => {
    const child = await shell('-la 2>&1 || echo "status $?"');
    expect((await readToEnd(child.end())).toString()).toContain('status 127');
  });

  it('leads a group of its own, outside ours and our session', async () => {
    const child = await started(programOf('cat'));
    const [, pgrp, session] = execFileSync('ps', ['-o', 'pid=,pgid=,sid=', '-p', String(child.pid)], {
      encoding: 'utf8',
    })
      .trim()
      .split(/\s+/)
      .map(Number);
    expect([pgrp, session]).toEqual([child.pid, child.pid]);
  });

  it('inherits no file of ours', async () => {
    const child = await started(programOf('ls /proc/self/fd'));
    const files = (await readToEnd(child.end())).toString().trim().split('\n').map(Number);
    const { createServer } = await import('node:net');
    const server = createServer().listen(0);
    await once(server, 'listening');
    const beside = await started(programOf('ls /proc/self/fd'));
    expect((await readToEnd(beside.end())).toString().trim().split('\n').map(Number)).toEqual(files);
    server.close();
  });
});

describe('what a program leaves in the background', () => {
  it('does not keep the output open once it is silent, and its words until then are delivered', async () => {
    const child = await shell('(echo late; sleep 1000) & echo early');
    onTestFinished(() => void execFileSync('sh', ['-c', `kill -- -${child.pid} || true`], { stdio: 'ignore' }));
    expect((await readToEnd(child)).toString().split('\n').sort()).toEqual(['', 'early', 'late']);
  });
});

describe('stopping', () => {
  it('reaches the children of the program too', async () => {
    const child = await shell('sleep 1000 & echo $!; wait');
    const grandchild = Number((await readBytes(child, 2)).toString());
    child.resume();
    const { status, stopped } = await child.stop(terminateWithin(60_000));
    expect([status, stopped]).toEqual([143, true]);
    await until(() => isZombieOrGone(grandchild));
  });

  it('ends with SIGKILL what ignores everything else', async () => {
    const child = await shell("trap '' HUP TERM INT; echo ready; while :; do sleep 1; done");
    await readBytes(child, 6);
    expect((await child.stop(terminateWithin(50))).signal).toBe('SIGKILL');
  });

  it('by destroying gives the program time to finish after the end of its input', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nettk-child-'));
    const child = await shell(`cat > ${folder}/kept; echo done > ${folder}/done`);
    child.write('all of it');
    await new Promise((resolve) => child.write('', resolve));
    child.destroy();
    expect((await child.ended).status).toBe(0);
    expect(readFileSync(join(folder, 'kept'), 'utf8')).toBe('all of it');
    expect(existsSync(join(folder, 'done'))).toBe(true);
  });

  it('by destroying hangs up on a program that does not end by itself', async () => {
    const child = await started(programOf('sleep 1000'));
    child.destroy();
    expect((await child.ended).signal).toBe('SIGHUP');
    expect(await closed(child)).toBeUndefined();
  });

  it('by destroying tells a program that only writes', async () => {
    const child = await started(programOf('yes'));
    await readBytes(child, 1);
    child.destroy();
    expect((await child.ended).stopped).toBe(false);
  });

  it('after its end sends nothing, whoever has its number by then', async () => {
    const child = await started(programOf('true'));
    await child.resume().ended;
    expect(await child.stop(terminateWithin(0))).toEqual({ status: 0, signal: undefined, stopped: false });
  });
});

describe('a program that cannot be started', () => {
  it.each([
    ['/no/such/program', 'ENOENT', 2],
    ['nettk-has-no-such-program', 'ENOENT', 2],
    ['/etc/passwd', 'EACCES', 2],
    ['/', 'EACCES', 2],
    [`echo ${'x'.repeat(1_000_000)}`, 'E2BIG', 2],
  ])('is a readable error: %.40s', async (line, code, exit) => {
    const error = await startChild(programOf(line), {}).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'NettkError', code, exit });
  });
});

function isZombieOrGone(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

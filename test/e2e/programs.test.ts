/** Programs behind connect and listen on the built binary: what they get and say, how they end, and what stays behind. */

import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { NETTK, type Running, runNettk, type StartOptions, startNettk } from '../support/nettk.ts';
import { closed, readBytes, readToEnd, until } from '../support/sockets.ts';

async function listening(args: readonly string[], options: StartOptions = {}): Promise<Running> {
  const running = await startNettk(['listen', '127.0.0.1:0', ...args], options);
  onTestFinished(() => running[Symbol.asyncDispose]());
  return running;
}

const portOf = (running: Running): number => running.ports[0] as number;

async function client(running: Running): Promise<Socket> {
  const socket = connect({ port: portOf(running), host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

async function ended(running: Running): Promise<[number | null, NodeJS.Signals | null]> {
  return (await once(running.child, 'close')) as [number | null, NodeJS.Signals | null];
}

/** The processes whose parent this is, zombies too, as `pid (state)`. */
function childrenOf(pid: number): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [, state, parent] = /\) (\S) (\d+) /.exec(readFileSync(`/proc/${name}/stat`, 'utf8')) ?? [];
        return Number(parent) === pid ? [`${name} (${state})`] : [];
      } catch {
        return [];
      }
    });
}

function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function poke(pid: number | undefined, signal: NodeJS.Signals | undefined): void {
  try {
    process.kill(pid ?? Number.NaN, signal);
  } catch {
    // It has ended before.
  }
}

/** A hundred rounds take a while. */
const STORM_LIMIT_MS = 300_000;

/** More than all socket buffers on the way hold. */
const BULK = Buffer.alloc(12_000_000, 'nettk');

describe('a program', () => {
  test("talks to the client of listen, and its exit status is the command's", async () => {
    const running = await listening(['-c', 'tr a-z A-Z; exit 7']);
    const over = ended(running);
    const socket = await client(running);
    socket.end('hello');
    expect((await readToEnd(socket)).toString()).toBe('HELLO');
    expect(await over).toEqual([7, null]);
  });

  test('talks to the server of connect', async () => {
    const server = await listening([]);
    const over = ended(server);
    server.child.stdin?.end('hello\n');
    const finished = await runNettk(['connect', '-e', 'tr a-z A-Z', `127.0.0.1:${portOf(server)}`]);
    expect(finished).toMatchObject({ code: 0, stderr: '' });
    await over;
    expect(server.stdout()).toBe('HELLO\n');
  });

  test('that ends closes the connection after its output, though the client goes on sending', async () => {
    const running = await listening(['-c', `head -c ${BULK.length} /dev/zero`]);
    const socket = await client(running);
    const sending = setInterval(() => socket.writable && socket.write(Buffer.alloc(1_000)), 1);
    socket.on('close', () => clearInterval(sending));
    expect((await readToEnd(socket)).length).toBe(BULK.length);
    clearInterval(sending);
    socket.end();
    expect(await ended(running)).toEqual([0, null]);
  });

  test('gets the end of the client and may answer after it', async () => {
    const running = await listening(['-c', 'wc -c']);
    const socket = await client(running);
    socket.end(BULK);
    expect((await readToEnd(socket)).toString().trim()).toBe(String(BULK.length));
  });

  test('may end its output and go on reading', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'nettk-')), 'late');
    const running = await listening(['-c', `echo first; exec >&-; cat > ${path}`]);
    const over = ended(running);
    const socket = await client(running);
    expect((await readToEnd(socket)).toString()).toBe('first\n');
    socket.end('afterwards');
    expect(await over).toEqual([0, null]);
    expect(readFileSync(path, 'utf8')).toBe('afterwards');
  });

  test('writes its errors to our standard error only', async () => {
    const running = await listening(['-c', 'echo oops >&2; echo fine']);
    const over = ended(running);
    const socket = await client(running);
    expect((await readToEnd(socket)).toString()).toBe('fine\n');
    socket.end();
    await over;
    expect(running.stderr()).toContain('oops\n');
  });

  test('that is not there, or may not be run, is an error before anything listens', async () => {
    expect(await runNettk(['listen', '-k', '-e', '/no/such/program'])).toMatchObject({
      code: 2,
      stderr:
        'nettk: run "/no/such/program": no such file or directory (ENOENT); try a full path, or -c for a line of the shell\n',
    });
    expect(await runNettk(['listen', '-e', '/etc/passwd'])).toMatchObject({ code: 2 });
    expect(await runNettk(['connect', '-e', 'nettk-has-no-such-program', '127.0.0.1:1'])).toMatchObject({ code: 2 });
  });
});

describe('the environment of a program', () => {
  const env = { SECRET: undefined, KEPT: 'yes' };

  test('says who talks to whom over TCP', async () => {
    const running = await listening(['-c', 'env | grep -e ^NETTK_ -e ^KEPT | sort'], { env });
    const socket = await client(running);
    const port = socket.localPort;
    expect((await readToEnd(socket.end())).toString().trim().split('\n')).toEqual([
      'KEPT=yes',
      'NETTK_LOCAL_ADDR=127.0.0.1',
      `NETTK_LOCAL_PORT=${portOf(running)}`,
      'NETTK_PROTO=TCP',
      'NETTK_REMOTE_ADDR=127.0.0.1',
      `NETTK_REMOTE_PORT=${port}`,
    ]);
  });

  test('says it over UDP, where each sender has a program of its own with -k', async () => {
    const running = await listening(['-u', '-k', '-c', 'read x; echo "$x $NETTK_PROTO $NETTK_REMOTE_PORT"']);
    for (const word of ['one', 'two']) {
      const { createSocket } = await import('node:dgram');
      const socket = createSocket('udp4');
      onTestFinished(() => void socket.close());
      const answer = once(socket, 'message');
      socket.send(`${word}\n`, portOf(running), '127.0.0.1');
      expect(String((await answer)[0])).toBe(`${word} UDP ${socket.address().port}\n`);
    }
  });

  test('says the path of a Unix socket', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'nettk-')), 's');
    const running = await startNettk([
      'listen',
      '-U',
      path,
      '-c',
      'echo $NETTK_PROTO $NETTK_LOCAL_ADDR $NETTK_LOCAL_PORT.',
    ]);
    onTestFinished(() => running[Symbol.asyncDispose]());
    expect((await readToEnd(connect(path))).toString()).toBe(`UNIX ${path} .\n`);
  });

  test('and the arguments hold nothing that a client sent', async () => {
    const running = await listening(['-k', '-c', 'cat > /dev/null; cat /proc/$$/environ /proc/$$/cmdline']);
    for (const words of [
      '-la',
      '--help',
      '$(id)',
      ';id',
      '\n`id`',
      'NETTK_REMOTE_ADDR=evil\0',
      'x'.repeat(1_000_000),
    ]) {
      const socket = await client(running);
      const seen = (await readToEnd(socket.end(words))).toString();
      expect(seen).toContain('NETTK_REMOTE_ADDR=127.0.0.1\0');
      expect(seen).not.toContain(words);
    }
  });
});

describe('programs of many clients', () => {
  test('200 clients at once have a program each, and none is left behind', async () => {
    const running = await listening(['-k', '-e', 'cat']);
    const words = Array.from({ length: 200 }, (_, i) => `client ${i} ${'.'.repeat(i)}`);
    const sockets = await Promise.all(words.map(() => client(running)));
    const first = sockets.map(async (socket, i) => {
      socket.write(words[i] as string);
      return (await readBytes(socket, (words[i] as string).length)).toString();
    });
    expect(await Promise.all(first)).toEqual(words);
    expect(childrenOf(running.pid)).toHaveLength(200);
    const rest = sockets.map(async (socket) => {
      const whole = readToEnd(socket.resume());
      socket.end('bye');
      return (await whole).toString();
    });
    expect(new Set(await Promise.all(rest))).toEqual(new Set(['bye']));
    await until(() => childrenOf(running.pid).length === 0);
    expect((await running.stop('SIGTERM')).code).toBe(0);
  });

  test('-m bounds the programs that run at once', async () => {
    const running = await listening(['-k', '-m', '2', '-e', 'cat']);
    const [a, b] = [await client(running), await client(running)];
    for (const socket of [a, b]) {
      socket.write('x');
      await readBytes(socket, 1);
    }
    expect((await readToEnd((await client(running)).resume())).length).toBe(0);
    expect(childrenOf(running.pid)).toHaveLength(2);
    const whole = readToEnd(a.resume());
    a.end();
    await whole;
    await until(() => childrenOf(running.pid).length === 1);
  });

  test('stay below the limit on open files, and are served again when others have left', async () => {
    const running = await listening(['-k', '-e', 'cat'], { via: ['prlimit', '--nofile=64:64'] });
    const sockets = await Promise.all(Array.from({ length: 100 }, () => client(running)));
    const answers = await Promise.all(
      sockets.map(async (socket) => {
        socket.write('x');
        return readBytes(socket, 1).then(
          () => 1,
          () => 0,
        );
      }),
    );
    const served = answers.reduce<number>((sum, one) => sum + one, 0);
    expect(served).toBeGreaterThan(5);
    expect(served).toBeLessThan(20);
    expect(running.stderr()).toContain('too many open files');
    for (const socket of sockets) socket.destroy();
    await until(() => childrenOf(running.pid).length === 0);
    const late = await client(running);
    late.write('late');
    expect((await readBytes(late, 4)).toString()).toBe('late');
  });

  test('one that cannot be started is told, and ends that session only', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nettk-'));
    execFileSync('cp', ['/bin/cat', `${folder}/program`]);
    const running = await listening(['-k', '-e', `${folder}/program`]);
    execFileSync('mv', [`${folder}/program`, `${folder}/away`]);
    expect(await closed((await client(running)).resume())).toMatchObject({ code: 'ECONNRESET' });
    await until(() => running.stderr().includes('program'));
    expect(running.stderr()).toMatch(/^nettk: tcp:\/\/127.0.0.1:\d+: run ".*program": no such file or directory/m);
    execFileSync('mv', [`${folder}/away`, `${folder}/program`]);
    const socket = await client(running);
    socket.write('back');
    expect((await readBytes(socket, 4)).toString()).toBe('back');
  });

  test('one whose client resets is hung up on', async () => {
    const running = await listening(['-k', '-e', 'sleep 1000']);
    const socket = await client(running);
    await until(() => childrenOf(running.pid).length === 1);
    socket.resetAndDestroy();
    await until(() => childrenOf(running.pid).length === 0);
  });
});

describe.each([
  { scheme: 'tls', clientOf: (port: number) => ['ncat', '--ssl', '127.0.0.1', String(port)] },
  { scheme: 'ws', clientOf: (port: number) => ['connect', `ws://127.0.0.1:${port}`] },
])('over $scheme', ({ scheme, clientOf }) => {
  async function start(...args: string[]): Promise<Running> {
    const running = await startNettk(['listen', `${scheme}://127.0.0.1:0`, ...args]);
    onTestFinished(() => running[Symbol.asyncDispose]());
    return running;
  }

  test('a program talks to each client, and may answer after its end', async () => {
    const running = await start('-k', '-c', 'sha256sum; exit 3');
    const inputs = [BULK, Buffer.from('small'), Buffer.alloc(0)];
    const answers = inputs.map((stdin) => runNettk(clientOf(portOf(running)), { stdin }));
    for (const [i, { stdout, code }] of (await Promise.all(answers)).entries()) {
      const digest = createHash('sha256')
        .update(inputs[i] as Buffer)
        .digest('hex');
      expect([stdout.toString(), code]).toEqual([`${digest}  -\n`, 0]);
    }
    await until(() => childrenOf(running.pid).length === 0);
  });

  test('a program knows both addresses', async () => {
    const running = await start('-c', 'echo $NETTK_REMOTE_ADDR $NETTK_LOCAL_ADDR $NETTK_LOCAL_PORT $NETTK_PROTO');
    const { stdout } = await runNettk(clientOf(portOf(running)));
    expect(stdout.toString()).toBe(`127.0.0.1 127.0.0.1 ${portOf(running)} TCP\n`);
  });

  test('members of a chat hear each other', async () => {
    const running = await start('--chat');
    const listener = spawn(NETTK, clientOf(portOf(running)));
    onTestFinished(() => void listener.kill('SIGKILL'));
    let heard = '';
    listener.stdout.on('data', (chunk) => (heard += chunk));
    await until(() => heard.includes('already connected: nobody'));
    expect((await runNettk(clientOf(portOf(running)), { stdin: 'hello\n' })).code).toBe(0);
    await until(() => heard.includes('<user2> hello\n'));
  });
});

describe('signals', () => {
  test('go to the program and its children, and the command dies of them', async () => {
    const running = await listening(['-c', 'sleep 1000 & echo $!; wait']);
    const socket = await client(running);
    const grandchild = Number((await readBytes(socket, 2)).toString());
    const { signal } = await running.stop('SIGTERM');
    expect(signal).toBe('SIGTERM');
    await until(() => !isRunning(grandchild));
  });

  test('never go to the rest of our process group', async () => {
    const script = `"$0" listen -k 127.0.0.1:0 -e cat & echo $!; sleep 1000 & echo $! .; wait`;
    const shell = spawn('sh', ['-c', script, NETTK], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => {
      process.kill(-(shell.pid as number), 'SIGKILL');
    });
    let said = '';
    shell.stdout.on('data', (chunk) => (said += chunk));
    await until(() => said.includes('.'));
    const [nettk, sibling] = said.split(/\s/).map(Number) as [number, number];
    let notes = '';
    shell.stderr.on('data', (chunk) => (notes += chunk));
    await until(() => notes.includes('listening on'));
    const port = Number(/:(\d+)\n/.exec(notes)?.[1]);
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.write('x');
    await readBytes(socket, 1);
    process.kill(nettk, 'SIGTERM');
    await until(() => !isRunning(nettk));
    expect([isRunning(sibling), isRunning(shell.pid as number)]).toEqual([true, true]);
  });

  test('with -k the program may finish within the grace; after it, it is killed', async () => {
    const polite = await listening(['-k', '-c', "trap 'echo bye; exit' TERM; echo hi; while :; do sleep 0.1; done"]);
    const socket = await client(polite);
    await readBytes(socket, 3);
    const rest = readToEnd(socket.resume());
    const stopped = polite.stop('SIGINT');
    expect((await rest).toString()).toBe('bye\n');
    socket.end();
    expect((await stopped).code).toBe(0);

    const rude = await listening([
      '-k',
      '--grace',
      '200ms',
      '-c',
      "trap '' TERM INT HUP; echo $$; while :; do sleep 1; done",
    ]);
    const pid = Number((await readBytes(await client(rude), 2)).toString());
    const { code, stderr } = await rude.stop('SIGINT');
    expect([code, isRunning(pid)]).toEqual([1, false]);
    expect(stderr).toContain('1 connection cut after 0.2 s of grace');
  });

  test(
    'a storm of them never leaves a zombie, a program or a hang behind',
    async () => {
      const rounds = process.env['NETTK_LONG'] ? 100 : 10;
      const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
      for (let round = 0; round < rounds; round += 1) {
        const running = await listening(['-k', '--grace', '100ms', '-c', 'cat; exit']);
        const over = ended(running);
        const sockets = await Promise.all(Array.from({ length: 10 }, () => client(running)));
        for (const socket of sockets) socket.write('x');
        await until(() => childrenOf(running.pid).length === sockets.length);
        const family = childrenOf(running.pid).map((text) => Number.parseInt(text, 10));
        for (let i = 0; i < 300; i += 1) poke(family[i % family.length], signals[i % 3]);
        // They keep the programs busy ending, not the command: it still serves.
        const late = await client(running);
        late.write('late');
        expect((await readBytes(late, 4)).toString()).toBe('late');
        for (let i = 0; i < 300; i += 1) running.child.kill(signals[(i + round) % 3]);
        await over;
        await until(() => !family.some(isRunning));
      }
    },
    STORM_LIMIT_MS,
  );
});

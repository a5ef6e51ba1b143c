/** -e and -c of connect and listen: programs in place of standard input and output. */

import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { allOf, openNettk, tcpClient, tcpServer } from '../support/netcat.ts';
import { type Running, runNettk, startNettk } from '../support/nettk.ts';

async function listening(...args: string[]): Promise<Running> {
  const running = await startNettk(['listen', '127.0.0.1:0', ...args]);
  onTestFinished(() => running[Symbol.asyncDispose]());
  return running;
}

async function ask(listener: Running, text: string | Buffer): Promise<string> {
  const client = await tcpClient(listener.ports[0] as number);
  client.end(text);
  return allOf(client);
}

describe('listen', () => {
  test('-e joins a program to the client: each end of file reaches the other side', async () => {
    const listener = await listening('-e', '/usr/bin/tr a-z A-Z');
    const over = once(listener.child, 'close');
    expect(await ask(listener, 'hello\n')).toBe('HELLO\n');
    expect((await over)[0]).toBe(0);
  });

  test('-c takes a line for the shell, and its exit status is ours', async () => {
    const listener = await listening('-c', 'read line; echo "got $line"; exit 3');
    const over = once(listener.child, 'close');
    expect(await ask(listener, 'this\n')).toBe('got this\n');
    expect((await over)[0]).toBe(3);
  });

  test('tells the program who talks to whom, and no more than that', async () => {
    const listener = await listening('-c', 'env | grep ^NETTK_ | sort');
    const said = await ask(listener, '');
    expect(said.replace(/REMOTE_PORT=\d+/, 'REMOTE_PORT=N')).toBe(
      'NETTK_LOCAL_ADDR=127.0.0.1\n' +
        `NETTK_LOCAL_PORT=${listener.ports[0]}\n` +
        'NETTK_PROTO=tcp\nNETTK_REMOTE_ADDR=127.0.0.1\nNETTK_REMOTE_PORT=N\n',
    );
  });

  test('-k runs one for each client, side by side, and none is left', async () => {
    const listener = await listening('-k', '-c', 'echo $$; read line; echo "$line"');
    const clients = await Promise.all([1, 2, 3].map(() => tcpClient(listener.ports[0] as number)));
    const pids = await Promise.all(clients.map(async (client) => Number(String((await once(client, 'data'))[0]))));
    expect(new Set(pids).size).toBe(3);
    const rest = clients.map((client, i) => {
      client.end(`client ${i}\n`);
      return allOf(client);
    });
    expect(await Promise.all(rest)).toEqual(['client 0\n', 'client 1\n', 'client 2\n']);
    expect((await listener.stop()).code).toBe(0);
    for (const pid of pids) expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  test('what the program says on standard error stays on ours', async () => {
    const listener = await listening('-c', 'echo oops >&2; echo fine');
    const over = once(listener.child, 'close');
    expect(await ask(listener, '')).toBe('fine\n');
    await over;
    expect(listener.stderr()).toContain('oops\n');
  });

  test('a program that reads nothing still says all, though the client sends much', async () => {
    const listener = await listening('-c', 'exec <&-; echo done');
    expect(await ask(listener, Buffer.alloc(2_000_000, 'x'))).toBe('done\n');
  });

  test('a signal reaches the program and what it started, and listen ends of it', async () => {
    const listener = await listening('-c', 'sleep 60 & echo $!; wait');
    const client = await tcpClient(listener.ports[0] as number);
    const sleeper = Number(String((await once(client, 'data'))[0]));
    const { signal } = await listener.stop('SIGTERM');
    expect(signal).toBe('SIGTERM');
    expect(isRunning(sleeper)).toBe(false);
  });

  test('a program that is not there is told before anybody connects', async () => {
    const result = await runNettk(['listen', '127.0.0.1:0', '-e', '/no/such/program']);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('run "/no/such/program": no such file or directory (ENOENT)');
  });
});

describe('connect', () => {
  test('-e talks to the server, and the exit status is the program’s', async () => {
    const got = Promise.withResolvers<string>();
    const address = await tcpServer((socket) => {
      socket.write('question\n');
      allOf(socket).then((text) => {
        got.resolve(text);
        socket.end();
      });
    });
    const client = await runNettk(['connect', address, '-c', 'read q; echo "answer to $q"; exit 7']);
    expect(await got.promise).toBe('answer to question\n');
    expect(client).toMatchObject({ code: 7, stderr: '' });
  });

  test('a server that resets is exit 1, and the program is ended', async () => {
    const address = await tcpServer((socket) => void socket.once('data', () => socket.resetAndDestroy()));
    const client = await openNettk('connect', address, '-c', 'echo hi; exec sleep 60');
    expect(await client.ended).toBe(1);
    expect(client.stderr()).toContain('ECONNRESET');
  });

  test('-e and -c contradict each other', async () => {
    expect((await runNettk(['connect', '127.0.0.1:1', '-e', 'x', '-c', 'y'])).code).toBe(2);
  });
});

/** A zombie that waits for its new parent is over. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

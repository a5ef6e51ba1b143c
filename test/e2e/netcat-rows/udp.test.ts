/** What nettk does over UDP in each case in which the netcats differ: waiting for answers, boundaries, stray datagrams. */

import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { heard, openNettk, udpSocket } from '../../support/netcat.ts';
import { type Running, runNettk, startNettk } from '../../support/nettk.ts';

async function listening(...args: string[]): Promise<Running> {
  const running = await startNettk(['listen', '-u', ...args]);
  onTestFinished(() => running[Symbol.asyncDispose]());
  return running;
}

async function printed(running: Running, text: string): Promise<void> {
  while (!running.stdout().includes(text)) await once(running.child.stdout as NodeJS.EventEmitter, 'data');
}

describe('connect -u', () => {
  test('waits for the answer after the end of its input, then ends with 0', async () => {
    const server = await udpSocket((message, from) => server.send(`got ${message}`, from.port, from.address));
    const client = await runNettk(['connect', '-u', `127.0.0.1:${server.address().port}`], { stdin: 'hi\n' });
    expect(client).toMatchObject({ code: 0, stderr: '' });
    expect(client.stdout.toString()).toBe('got hi\n');
  });

  test('waits longer with -q, and every answer starts the wait anew', async () => {
    const answers = ['one\n', 'two\n', 'three\n'];
    const server = await udpSocket((_message, from) => {
      const say = (): void => {
        const answer = answers.shift();
        if (answer === undefined) clearInterval(timer);
        else server.send(answer, from.port, from.address);
      };
      const timer = setInterval(say, 1_200);
    });
    const target = `127.0.0.1:${server.address().port}`;
    const client = await runNettk(['connect', '-u', '-q', '4s', target], { stdin: 'hi\n' });
    expect([client.code, client.stdout.toString()]).toEqual([0, 'one\ntwo\nthree\n']);
  });

  test('says that a port is closed, with exit 1', async () => {
    const client = await runNettk(['connect', '-u', '127.0.0.1:1'], { stdin: 'hi\n' });
    expect(client.code).toBe(1);
    expect(client.stderr).toBe('nettk: talk to udp://127.0.0.1:1: connection refused (ECONNREFUSED)\n');
  });

  test('sends what it reads at once as one datagram, and 20,000 bytes as two', async () => {
    const sizes: number[] = [];
    const server = await udpSocket((message) => sizes.push(message.length));
    const target = `127.0.0.1:${server.address().port}`;
    await runNettk(['connect', '-u', target], { stdin: 'one\ntwo\nthree\n' });
    expect(sizes.splice(0)).toEqual([14]);
    await runNettk(['connect', '-u', target], { stdin: Buffer.alloc(20_000) });
    expect(sizes).toEqual([16_384, 3_616]);
  });

  test('--datagram line sends each line on its own', async () => {
    const got: string[] = [];
    const server = await udpSocket((message) => got.push(message.toString()));
    const args = ['connect', '-u', '--datagram', 'line', `127.0.0.1:${server.address().port}`];
    await runNettk(args, { stdin: 'one\ntwo\nthree' });
    expect(got).toEqual(['one\n', 'two\n', 'three']);
  });

  test('sends nothing of its own, with -v or at its end', async () => {
    const got: string[] = [];
    const server = await udpSocket((message) => got.push(message.toString()));
    await runNettk(['connect', '-u', '-v', `127.0.0.1:${server.address().port}`], { stdin: 'only this' });
    expect(got).toEqual(['only this']);
  });

  test('an empty datagram from the server ends nothing', async () => {
    const server = await udpSocket((_message, from) => {
      server.send('', from.port, from.address, () => server.send('after\n', from.port, from.address));
    });
    const client = await openNettk('connect', '-u', `127.0.0.1:${server.address().port}`);
    client.child.stdin?.write('hi\n');
    await heard(client, 'after\n');
  });
});

describe('listen -u', () => {
  test('belongs to the first peer: what others send is not printed', async () => {
    const listener = await listening('127.0.0.1:0');
    const [first, other] = [await udpSocket(), await udpSocket()];
    const to = listener.ports[0] as number;
    first.send('first\n', to, '127.0.0.1');
    await printed(listener, 'first\n');
    await new Promise<void>((sent) => other.send('other\n', to, '127.0.0.1', () => sent()));
    first.send('again\n', to, '127.0.0.1');
    await printed(listener, 'again\n');
    expect(listener.stdout()).toBe('first\nagain\n');
  });

  test('is not ended by an empty datagram, first or later', async () => {
    const listener = await listening('127.0.0.1:0');
    const peer = await udpSocket();
    for (const message of ['', 'one\n', '', 'two\n']) {
      await new Promise<void>((sent) => peer.send(message, listener.ports[0] as number, '127.0.0.1', () => sent()));
    }
    await printed(listener, 'two\n');
    expect(listener.stdout()).toBe('one\ntwo\n');
  });

  test('goes on with its input at its end: what it had is sent to the first peer, what comes is printed', async () => {
    const listener = await listening('127.0.0.1:0');
    listener.child.stdin?.end('welcome\n');
    const peer = await udpSocket();
    const answer = once(peer, 'message');
    peer.send('one\n', listener.ports[0] as number, '127.0.0.1');
    expect(String((await answer)[0])).toBe('welcome\n');
    // Longer than the silence that ends a client.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    peer.send('two\n', listener.ports[0] as number, '127.0.0.1');
    await printed(listener, 'two\n');
    expect(listener.child.exitCode).toBeNull();
  });

  test('-q ends it after so much silence, with 0', async () => {
    const listener = await listening('-q', '200ms', '127.0.0.1:0');
    const over = once(listener.child, 'close');
    listener.child.stdin?.end();
    (await udpSocket()).send('one\n', listener.ports[0] as number, '127.0.0.1');
    expect((await over)[0]).toBe(0);
    expect(listener.stdout()).toBe('one\n');
  });

  test('-k prints what every peer says and tells its input to each of them', async () => {
    const listener = await listening('-k', '127.0.0.1:0');
    const peers = await Promise.all([udpSocket(), udpSocket(), udpSocket()]);
    for (const [i, peer] of peers.entries()) peer.send(`peer ${i}\n`, listener.ports[0] as number, '127.0.0.1');
    for (const i of peers.keys()) await printed(listener, `peer ${i}\n`);
    const answers = peers.map(async (peer) => String((await once(peer, 'message'))[0]));
    listener.child.stdin?.write('to all\n');
    expect(await Promise.all(answers)).toEqual(['to all\n', 'to all\n', 'to all\n']);
  });

  test('-k with a program answers each peer by its own', async () => {
    const listener = await listening('-k', '-c', 'read line; echo "$line $NETTK_REMOTE_PORT"', '127.0.0.1:0');
    const peers = await Promise.all([udpSocket(), udpSocket()]);
    const answers = peers.map(async (peer) => {
      const answer = once(peer, 'message');
      peer.send('hello\n', listener.ports[0] as number, '127.0.0.1');
      return String((await answer)[0]);
    });
    expect(await Promise.all(answers)).toEqual(peers.map((peer) => `hello ${peer.address().port}\n`));
  });
});

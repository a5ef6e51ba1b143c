/** -z, which only looks, and -C, which is right wherever the input is cut. */

import { describe, expect, test } from 'vitest';
import { allOf, openNettk, tcpServer, udpSocket } from '../../support/netcat.ts';
import { runNettk } from '../../support/nettk.ts';

describe('-z', () => {
  test('over TCP: 0 and a line where the port is open, 1 and the reason where it is not', async () => {
    const address = await tcpServer((socket) => socket.resume());
    expect(await runNettk(['connect', '-z', address])).toMatchObject({
      code: 0,
      stderr: `nettk: connected to tcp://${address}\n`,
    });
    expect(await runNettk(['connect', '-z', '127.0.0.1:1'])).toMatchObject({
      code: 1,
      stderr: 'nettk: connect tcp://127.0.0.1:1: connection refused (ECONNREFUSED)\n',
    });
  });

  test('sends nothing over TCP', async () => {
    const got = Promise.withResolvers<string>();
    const address = await tcpServer((socket) => void allOf(socket).then(got.resolve));
    await runNettk(['connect', '-z', address], { stdin: 'never sent' });
    expect(await got.promise).toBe('');
  });

  test('over UDP: 1 where the port refuses', async () => {
    const closed = await runNettk(['connect', '-z', '-u', '127.0.0.1:1']);
    expect(closed.code).toBe(1);
    expect(closed.stderr).toContain('connection refused (ECONNREFUSED)');
  });

  test('over UDP: 0 where nobody refuses, and it says that silence is no proof', async () => {
    const got: string[] = [];
    const silent = await udpSocket((message) => got.push(message.toString()));
    const looked = await runNettk(['connect', '-z', '-u', '-q', '100ms', `127.0.0.1:${silent.address().port}`]);
    expect(looked.code).toBe(0);
    expect(looked.stderr).toMatch(/ is open or silent: nobody refused, nobody answered\n$/);
    expect(got).toEqual(['']);
  });

  test('over UDP: 0 and certain where an answer comes', async () => {
    const server = await udpSocket((_message, from) => server.send('yes', from.port, from.address));
    const looked = await runNettk(['connect', '-z', '-u', `127.0.0.1:${server.address().port}`]);
    expect(looked).toMatchObject({ code: 0, stdout: Buffer.alloc(0) });
    expect(looked.stderr).toMatch(/ answers\n$/);
  });
});

describe('-C', () => {
  test('keeps a CRLF one though CR and LF come in separate reads', async () => {
    const got = Promise.withResolvers<string>();
    const heard = Promise.withResolvers<void>();
    const address = await tcpServer((socket) => {
      socket.once('data', () => heard.resolve());
      allOf(socket).then((text) => {
        got.resolve(text);
        socket.end();
      });
    });
    const client = await openNettk('connect', '-C', address);
    client.child.stdin?.write('a\nd\r');
    await heard.promise;
    client.child.stdin?.end('\ne');
    expect(await got.promise).toBe('a\r\nd\r\ne');
    expect(await client.ended).toBe(0);
  });

  test('leaves what comes as it is', async () => {
    const address = await tcpServer((socket) => socket.resume().end('a\nb\r\n'));
    expect((await runNettk(['connect', '-C', address])).stdout.toString()).toBe('a\nb\r\n');
  });
});

import { mkdtempSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectionFacts, ProgramHost, type ProgramPlan } from '../../src/clients/program-host.ts';
import { programOf, shellCommandOf } from '../../src/host/child-command.ts';
import { asConn } from '../../src/net/conn.ts';
import type { Endpoint } from '../../src/net/endpoint.ts';
import { closed, readBytes, readToEnd, until } from '../support/sockets.ts';
import { tcpPair } from '../support/tcp-pair.ts';

const LOCAL: Endpoint = { scheme: 'tcp', host: '127.0.0.1', port: 7, path: '' };

function hostFor(line: string, more: Partial<ProgramPlan> = {}): ProgramHost {
  const env = { PATH: process.env['PATH'] };
  return new ProgramHost({
    command: shellCommandOf(line),
    env,
    prefixes: ['NETTK'],
    graceMs: 60_000,
    conversation: {},
    ...more,
  });
}

/** A client that a host talks to, and how that ends: an exit status, or the reason of its failure. */
async function clientOf(host: ProgramHost, signal = new AbortController().signal): Promise<[Socket, Promise<unknown>]> {
  const [socket, far] = await tcpPair();
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  const conn = asConn(far, { scheme: 'tcp', host: '127.0.0.1', port: socket.localPort as number, path: '' });
  const over = host.talk(conn, signal, LOCAL).catch((reason: unknown) => reason);
  return [socket, over];
}

const SLEEPER = 'echo $$; exec sleep 1000';

describe('a program host', () => {
  it.each([
    ['exit 0', 0],
    ['exit 3', 3],
    ['kill -KILL $$', 137],
  ])('gives the exit status of %j', async (line, status) => {
    const [socket, over] = await clientOf(hostFor(line));
    socket.resume().end();
    expect(await over).toBe(status);
  });

  it('forgets the exit status where it does not count', async () => {
    const [socket, over] = await clientOf(hostFor('exit 3', { forgetsStatus: true }));
    socket.resume().end();
    expect(await over).toBe(0);
  });

  it('ends the connection after the output, while the client still sends', async () => {
    const [socket] = await clientOf(hostFor('head -c 3000000 /dev/zero'));
    socket.write(Buffer.alloc(200_000));
    expect((await readToEnd(socket)).length).toBe(3_000_000);
  });

  it('with sendOnly gives the program an empty input, with recvOnly nobody its output', async () => {
    const [listener] = await clientOf(hostFor('cat; echo done', { conversation: { sendOnly: true } }));
    listener.write('unread');
    expect((await readToEnd(listener)).toString()).toBe('done\n');
    const path = join(mkdtempSync(join(tmpdir(), 'nettk-')), 'got');
    const [talker, over] = await clientOf(hostFor(`echo unsent; cat > ${path}`, { conversation: { recvOnly: true } }));
    let heard = '';
    talker.on('data', (chunk) => (heard += chunk)).end('taken');
    await over;
    expect([heard, readFileSync(path, 'utf8')]).toEqual(['', 'taken']);
  });

  it('hangs up on the program when the client resets, and tells the reset', async () => {
    const [socket, over] = await clientOf(hostFor(SLEEPER));
    const pid = Number((await readBytes(socket, 2)).toString());
    socket.resetAndDestroy();
    expect(await over).toMatchObject({ code: 'ECONNRESET' });
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('hangs up when nothing moved for as long as it may', async () => {
    const [socket, over] = await clientOf(hostFor(SLEEPER, { conversation: { idle: { ms: 100, exit: 1 } } }));
    socket.resume();
    expect(await over).toMatchObject({ exit: 1 });
    await closed(socket.end());
  });

  it('when it is to finish, lets programs say goodbye; once it is cut, kills them', async () => {
    const cut = new AbortController();
    const polite = hostFor("trap 'echo bye; exit 0' TERM; echo hi; while :; do sleep 0.05; done");
    const [a, aOver] = await clientOf(polite, cut.signal);
    await readBytes(a, 3);
    const rest = readToEnd(a.resume());
    polite.finish();
    expect((await rest).toString()).toBe('bye\n');
    a.end();
    expect(await aOver).toBe(0);

    const rude = hostFor("trap '' TERM HUP; echo $$; while :; do sleep 1; done");
    const [b, bOver] = await clientOf(rude, cut.signal);
    const pid = Number((await readBytes(b, 2)).toString());
    rude.finish();
    cut.abort(new Error('cut'));
    expect(await bOver).toMatchObject({ message: 'cut' });
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('stops the program within the grace where a signal ends the only conversation', async () => {
    const stop = new AbortController();
    const [socket, over] = await clientOf(
      hostFor("trap '' TERM HUP; echo $$; while :; do sleep 1; done", { graceMs: 50 }),
      stop.signal,
    );
    await readBytes(socket, 2);
    stop.abort(new Error('stopped'));
    expect(await over).toMatchObject({ message: 'stopped' });
  });

  it('refuses to begin with a program that is not there', () => {
    expect(() => hostFor(':', { command: programOf('/no/such/program') })).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
  });

  it('resets a client whose program cannot be started, and says why', async () => {
    const troubles: string[] = [];
    const command = { ...programOf('cat'), args: ['x'.repeat(1_000_000)] };
    const [socket, over] = await clientOf(
      hostFor(':', { command, onTrouble: (_peer, reason) => void troubles.push(reason) }),
    );
    expect(await over).toMatchObject({ code: 'E2BIG' });
    expect(troubles).toEqual(['run "cat": argument list too long (E2BIG)']);
    expect(await closed(socket.resume())).toMatchObject({ code: 'ECONNRESET' });
  });

  it('leaves no program and no file open behind', async () => {
    const { readdirSync } = await import('node:fs');
    const files = (): number => readdirSync('/proc/self/fd').length;
    const before = files();
    const host = hostFor('cat');
    for (let round = 0; round < 5; round += 1) {
      const clients = await Promise.all(Array.from({ length: 10 }, () => clientOf(host)));
      for (const [i, [socket]] of clients.entries()) {
        if (i % 2 === 0) socket.end('x').resume();
        else socket.resetAndDestroy();
      }
      await Promise.all(clients.map(([, over]) => over));
    }
    await until(() => files() <= before);
  });
});

describe('what a program is told of its connection', () => {
  const at = (scheme: Endpoint['scheme'], host: string, port: number, path = ''): Endpoint => ({
    scheme,
    host,
    port,
    path,
  });

  it.each([
    ['tcp', 'TCP'],
    ['tls', 'TCP'],
    ['wss', 'TCP'],
    ['udp', 'UDP'],
  ] as const)('over %s is both addresses and %s', (scheme, proto) => {
    expect(connectionFacts('NCAT', at(scheme, '::1', 5), at(scheme, '::2', 6))).toEqual({
      NCAT_REMOTE_ADDR: '::1',
      NCAT_REMOTE_PORT: '5',
      NCAT_LOCAL_ADDR: '::2',
      NCAT_LOCAL_PORT: '6',
      NCAT_PROTO: proto,
    });
  });

  it('over a Unix socket is its path, and no port', () => {
    const unix = at('unix', '', 0, '/s');
    expect(connectionFacts('NETTK', unix, unix)).toMatchObject({
      NETTK_LOCAL_ADDR: '/s',
      NETTK_LOCAL_PORT: '',
      NETTK_PROTO: 'UNIX',
    });
  });
});

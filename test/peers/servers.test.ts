import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { type Running, startNettk } from '../support/nettk.ts';
import { startPeer } from '../support/peers.ts';

/** How a peer reaches a server; standard input stays open, because `ncat -u` and nc's UDP end with it or never. */
const PEERS: Readonly<Record<string, Readonly<Record<Way, (where: string) => string[]>>>> = {
  'nc.openbsd': {
    tcp: (port) => ['-N', '127.0.0.1', port],
    udp: (port) => ['-u', '127.0.0.1', port],
    unix: (path) => ['-N', '-U', path],
  },
  ncat: {
    tcp: (port) => ['127.0.0.1', port],
    udp: (port) => ['-u', '127.0.0.1', port],
    unix: (path) => ['-U', path],
  },
  socat: {
    tcp: (port) => ['-t20', '-', `TCP:127.0.0.1:${port}`],
    udp: (port) => ['-', `UDP:127.0.0.1:${port}`],
    unix: (path) => ['-t20', '-', `UNIX-CONNECT:${path}`],
  },
};

type Way = 'tcp' | 'udp' | 'unix';
const WAYS: readonly Way[] = ['tcp', 'udp', 'unix'];

interface Expected {
  readonly say: string;
  /** The whole answer over a stream, as Latin-1, or how it starts. */
  readonly answer: RegExp;
  /** Where a datagram's answer is another. */
  readonly datagram?: RegExp;
  /** The server sends until the client leaves. */
  readonly endless?: true;
}

const CTIME = String.raw`\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}`;
/** The first line of RFC 864's pattern, and the second. */
const CHARGEN = /^ ?!"#\$%&'\(\)\*\+,-[ -~]*\r\n"#\$%&'\(\)\*\+,-\.[ -~]*\r\n/;
const SERVICES: Readonly<Record<string, Expected>> = {
  echo: { say: 'hello\n', answer: /^hello\n$/ },
  chargen: { say: '\n', answer: CHARGEN, datagram: /^ ?!"#\$%&'\(\)\*\+,-/, endless: true },
  daytime: { say: '\n', answer: new RegExp(`^${CTIME}\r?\n$`) },
  // Any four bytes; what they say is tested with rdate and xinetd.
  time: { say: '\n', answer: /^.{4}$/s },
  qotd: { say: '\n', answer: /^[ -~\r\n]{10,512}$/ },
  timestamp: { say: 'hello\n', answer: new RegExp(`^\\[${CTIME}\\] hello\n$`) },
  sleep: { say: 'sleep 0.01\n', answer: /^ok slept \d+\.\d+ s\n$/ },
  command: { say: 'date\n', answer: new RegExp(`^${CTIME}\n\\.\r?\n$`), datagram: new RegExp(`^${CTIME}`) },
};

let folder: string;
let server: Running;
let ports: Map<string, string>;

/** Several services in one process: as many sockets, one start. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-servers-'));
  const names = [...Object.keys(SERVICES), 'discard'];
  server = await startNettk(['serve', '--port', '0', ...names], { cwd: folder, ready: names.length * 2 });
  const told = server.stderr().matchAll(/^nettk: (\w+) listening on tcp:\/\/127\.0\.0\.1:(\d+)$/gm);
  ports = new Map([...told].map(([, name = '', port = '']) => [name, port]));
});
afterAll(async () => {
  await server.stop('SIGKILL');
  await rm(folder, { recursive: true });
});

/** Where a service is reached. */
async function reach(name: string, way: Way): Promise<{ where: string } & AsyncDisposable> {
  if (way !== 'unix') return { where: ports.get(name) ?? '', [Symbol.asyncDispose]: async () => {} };
  const where = join(folder, `${name}.sock`);
  const own = await startNettk([`${name}-server`, '--unix', where]);
  return { where, [Symbol.asyncDispose]: async () => void (await own.stop()) };
}

const cases = (names: readonly string[]): [string, Way, string][] =>
  names.flatMap((name) =>
    WAYS.flatMap((way) => Object.keys(PEERS).map((peer): [string, Way, string] => [name, way, peer])),
  );

describe('every server', () => {
  it.for(cases(Object.keys(SERVICES)))('%s answers over %s to %s', async ([name, way, program], context) => {
    needs(context, program);
    const { say, answer, datagram = answer, endless } = SERVICES[name]!;
    await using target = await reach(name, way);
    await using peer = await startPeer(program, PEERS[program]![way](target.where));
    peer.child.stdin?.write(say);
    const wanted = way === 'udp' ? datagram : answer;
    const heard = await peer.until((stdout) => wanted.test(stdout.toString('latin1')));
    expect(heard.toString('latin1')).toMatch(wanted);
    if (way === 'udp' || endless) return;
    expect(await peer.finish()).toBe(0);
    expect(peer.stdout().equals(heard), 'nothing more came before the end').toBe(true);
    expect(peer.stderr()).toBe('');
  });

  it.for(
    cases(['discard']).filter(([, way]) => way !== 'udp'),
  )('%s takes everything over %s from %s and says nothing', async ([name, way, program], context) => {
    needs(context, program);
    await using target = await reach(name, way);
    await using peer = await startPeer(program, PEERS[program]![way](target.where));
    peer.child.stdin?.write('x'.repeat(200_000));
    expect(await peer.finish()).toBe(0);
    expect(peer.stdout().toString()).toBe('');
    expect(peer.stderr()).toBe('');
  });

  // Each tells a refused datagram from silence in its own way; nc.openbsd does not, but waits.
  it.for([
    ['nc.openbsd', ['-w1'], 0, /^$/],
    ['ncat', ['-i', '500ms'], 1, /^Ncat: Idle timeout expired \(500 ms\)\.\n$/],
    ['socat', ['-T0.5'], 0, /^$/],
  ] as const)('discard takes datagrams from %s and says nothing', async ([program, options, status, said], context) => {
    needs(context, program);
    const args = PEERS[program]!.udp(ports.get('discard') ?? '');
    await using peer = await startPeer(program, [...options, ...args]);
    peer.child.stdin?.write('x'.repeat(500));
    expect(await peer.ended).toBe(status);
    expect(peer.stdout().toString()).toBe('');
    expect(peer.stderr()).toMatch(said);
  });
});

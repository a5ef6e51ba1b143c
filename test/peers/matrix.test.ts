/**
 * nettk against every netcat, whoever closes first, over every transport that the peer has: no byte is lost by nettk, and
 * everybody exits. What a peer itself loses is listed here, with the reason.
 */

import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { needs } from '../support/needs.ts';
import { NETTK } from '../support/nettk.ts';
import { type Bound, freePort, type Peer, startPeer } from '../support/peers.ts';

type Transport = 'TCP' | 'TLS' | 'Unix' | 'WebSocket';
type Closing = 'the client first' | 'the server first' | 'both at once' | 'neither, until -i';

/** Where a run meets: a port, a socket file, and the certificate of the server. */
interface Place {
  readonly port: number;
  readonly path: string;
  readonly cert: string;
  readonly key: string;
}

/** How a program is started for each part; over what it does not have, it is not. */
type Ways = Partial<Readonly<Record<Transport, readonly string[]>>>;
interface Program {
  readonly program: string;
  client(place: Place): Ways;
  server(place: Place): Ways;
}

/** More than all buffers on the way hold, and different each way. */
const UP = randomBytes(3_000_000);
const DOWN = randomBytes(2_500_000);
/** Long enough that a busy machine is not taken for an idle peer. */
const IDLE = ['-i', '3s'];

const HOST = '127.0.0.1';

const NETTK_PROGRAM: Program = {
  program: NETTK,
  client: ({ port, path }) => ({
    TCP: ['connect', HOST, `${port}`],
    TLS: ['connect', '--insecure', '--quiet', `tls://${HOST}:${port}`],
    Unix: ['connect', '-U', path],
    WebSocket: ['connect', `ws://${HOST}:${port}`],
  }),
  server: ({ port, path, cert, key }) => ({
    TCP: ['listen', `${HOST}:${port}`],
    TLS: ['listen', '--cert', cert, '--key', key, `tls://${HOST}:${port}`],
    Unix: ['listen', '-U', path],
    WebSocket: ['listen', `ws://${HOST}:${port}`],
  }),
};

const PEERS: Readonly<Record<string, Program>> = {
  nettk: NETTK_PROGRAM,
  'nc.openbsd -N': {
    program: 'nc.openbsd',
    client: ({ port, path }) => ({ TCP: ['-N', HOST, `${port}`], Unix: ['-N', '-U', path] }),
    server: ({ port, path }) => ({ TCP: ['-N', '-l', HOST, `${port}`], Unix: ['-N', '-l', '-U', path] }),
  },
  ncat: {
    program: 'ncat',
    client: ({ port, path }) => ({ TCP: [HOST, `${port}`], TLS: ['--ssl', HOST, `${port}`], Unix: ['-U', path] }),
    server: ({ port, path, cert, key }) => ({
      TCP: ['-l', HOST, `${port}`],
      TLS: ['-l', '--ssl', '--ssl-cert', cert, '--ssl-key', key, HOST, `${port}`],
      Unix: ['-l', '-U', path],
    }),
  },
  'socat -t 30': {
    program: 'socat',
    client: ({ port, path }) => ({
      TCP: ['-t', '30', '-', `TCP:${HOST}:${port}`],
      TLS: ['-t', '30', '-', `OPENSSL:${HOST}:${port},verify=0`],
      Unix: ['-t', '30', '-', `UNIX-CONNECT:${path}`],
    }),
    server: ({ port, path, cert, key }) => ({
      TCP: ['-t', '30', '-', `TCP-LISTEN:${port},bind=${HOST}`],
      TLS: ['-t', '30', '-', `OPENSSL-LISTEN:${port},bind=${HOST},cert=${cert},key=${key},verify=0`],
      Unix: ['-t', '30', '-', `UNIX-LISTEN:${path}`],
    }),
  },
};

/** What peers lose of their own input. */
const LOSSES: readonly {
  readonly peer: string;
  readonly part: 'client' | 'server';
  readonly closing: Closing;
  readonly transports: readonly Transport[];
}[] = [
  // It leaves at the client's end, whatever is left of its input; a socat client gets as little.
  { peer: 'ncat', part: 'server', closing: 'both at once', transports: ['TCP', 'TLS', 'Unix'] },
  { peer: 'ncat', part: 'server', closing: 'the client first', transports: ['TCP', 'TLS', 'Unix'] },
  // It closes at the client's end with input still unread, now and then; strace shows that it never wrote the rest.
  { peer: 'nc.openbsd -N', part: 'server', closing: 'both at once', transports: ['TCP', 'Unix'] },
  { peer: 'nc.openbsd -N', part: 'server', closing: 'the client first', transports: ['TCP', 'Unix'] },
];

const CLOSINGS: readonly Closing[] = ['the client first', 'the server first', 'both at once', 'neither, until -i'];
const TRANSPORTS: readonly Transport[] = ['TCP', 'TLS', 'Unix', 'WebSocket'];

let certificates: Certificates;
let folder: string;
beforeAll(() => {
  certificates = makeCertificates();
  folder = mkdtempSync(join(tmpdir(), 'nettk-matrix-'));
  writeFileSync(join(folder, 'cert.pem'), certificates.good.cert);
  writeFileSync(join(folder, 'key.pem'), certificates.good.key);
  return () => certificates.remove();
});

let runs = 0;

async function placeFor(): Promise<Place> {
  runs += 1;
  return {
    port: await freePort(),
    path: join(folder, `${runs}.sock`),
    cert: join(folder, 'cert.pem'),
    key: join(folder, 'key.pem'),
  };
}

/** What each side printed, and how nettk's sides ended. */
interface Outcome {
  readonly clientGot: Buffer;
  readonly serverGot: Buffer;
  readonly codes: Readonly<Record<'client' | 'server', number | null>>;
}

/** @param tested the part that nettk has, whose -i ends a run that nobody closes */
async function run(
  { client, server }: Readonly<Record<'client' | 'server', Program>>,
  tested: 'client' | 'server',
  transport: Transport,
  closing: Closing,
): Promise<Outcome> {
  const place = await placeFor();
  const ready: Bound = transport === 'Unix' ? `unix:${place.path}` : `tcp:${place.port}`;
  const args = (one: Program, part: 'client' | 'server'): string[] => {
    const ends = part === tested && closing.startsWith('neither');
    return [...(one[part](place)[transport] ?? []), ...(ends ? IDLE : [])];
  };
  await using listening = await startPeer(server.program, args(server, 'server'), { ready: [ready] });
  await using connecting = await startPeer(client.program, args(client, 'client'));
  connecting.child.stdin?.write(UP);
  listening.child.stdin?.write(DOWN);
  await close(connecting, listening, closing);
  const codes = { client: await connecting.ended, server: await listening.ended };
  return { clientGot: connecting.stdout(), serverGot: listening.stdout(), codes };
}

async function close(client: Peer, server: Peer, closing: Closing): Promise<void> {
  const end = (peer: Peer): void => void peer.child.stdin?.end();
  // A side that loses data and ends is found out by what it printed.
  const has = (peer: Peer, bytes: number): Promise<unknown> =>
    peer.until((stdout) => stdout.length >= bytes).catch(() => {});
  if (closing === 'both at once') {
    end(client);
    end(server);
  } else if (closing === 'the client first') {
    end(client);
    await has(server, UP.length);
    end(server);
  } else if (closing === 'the server first') {
    end(server);
    await has(client, DOWN.length);
    end(client);
  } else {
    await Promise.all([has(client, DOWN.length), has(server, UP.length)]);
    await Promise.race([client.ended, server.ended]);
    end(client);
    end(server);
  }
}

const NOWHERE: Place = { port: 0, path: '', cert: '', key: '' };

describe.each(Object.entries(PEERS))('%s', (name, peer) => {
  const transports = TRANSPORTS.filter((transport) => peer.client(NOWHERE)[transport] !== undefined);
  describe.each(transports)('over %s', (transport) => {
    describe.each(CLOSINGS)('closing %s', (closing) => {
      const status = closing.startsWith('neither') ? 1 : 0;

      test('as server', async (context) => {
        needs(context, peer.program);
        const { clientGot, serverGot, codes } = await run(
          { client: NETTK_PROGRAM, server: peer },
          'client',
          transport,
          closing,
        );
        expect(serverGot.equals(UP)).toBe(true);
        expectWhole(clientGot, DOWN, mayLose(name, 'server', transport, closing));
        expect(codes.client).toBe(status);
      });

      test('as client', async (context) => {
        needs(context, peer.program);
        const { clientGot, serverGot, codes } = await run(
          { client: peer, server: NETTK_PROGRAM },
          'server',
          transport,
          closing,
        );
        expect(clientGot.equals(DOWN)).toBe(true);
        expectWhole(serverGot, UP, mayLose(name, 'client', transport, closing));
        expect(codes.server).toBe(status);
      });
    });
  });
});

/** All of it; where the peer may not have sent all, what came is still right. */
function expectWhole(got: Buffer, sent: Buffer, mayBeCut: boolean): void {
  if (mayBeCut) expect(got.equals(sent.subarray(0, got.length))).toBe(true);
  else expect(got.equals(sent)).toBe(true);
}

function mayLose(name: string, part: 'client' | 'server', transport: Transport, closing: Closing): boolean {
  return LOSSES.some(
    (loss) =>
      loss.peer === name && loss.part === part && loss.closing === closing && loss.transports.includes(transport),
  );
}

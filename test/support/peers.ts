/** Real peers: programs started with arguments, known to be ready by what they have bound, ended by pid. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { endianness } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** How often what a peer has bound is looked at. */
const POLL_MS = 10;
/** How long a peer may take for anything; far more than any needs. */
const PEER_LIMIT_MS = 30_000;

/** What a peer must have bound to be ready: `tcp:7`, `udp:7` at any address, `udp:127.0.0.2:7` or `unix:PATH`. */
export type Bound = `${'tcp' | 'udp'}:${number}` | `${'tcp' | 'udp'}:${string}:${number}` | `unix:${string}`;

export interface PeerOptions {
  readonly ready?: readonly Bound[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A program that runs it, and that program's arguments: `ip netns exec NAME`. */
  readonly via?: readonly string[];
}

/** A peer that runs; killed where a test leaves it running. */
export interface Peer extends AsyncDisposable {
  readonly pid: number;
  readonly child: ChildProcess;
  stdout(): Buffer;
  stderr(): string;
  /** Waits until standard output satisfies; throws when the peer ends or takes too long before. */
  until(isEnough: (stdout: Buffer) => boolean): Promise<Buffer>;
  /** The exit status, once it has ended by itself; null where a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Ends standard input and waits for the exit status. */
  finish(): Promise<number | null>;
  /** Ends it and its children by pid. */
  kill(): Promise<void>;
}

/** Starts a peer and waits until it has bound what it should; standard input is an open pipe. */
export async function startPeer(program: string, args: readonly string[], options: PeerOptions = {}): Promise<Peer> {
  const [first = program, ...rest] = [...(options.via ?? []), program, ...args];
  const child = spawn(first, rest, {
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
    // A group of its own: xinetd, socat and ncat make children, which end with it.
    detached: true,
  });
  const peer = handle(child, [first, ...rest].join(' '));
  for (const bound of options.ready ?? []) await untilBound(peer, bound);
  return peer;
}

function handle(child: ChildProcess, line: string): Peer {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  let ended: { code: number | null } | undefined;
  const over = once(child, 'close').then(([code]: (number | null)[]) => {
    ended = { code: code ?? null };
    return ended.code;
  });
  over.catch(() => {});
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin?.on('error', () => {});
  const stdout = (): Buffer => Buffer.concat(out);
  const stderr = (): string => Buffer.concat(err).toString();
  const kill = async (): Promise<void> => {
    if (!ended && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await over;
  };
  return {
    pid: child.pid as number,
    child,
    stdout,
    stderr,
    until: (isEnough) =>
      new Promise((resolve, reject) => {
        const said = (): string => `it said ${JSON.stringify(stdout().toString('latin1').slice(0, 500))} ${stderr()}`;
        const limit = setTimeout(() => reject(new Error(`${line}: too slow; ${said()}`)), PEER_LIMIT_MS);
        const check = (): void => {
          if (!isEnough(stdout())) return;
          clearTimeout(limit);
          resolve(stdout());
        };
        child.stdout?.on('data', check);
        over.then((code) => {
          check();
          clearTimeout(limit);
          reject(new Error(`${line}: ended with ${code}; ${said()}`));
        }, reject);
        check();
      }),
    ended: over,
    finish: () => {
      child.stdin?.end();
      const limit = delay(PEER_LIMIT_MS, undefined, { ref: false }).then(() => {
        throw new Error(`${line}: does not end; it said ${stdout()} ${stderr()}`);
      });
      return Promise.race([over, limit]);
    },
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

/** Looks at the kernel's socket tables instead of connecting: a listener for one client keeps its one client. */
async function untilBound(peer: Peer, bound: Bound): Promise<void> {
  const deadline = performance.now() + PEER_LIMIT_MS;
  while (!isBound(peer.pid, bound)) {
    if (peer.child.exitCode !== null) throw new Error(`${peer.child.spawnargs.join(' ')} ended: ${peer.stderr()}`);
    if (performance.now() > deadline) throw new Error(`${peer.child.spawnargs.join(' ')}: ${bound} never bound`);
    await delay(POLL_MS);
  }
}

/** Has anything in the process's network namespace bound this? */
export function isBound(pid: number | 'self', bound: Bound): boolean {
  const [, kind = '', where = ''] = /^(\w+):(.*)$/.exec(bound) ?? [];
  if (kind === 'unix') return existsSync(where);
  const [port = '', address] = where.split(':').reverse();
  const place = `${address ? hexAddress(address) : '[0-9A-F]+'}:${hex(Number(port), 4)}`;
  // The states: 0A is LISTEN, 07 is a UDP socket that is not connected (proc_net_tcp(5)).
  const row = new RegExp(`^ *\\d+: ${place} [0-9A-F]+:0000 ${kind === 'tcp' ? '0A' : '07'} `, 'm');
  return [kind, `${kind}6`].some((table) => row.test(readTable(`/proc/${pid}/net/${table}`)));
}

const hex = (number: number, width: number): string => number.toString(16).toUpperCase().padStart(width, '0');

/** As the kernel prints an IPv4 address: the bytes of its word, lowest first (on a little-endian machine). */
const hexAddress = (address: string): string => {
  const bytes = address.split('.').map((byte) => hex(Number(byte), 2));
  return (endianness() === 'LE' ? bytes.reverse() : bytes).join('');
};

function readTable(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** A port that is free for TCP and UDP on 127.0.0.1. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const socket = createSocket('udp4');
    const isFree = await new Promise<boolean>((resolve) => {
      socket.on('error', () => resolve(false)).bind(port, '127.0.0.1', () => resolve(true));
    });
    socket.close();
    server.close();
    await once(server, 'close');
    if (isFree) return port;
  }
}

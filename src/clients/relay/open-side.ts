/** Opens a side of a relay as a stream. */

import { Duplex, type Readable, type Writable } from 'node:stream';
import type { Child } from '../../host/child.ts';
import { openFileSource } from '../../host/file-source.ts';
import type { LogFile } from '../../host/log-file.ts';
import type { Conn } from '../../net/conn.ts';
import { type DialOptions, dial } from '../../net/dial.ts';
import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts';
import { Lease } from '../../stream/lease.ts';
import { formatSide, type Side } from './side.ts';

/** A side that is open. */
export interface OpenSide {
  readonly stream: Duplex;
  /** For notes and events: who is there. */
  readonly name: string;
  readonly isDatagram: boolean;
  /** The program, where one was started. */
  readonly program?: Pick<Child, 'ended' | 'stop'>;
}

/** What sides are opened with. */
export interface SideWorld {
  /** How this endpoint is dialled. */
  readonly dial: (endpoint: Endpoint) => Omit<DialOptions, 'signal'>;
  readonly stdin: () => Readable;
  readonly stdout: () => Writable;
  /** How long a silent standard input is waited for after the other side's end, in milliseconds. */
  readonly inputPatienceMs: number;
  /** The environment of programs, besides what tells of their client. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The side whose file is written, and the file, opened before; only where there is one. */
  readonly sink?: { readonly side: Side; readonly file: LogFile } | undefined;
}

/** A client that came, and our end of it. */
export interface Client {
  readonly conn: Conn;
  readonly local: Endpoint;
}

/** What a program's variables that tell of its client begin with. */
const PREFIX = 'NETTK';

/** A client as a side. */
export function clientSide(conn: Conn): OpenSide {
  return { stream: conn, name: formatEndpoint(conn.peer), isDatagram: conn.peer.scheme === 'udp' };
}

/**
 * Opens any side but a listening one. A file is read, but for the one that is the world's sink.
 *
 * @throws NettkError: what cannot be connected, started or read; the signal's reason
 */
export async function openSide(
  side: Exclude<Side, { kind: 'listen' }>,
  world: SideWorld,
  client: Client | undefined,
  signal: AbortSignal,
): Promise<OpenSide> {
  const name = formatSide(side);
  switch (side.kind) {
    case 'dial':
      return clientSide(await dial(side.endpoint, { ...world.dial(side.endpoint), signal }));
    case 'stdio':
      return { stream: new Lease(world.stdin(), world.stdout(), world.inputPatienceMs), name, isDatagram: false };
    case 'file': {
      const { sink } = world;
      const stream = sink?.side === side ? new FileSink(sink.file) : await openFileSource(side.path);
      return { stream, name, isDatagram: false };
    }
    case 'program': {
      const { startChild } = await import('../../host/child.ts');
      const { connectionFacts } = await import('../program-host.ts');
      const facts = client && connectionFacts(PREFIX, client.conn.peer, client.local);
      const stream = await startChild(side.command, { ...world.env, ...facts });
      return { stream, name, isDatagram: false, program: stream };
    }
  }
}

/** A file that is written; it says nothing, and has no more to say once all is written. */
class FileSink extends Duplex {
  readonly #file: LogFile;

  constructor(file: LogFile) {
    super();
    this.#file = file;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#file.write(chunk).then(() => done(), done);
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }
}

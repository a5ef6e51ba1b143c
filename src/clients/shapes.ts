/** What a person asked to be done to the bytes of connections: shapes and logs, opened once and laid over each connection. */

import type { Duplex, Writable } from 'node:stream';
import { type LogFile, openLogFile } from '../host/log-file.ts';
import { createSleeper, type Sleeper } from '../host/sleeper.ts';
import type { Conn } from '../net/conn.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import { crlf } from '../stream/crlf.ts';
import { drained } from '../stream/drained.ts';
import { type Direction, HexDump } from '../stream/hex-dump.ts';
import { delayLines } from '../stream/line-delay.ts';
import { limitRate, type Pace } from '../stream/rate.ts';
import { type Shape, type Stage, shapeConn, shapeStream } from '../stream/shape.ts';
import { tap } from '../stream/tap.ts';
import { telnetReceive, telnetSend } from '../stream/telnet.ts';

/** What to do, as plain data; an empty object is nothing. */
export interface ShapeSettings {
  /** Send CRLF for LF. */
  readonly crlf?: boolean | undefined;
  /** Refuse telnet's options and take its commands out of what comes; double 0xFF on sending. */
  readonly telnet?: boolean | undefined;
  /** Pause after each line sent, in milliseconds. */
  readonly lineDelayMs?: number | undefined;
  /** The most bytes a second, each way and for each connection. */
  readonly rate?: number | undefined;
  /** A file that gets what came and what went, as it is; `-` is standard output. */
  readonly output?: string | undefined;
  /** A file that gets the traffic as a hex dump with directions; `-` is standard output. */
  readonly hexDump?: string | undefined;
  /** Add to those files. */
  readonly append?: boolean | undefined;
  /** Gets the hex dump too: standard error with -vv. */
  readonly wire?: Writable | undefined;
  /** What `-` stands for. */
  readonly stdout?: Writable | undefined;
}

/** Shapes ready to use. */
export interface Shapes {
  /** Lays them over a connection; the connection itself where nothing is asked for. */
  over(conn: Conn): Conn;
  /** The same over any stream, with the name that it shall have in the dump. */
  overStream(stream: Duplex, name: string): Duplex;
  /** Closes the logs. @throws NettkError where one could not be written */
  close(): Promise<void>;
}

/**
 * Opens the logs, so that a file that cannot be written is known before anything is connected.
 *
 * @throws NettkError naming the file
 */
export async function openShapes(settings: ShapeSettings): Promise<Shapes> {
  const logs: LogFile[] = [];
  const open = async (path: string | undefined): Promise<Write | undefined> => {
    if (path === undefined) return undefined;
    if (path === '-' && settings.stdout) return writerTo(settings.stdout);
    const log = await openLogFile(path, settings.append ?? false);
    logs.push(log);
    return (bytes) => log.write(bytes);
  };
  const close = async (): Promise<void> => void (await Promise.all(logs.map((log) => log.close())));
  try {
    const raw = await open(settings.output);
    const dumps = [await open(settings.hexDump), settings.wire && writerTo(settings.wire)].filter((one) => !!one);
    const shape = (stream: Duplex, name: string): Shape => shapeOf(stream, settings, { raw, dumps, name });
    return {
      over: (conn) => shapeConn(conn, shape(conn, formatEndpoint(conn.peer))),
      overStream: (stream, name) => shapeStream(stream, shape(stream, name)),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type Write = (bytes: Buffer) => Promise<void>;

interface Taps {
  readonly raw: Write | undefined;
  readonly dumps: readonly Write[];
  readonly name: string;
}

/** Waits for room only: who has closed standard output or standard error is dealt with elsewhere. */
function writerTo(stream: Writable): Write {
  return async (bytes) => {
    if (!stream.write(bytes)) await drained(stream);
  };
}

/**
 * The raw log has the data, as ncat's; the dump has the wire, telnet's commands included. Doubled 0xFF are made last, so
 * that no answer to a telnet command can come between the two.
 */
function shapeOf(stream: Duplex, settings: ShapeSettings, taps: Taps): Shape {
  const { raw, dumps } = taps;
  const dump = new HexDump(taps.name);
  const record = async (direction: Direction, chunk: Buffer): Promise<void> => {
    const text = dump.dump(direction, chunk);
    await Promise.all(dumps.map((write) => write(text)));
  };
  const seen = (direction: Direction): Stage[] => (dumps.length > 0 ? [tap((chunk) => record(direction, chunk))] : []);
  const answer = async (bytes: Buffer): Promise<void> => {
    if (stream.writableEnded || stream.destroyed) return;
    if (dumps.length > 0) await record('>', bytes);
    if (!stream.write(bytes)) await drained(stream);
  };
  const kept: Stage[] = raw ? [tap(raw)] : [];
  const [slower, limited] = paced(stream, settings);
  return {
    send: [
      ...(settings.crlf ? [crlf] : []),
      ...kept,
      ...slower,
      ...limited(),
      ...(settings.telnet ? [telnetSend] : []),
      ...seen('>'),
    ],
    receive: [...seen('<'), ...limited(), ...(settings.telnet ? [telnetReceive(answer)] : []), ...kept],
  };
}

/** The stages that wait: the pause after lines, and the limit, to be made anew for each direction. */
function paced(stream: Duplex, { lineDelayMs, rate }: ShapeSettings): [Stage[], () => Stage[]] {
  if (!lineDelayMs && !rate) return [[], () => []];
  const pace = paceOf(stream, createSleeper());
  // Only streams of datagrams are streams of objects.
  const isDatagram = stream.writableObjectMode;
  return [lineDelayMs ? [delayLines(lineDelayMs, pace)] : [], () => (rate ? [limitRate(rate, pace, isDatagram)] : [])];
}

/** A clock whose waits are given up when the connection is closed: they would hold the process. */
function paceOf(stream: Duplex, sleeper: Sleeper): Pace {
  const waits = new Set<() => void>();
  stream.once('close', () => {
    for (const giveUp of waits) giveUp();
  });
  return {
    now: () => sleeper.now(),
    until: (moment) => {
      if (moment <= sleeper.now() || stream.destroyed) return Promise.resolve();
      return new Promise((resolve) => {
        const settle = (): void => {
          waits.delete(giveUp);
          resolve();
        };
        const takeBack = sleeper.wakeAt(moment, settle);
        const giveUp = (): void => {
          takeBack();
          settle();
        };
        waits.add(giveUp);
      });
    },
  };
}

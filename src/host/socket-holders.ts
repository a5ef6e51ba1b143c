/** Which processes hold a socket: the links of /proc/PID/fd (proc_pid_fd(5)). */

import { readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { errorCode } from '../errors.ts';
import { readTextFile } from './text-file.ts';

/** A process that holds a socket. */
export interface Holder {
  readonly pid: number;
  /** Its short name (15 bytes at most), as it came: any bytes. */
  readonly process: string;
  /** Its command line, blanks between the arguments; empty where it has none. */
  readonly command: string;
  /** Its effective user; undefined where the process has just gone. */
  readonly uid: number | undefined;
}

/** Who holds which socket. */
export interface Holders {
  /** By the socket's inode, lowest process id first. */
  readonly byInode: ReadonlyMap<number, readonly Holder[]>;
  /** Were there processes whose files may not be seen? */
  readonly isPartial: boolean;
}

/** A name, a status or a command line is never longer than this, in bytes. */
const MAX_FACT_BYTES = 4 * 1024 * 1024;
/** A command line is shown up to here, in characters. */
const MAX_COMMAND_LENGTH = 1024;

/** Finds the processes that hold these sockets; other users' processes can only be seen by root. */
export function findHolders(inodes: ReadonlySet<number>): Holders {
  const byInode = new Map<number, Holder[]>();
  let isPartial = false;
  for (const pid of processIds()) {
    const held = socketsOf(pid);
    if (held === 'not permitted') isPartial = true;
    else addHolder(byInode, pid, new Set(held.filter((inode) => inodes.has(inode))));
  }
  return { byInode, isPartial };
}

function addHolder(byInode: Map<number, Holder[]>, pid: number, held: ReadonlySet<number>): void {
  if (held.size === 0) return;
  const holder = describeProcess(pid);
  for (const inode of held) byInode.set(inode, [...(byInode.get(inode) ?? []), holder]);
}

function processIds(): number[] {
  const ids = readNames('/proc').filter((name) => /^\d+$/.test(name));
  return ids.map(Number).sort((a, b) => a - b);
}

function socketsOf(pid: number): number[] | 'not permitted' {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).flatMap((fd) => inodeOf(`${folder}/${fd}`) ?? []);
  } catch (error) {
    return ['EACCES', 'EPERM'].includes(errorCode(error)) ? 'not permitted' : [];
  }
}

function inodeOf(link: string): number | undefined {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(link))?.[1];
    return inode === undefined ? undefined : Number(inode);
  } catch (error) {
    // A file closed since the folder was read is no news; a refusal is the caller's.
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function describeProcess(pid: number): Holder {
  const uid = /^Uid:\s+\d+\s+(\d+)/m.exec(readFact(pid, 'status'))?.[1];
  const command = readFact(pid, 'cmdline').replace(/\0+$/, '').replaceAll('\0', ' ');
  return {
    pid,
    process: processName(pid),
    command: command.slice(0, MAX_COMMAND_LENGTH),
    uid: uid === undefined ? undefined : Number(uid),
  };
}

/** Node renames the main thread of every program it runs, nettk included; the executable's own name says more. */
function processName(pid: number): string {
  const comm = readFact(pid, 'comm').replace(/\n$/, '');
  if (comm !== 'node-MainThread') return comm;
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`));
  } catch {
    return comm;
  }
}

/** A fact about a process; empty where it has gone since. */
function readFact(pid: number, name: string): string {
  try {
    return readTextFile(`/proc/${pid}/${name}`, MAX_FACT_BYTES);
  } catch {
    return '';
  }
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

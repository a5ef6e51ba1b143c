/** A network namespace of a test's own: port 13 is free there, and a loop of packets harms nobody. Needs root and ip(8). */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** How often it is looked whether the processes in a namespace are gone. */
const POLL_MS = 10;

/** A network namespace with its loopback up; removed, processes included, where the test ends. */
export interface Netns extends AsyncDisposable {
  readonly name: string;
  /** What runs a program in it. */
  readonly via: readonly string[];
  /** Packets that its loopback has delivered. */
  received(): number;
}

let made = 0;

/** Makes one. */
export function createNetns(): Netns {
  const name = `nettk-${process.pid}-${made++}`;
  const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8' });
  ip('netns', 'add', name);
  ip('-n', name, 'link', 'set', 'lo', 'up');
  return {
    name,
    via: ['ip', 'netns', 'exec', name],
    received: () => {
      const args = ['netns', 'exec', name, 'cat', '/proc/net/dev'];
      const counters = /^ *lo: *\d+ +(\d+)/m.exec(ip(...args));
      return Number(counters?.[1]);
    },
    [Symbol.asyncDispose]: async () => {
      for (const pid of ip('netns', 'pids', name).split('\n').filter(Boolean)) await end(Number(pid));
      ip('netns', 'del', name);
    },
  };
}

async function end(pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGKILL');
    while (!/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) await delay(POLL_MS);
  } catch {
    // Gone.
  }
}

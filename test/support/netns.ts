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
  /** Adds an interface with these addresses that multicast leaves by; its other end is in the namespace too. */
  addInterface(name: string, ...addresses: readonly string[]): void;
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
    addInterface: (face, ...addresses) => {
      const end = (one: string): void => {
        // An IPv6 address that is still being looked for on the network could not be used for a second.
        ip('netns', 'exec', name, 'sysctl', '-qw', `net.ipv6.conf.${one}.accept_dad=0`);
        ip('-n', name, 'link', 'set', one, 'up');
      };
      ip('-n', name, 'link', 'add', face, 'type', 'veth', 'peer', 'name', `${face}-end`);
      for (const address of addresses) ip('-n', name, 'address', 'add', address, 'broadcast', '+', 'dev', face);
      end(`${face}-end`);
      end(face);
      ip('-n', name, 'route', 'append', '224.0.0.0/4', 'dev', face);
    },
    [Symbol.asyncDispose]: async () => {
      for (const pid of ip('netns', 'pids', name).split('\n').filter(Boolean)) await end(Number(pid));
      ip('netns', 'del', name);
    },
  };
}

/** Two machines with an address each in one /24, once the link between them, `link0` on both, carries anything. */
export async function twoMachines(nearAddress: string, farAddress: string): Promise<{ near: Netns; far: Netns }> {
  const [near, far] = [createNetns(), createNetns()];
  const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8' });
  ip('-n', near.name, 'link', 'add', 'link0', 'type', 'veth', 'peer', 'name', 'link0', 'netns', far.name);
  for (const [{ name }, address] of [
    [near, nearAddress],
    [far, farAddress],
  ] as const) {
    ip('-n', name, 'address', 'add', `${address}/24`, 'dev', 'link0');
    ip('-n', name, 'link', 'set', 'link0', 'up');
  }
  const isUp = ({ name }: Netns): boolean => ip('-n', name, 'link', 'show', 'link0').includes(' state UP ');
  while (!isUp(near) || !isUp(far)) await delay(POLL_MS);
  return { near, far };
}

async function end(pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGKILL');
    while (!/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) await delay(POLL_MS);
  } catch {
    // Gone.
  }
}

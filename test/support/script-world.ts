/**
 * A small world for a script out of somebody's documentation: its host names and ports are free there, /tmp is empty, and
 * everything ends with it. Needs root, unshare(1), ip(8) and ss(8).
 */

import { type Finished, NETTK, runProgram } from './nettk.ts';

/** Where host names of documentation live: all on the loopback of the world. */
const HOSTS = [
  'localhost host1 HOST1 host2 host3 server example.org host.example.com scanme.nmap.org mail.example.com',
  'imap.example.com trusted.example.com',
].join(' ');

/** Addresses of documentation that the world has too. */
const ADDRESSES = ['192.168.0.125', '192.168.0.200', '10.1.2.3'];

/** How long a script may take, in seconds; far more than any needs. */
const WORLD_LIMIT_S = '60';

/** What stands before every script: the links, the hosts, and `up tcp 80`, which waits until somebody listens there. */
const PRELUDE = `
set -u
ip link set lo up
for address in ${ADDRESSES.join(' ')}; do ip addr add $address/32 dev lo; done
mount --bind "$(dirname "$NETTK")" /mnt
mount -t tmpfs tmpfs /tmp
mkdir /tmp/bin /tmp/work
echo "127.0.0.1 ${HOSTS}" > /tmp/hosts
mount --bind /tmp/hosts /etc/hosts
ln -s /mnt/nettk /tmp/bin/ncat
ln -s /mnt/nettk /tmp/bin/nc
PATH=/tmp/bin:$PATH
cd /tmp/work
up() { until ss -Hln --$1 "sport = :$2" | grep -q .; do :; done; }
mkfifo /tmp/idle
exec 8<>/tmp/idle
`;

/**
 * Runs a bash script in a world of its own, in an empty folder; `nc` and `ncat` are nettk. Descriptor 8 is a standard
 * input on which nobody types.
 */
export function runInWorld(script: string): Promise<Finished> {
  const flags = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  // Its waits have no end of their own, and the test runner may be killed.
  return runProgram(
    'timeout',
    ['--kill-after=1', WORLD_LIMIT_S, 'unshare', ...flags, 'bash', '-o', 'pipefail', '-c', `${PRELUDE}\n${script}`],
    {
      env: { NETTK },
    },
  );
}

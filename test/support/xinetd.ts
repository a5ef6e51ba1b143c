/** A real xinetd with its internal services on chosen ports. Needs root: it serves as a user it is told. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bound, startPeer } from './peers.ts';

/** A service that xinetd has built in, over one protocol. */
export interface InetdService {
  readonly name: 'echo' | 'discard' | 'daytime' | 'chargen' | 'time';
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
}

const entry = ({ name, protocol, port }: InetdService): string =>
  [
    `service ${name}`,
    '{',
    'type = INTERNAL UNLISTED',
    `id = ${name}-${protocol}-${port}`,
    `socket_type = ${protocol === 'tcp' ? 'stream' : 'dgram'}`,
    `protocol = ${protocol}`,
    'user = root',
    `wait = ${protocol === 'tcp' ? 'no' : 'yes'}`,
    `port = ${port}`,
    'disable = no',
    '}',
    '',
  ].join('\n');

const defaults = (folder: string): string =>
  `defaults\n{\nlog_type = FILE ${folder}/log\nbind = 127.0.0.1\ninstances = UNLIMITED\ncps = 1000 1\n}\n`;

/** Starts one; `via` as for any peer. */
export async function startXinetd(
  services: readonly InetdService[],
  via: readonly string[] = [],
): Promise<AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'nettk-xinetd-'));
  const config = join(folder, 'xinetd.conf');
  await writeFile(config, defaults(folder) + services.map(entry).join(''));
  const ready = services.map(({ protocol, port }): Bound => `${protocol}:${port}`);
  const peer = await startPeer('xinetd', ['-dontfork', '-f', config, '-pidfile', join(folder, 'pid')], { via, ready });
  return {
    [Symbol.asyncDispose]: async () => {
      await peer.kill();
      await rm(folder, { recursive: true });
    },
  };
}

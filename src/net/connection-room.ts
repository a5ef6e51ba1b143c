/** How many connections the servers of this process can have together: they share its limit on open files. */

import { connectionsThatFit, handshakesThatFit } from '../host/open-files.ts';
import type { Endpoint } from './endpoint.ts';
import { type AskedLayers, layersOf } from './layers.ts';

/** Connections that all servers of this process have and can have; `handshakes` is what is kept for those to come. */
export const inProcess = { open: 0, most: 0, handshakes: 0 };

/** Measures again how many connections this process can have: every endpoint bound leaves less. */
export function measureRoom(endpoints: readonly Endpoint[], layers: AskedLayers): number {
  const hasHandshakes = endpoints.some((one) => {
    const { tls, ws } = layersOf(one, layers);
    return one.scheme !== 'udp' && (tls || ws);
  });
  if (hasHandshakes) inProcess.handshakes = handshakesThatFit();
  inProcess.most = inProcess.open + Math.max(1, connectionsThatFit() - inProcess.handshakes);
  return inProcess.most;
}

import { describe, expect, it } from 'vitest';
import { asConn } from '../../../src/net/conn.ts';
import { NameHouse } from '../../../src/services/name/house.ts';
import { serveNameLines } from '../../../src/services/name/line-session.ts';
import { name } from '../../../src/services/name.ts';
import { serverContext } from '../../support/server-context.ts';
import { optionsOf } from '../../support/service-stages.ts';
import { readToEnd } from '../../support/sockets.ts';
import { tcpPair } from '../../support/tcp-pair.ts';

const CLIENTS = 20;
const LINES = 300;

describe('registrations sent without waiting', () => {
  it('are read a few at a time from each client where many send them, and answered in their order', async () => {
    const stop = new AbortController();
    const house = await NameHouse.open((await optionsOf(name as never)) as never, serverContext(stop));
    let most = 0;
    const register = house.registry.register.bind(house.registry);
    house.registry.register = (input, caller) => {
      most = Math.max(most, house.underWay);
      return register(input, caller);
    };
    const answers = Array.from({ length: CLIENTS }, async (_, client) => {
      const [near, far] = await tcpPair();
      const conn = asConn(far, { scheme: 'tcp', host: '127.0.0.1', port: client, path: '' });
      const served = serveNameLines(conn, house, { signal: stop.signal, hold: () => () => {} }).then(() => far.end());
      near.end(Array.from({ length: LINES }, (_, i) => `register s${client} ${i + 1} check=none\n`).join(''));
      const said = await readToEnd(near);
      await served;
      return said.toString().split('\n.\n').slice(0, -1);
    });
    for (const [client, said] of (await Promise.all(answers)).entries()) {
      const targets = said.map((line) => line.split(' ').slice(0, 2).join(' '));
      expect(targets).toEqual(Array.from({ length: LINES }, (_, i) => `127.0.0.1:${i + 1} name=s${client}`));
    }
    // One client's 256, or 128 of all, and then 8 of each.
    expect(most).toBeGreaterThan(100);
    expect(most).toBeLessThanOrEqual(256 + CLIENTS * 8);
    expect(house.underWay).toBe(0);
    stop.abort();
    await house.close();
  });
});

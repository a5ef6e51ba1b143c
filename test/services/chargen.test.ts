import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { asConn } from '../../src/net/conn.ts';
import { parseEndpoint } from '../../src/net/endpoint.ts';
import { chargen } from '../../src/services/chargen.ts';

/** Looks at the signal after which a session that would never stop is told to. */
const MAX_LOOKS = 1_000;

/** Runs a session with a peer that takes everything at once; counts how often it asked whether to stop. */
async function talk(peer: (this: Duplex) => void): Promise<number> {
  let looks = 0;
  const signal = {
    get aborted() {
      looks += 1;
      return looks > MAX_LOOKS;
    },
  } as AbortSignal;
  const duplex = new Duplex({
    read() {},
    write(_chunk, _encoding, done) {
      peer.call(this);
      done();
    },
  });
  const conn = asConn(duplex, parseEndpoint('tcp://127.0.0.1:1'));
  const state = Buffer.from('pattern');
  await chargen.session?.(conn, { options: {}, state, signal, graceMs: 0, hold: () => () => {} });
  return looks;
}

describe('chargen', () => {
  it('stops when its peer has broken off', async () => {
    const looks = await talk(function () {
      this.destroy();
    });
    expect(looks).toBeLessThan(MAX_LOOKS);
  });

  it('lets others have their turn beside a peer that reads as quickly as it writes', async () => {
    let turns = 0;
    const count = (): void => {
      turns += 1;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    await talk(() => {});
    clearImmediate(timer);
    expect(turns).toBeGreaterThan(MAX_LOOKS / 2);
  });
});

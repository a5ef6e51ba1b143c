import { once } from 'node:events';
import { expect, test } from 'vitest';
import { makeResetSure } from '../../src/net/sure-reset.ts';
import { reset } from '../../src/stream/join.ts';
import { tcpPair } from '../support/tcp-pair.ts';

test('a socket whose end is on its way is closed by a reset', async () => {
  const [near, far] = await tcpPair();
  makeResetSure(near).end();
  const closed = once(near, 'close');
  reset(near);
  await closed;
  await once(far.resume(), 'end');
  far.destroy();
});

test('any other socket is reset', async () => {
  const [near, far] = await tcpPair();
  const refused = once(far.resume(), 'error');
  reset(makeResetSure(near));
  const [error] = await refused;
  expect(error).toMatchObject({ code: 'ECONNRESET' });
  expect([near.destroyed, far.destroyed]).toEqual([true, true]);
});

import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Lease } from '../../src/stream/lease.ts';
import { closed, readBytes, readToEnd } from '../support/sockets.ts';

/** How many turns of the loop a test gives what must not happen. */
const TURNS = 50;
const someTurns = async (): Promise<void> => {
  for (let i = 0; i < TURNS; i += 1) await new Promise(setImmediate);
};

describe('a lease', () => {
  it('lends input and output, and leaves both open when it is over', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const lease = new Lease(input, output, 0);
    input.write('in');
    lease.write('out');
    expect((await readBytes(lease, 2)).toString()).toBe('in');
    expect((await readBytes(output, 3)).toString()).toBe('out');
    lease.destroy();
    await once(lease, 'close');
    expect([input.destroyed, output.writableEnded]).toEqual([false, false]);
  });

  it('passes the end of the input on', async () => {
    const input = new PassThrough();
    input.end('all');
    const lease = new Lease(input, new PassThrough(), 0);
    expect((await readToEnd(lease)).toString()).toBe('all');
    const next = new Lease(input, new PassThrough(), 0);
    expect((await readToEnd(next)).length).toBe(0);
  });

  it('ends after the other side has, once the input is silent', async () => {
    const input = new PassThrough();
    const lease = new Lease(input, new PassThrough(), 1);
    lease.end();
    expect((await readToEnd(lease)).length).toBe(0);
    await closed(lease);
    expect(input.destroyed).toBe(false);
  });

  it('does not end while what came is still unread', async () => {
    const input = new PassThrough();
    const lease = new Lease(input, new PassThrough(), 0);
    let ended = false;
    lease.on('end', () => {
      ended = true;
    });
    lease.read(0);
    input.write('waits');
    await someTurns();
    lease.end();
    await someTurns();
    expect(ended).toBe(false);
    expect(lease.read().toString()).toBe('waits');
  });

  it('gives back what was read and not taken, for the next one', async () => {
    const input = new PassThrough();
    const lease = new Lease(input, new PassThrough(), 0);
    lease.read(0);
    input.write('not lost');
    await someTurns();
    expect(lease.readableLength).toBe(8);
    lease.destroy();
    await once(lease, 'close');
    const next = new Lease(input, new PassThrough(), 0);
    expect((await readBytes(next, 8)).toString()).toBe('not lost');
    next.destroy();
  });

  it('fails with the error of the output as it is, and of the input as a NettkError', async () => {
    const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error('full')) });
    full.on('error', () => {});
    const one = new Lease(new PassThrough(), full, 0);
    const seen = closed(one);
    one.write('x');
    expect((await seen)?.message).toBe('full');
    const input = new PassThrough();
    input.on('error', () => {});
    const two = new Lease(input, new PassThrough(), 0);
    const failed = closed(two.resume());
    input.destroy(Object.assign(new Error('x'), { code: 'EIO' }));
    expect(await failed).toMatchObject({ code: 'EIO', action: 'read standard input' });
  });
});

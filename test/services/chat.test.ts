import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { House } from '../../src/services/chat/house.ts';
import { chat } from '../../src/services/chat.ts';
import { rejectionOf } from '../support/errors.ts';
import { serverContext } from '../support/server-context.ts';
import { optionsOf } from '../support/service-stages.ts';

const folder = mkdtempSync(join(tmpdir(), 'nettk-chat-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The house that these options make, and what the server was told. */
async function setUp(given: Readonly<Record<string, unknown>> = {}, context = serverContext()): Promise<House> {
  return (await chat.setup!((await optionsOf(chat as never, given)) as never, context)) as House;
}

describe('a chat server', () => {
  it('has full-duplex rooms that remember 200 messages, and a rate that is not for this machine', async () => {
    expect((await setUp()).rules).toMatchObject({
      floor: undefined,
      capacity: Number.POSITIVE_INFINITY,
      history: 200,
      flood: { burst: 10, periodMs: 5_000 },
      floodIsForAll: false,
      password: undefined,
      motd: undefined,
      pingTimeoutMs: 120_000,
    });
  });

  it.each<[Record<string, unknown>, Record<string, unknown>]>([
    [{ halfDuplex: true }, { floor: 'turns', floorTimeoutMs: 60_000 }],
    [
      { halfDuplex: true, floor: 'hold', floorTimeout: 5 },
      { floor: 'hold', floorTimeoutMs: 5 },
    ],
    [{ floor: 'hold' }, { floor: undefined }],
    [{ flood: '10/5s' }, { flood: { burst: 10, periodMs: 5_000 }, floodIsForAll: true }],
    [
      { capacity: 2, history: 0 },
      { capacity: 2, history: 0 },
    ],
  ])('with %j has %j', async (given, rules) => {
    expect((await setUp(given)).rules).toMatchObject(rules);
  });

  it.each<[Record<string, unknown>, RegExp]>([
    [{ flood: 'much' }, /^option --flood "much": not BURST\/PERIOD/],
    [{ webOrigin: ['nowhere'] }, /^option --web-origin "nowhere": not an origin/],
  ])('is not set up with %j', async (given, message) => {
    expect(await rejectionOf(setUp(given))).toMatchObject({ exit: 2, message: expect.stringMatching(message) });
  });

  it.each(['motd', 'auditLog'])('is not set up where the file of %s cannot be opened', async (option) => {
    expect(await rejectionOf(setUp({ [option]: join(folder, 'no/such/file') }))).toMatchObject({ exit: 2 });
  });

  it('shows the lines of its message of the day, each made fit', async () => {
    const motd = file('motd', `Welcome\r\n\nto \x1b[31mred\n${'é'.repeat(300)}\n\n`);
    expect((await setUp({ motd })).rules.motd).toEqual(['Welcome', '', 'to \\x1b[31mred', 'é'.repeat(200)]);
  });

  it('adds to its audit log, closes it, and says once where it cannot', async () => {
    const auditLog = file('audit', 'old\n');
    const house = await setUp({ auditLog });
    house.audit.write('oper', { nick: 'ann', host: 'h', face: 'irc' });
    await chat.close!(house);
    expect(readFileSync(auditLog, 'utf8')).toMatch(/^old\n\{"time":"[^"]+","event":"oper","nick":"ann".*\}\n$/);
    const context = serverContext();
    const full = await setUp({ auditLog: '/dev/full' }, context);
    for (let i = 0; i < 3; i += 1) full.audit.write('oper', { nick: 'ann', host: 'h', face: 'irc' });
    await chat.close!(full);
    expect(context.notes).toEqual([
      'the audit log misses something: write /dev/full: no space left on device (ENOSPC)',
    ]);
  });

  it('closes its house when it drains', async () => {
    const stop = new AbortController();
    const house = await setUp({}, serverContext(stop));
    stop.abort();
    expect(house.draining.aborted).toBe(true);
  });
});

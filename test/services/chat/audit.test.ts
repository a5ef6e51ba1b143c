import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { NO_AUDIT, openAuditLog } from '../../../src/services/chat/audit.ts';
import { needs } from '../../support/needs.ts';
import { smallDisk } from '../../support/small-disk.ts';
import { until } from '../../support/sockets.ts';

const folder = mkdtempSync(join(tmpdir(), 'nettk-audit-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ANN = { nick: 'ann', host: '10.0.0.7', face: 'irc' } as const;
const silent = (reason: string): void => expect.unreachable(reason);

/** The lines of a log as they are read by programs; fails where one is no JSON. */
const entriesOf = (path: string): Record<string, unknown>[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('an audit log', () => {
  it('is added to, a line with the time for each event, in order', async () => {
    const path = join(folder, 'kept');
    writeFileSync(path, '{"event":"old"}\n');
    const log = await openAuditLog(path, silent);
    log.write('enter', ANN, { name: 'Ann A.' });
    log.write('join', ANN, { room: 'lobby' });
    log.write('quit', ANN);
    await log.close();
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const who = { time, nick: 'ann', address: '10.0.0.7', face: 'irc' };
    expect(entriesOf(path)).toEqual([
      { event: 'old' },
      { ...who, event: 'enter', name: 'Ann A.' },
      { ...who, event: 'join', room: 'lobby' },
      { ...who, event: 'quit' },
    ]);
  });

  it('has one line for one event, whatever a client puts in it, and drives no terminal', async () => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { maxLength: 10 }), async (reasons) => {
        count += 1;
        const path = join(folder, `any-${count}`);
        const log = await openAuditLog(path, silent);
        for (const reason of reasons) log.write('quit', { ...ANN, nick: reason }, { reason });
        await log.close();
        expect(readFileSync(path, 'utf8')).toMatch(/^[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]*$/);
        expect(entriesOf(path).map(({ event, nick, reason }) => [event, nick, reason])).toEqual(
          reasons.map((reason) => ['quit', reason, reason]),
        );
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    'x"}\n{"event":"oper","nick":"mallory"}',
    '\r\n{"event":"oper"}',
    '\u2028{"event":"oper"}',
    '\x1b[2J\x9b',
    '\\',
    '__proto__',
  ])('is not forged by %j', async (reason) => {
    const path = join(folder, 'forged');
    rmSync(path, { force: true });
    const log = await openAuditLog(path, silent);
    log.write('quit', ANN, { reason });
    await log.close();
    expect(entriesOf(path)).toMatchObject([{ event: 'quit', nick: 'ann', reason }]);
    expect(readFileSync(path, 'utf8')).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028]/);
  });

  it('that cannot be opened is told at once', async () => {
    await expect(openAuditLog(join(folder, 'no/such/folder'), silent)).rejects.toMatchObject({
      code: 'ENOENT',
      exit: 2,
    });
  });

  it('on a full disk keeps nobody from chatting, and says so once', async () => {
    const troubles: string[] = [];
    const log = await openAuditLog('/dev/full', (reason) => troubles.push(reason));
    log.write('enter', ANN);
    await until(() => troubles.length > 0);
    for (let i = 0; i < 5; i += 1) log.write('enter', ANN);
    await log.close();
    expect(troubles).toEqual(['write /dev/full: no space left on device (ENOSPC)']);
  });

  it('tells how many lines are missing once there is room', async (context) => {
    needs(context, 'root', 'mount');
    using disk = smallDisk(65_536);
    const path = join(disk.path, 'log');
    const troubles: string[] = [];
    const log = await openAuditLog(path, (reason) => troubles.push(reason));
    const say = async (from: number, to: number): Promise<void> => {
      for (let i = from; i < to; i += 1) {
        log.write('join', ANN, { room: String(i) });
        // Some go out alone, some together.
        if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await say(0, 10);
    disk.fill(65_536 - 4_096);
    await say(10, 100);
    await until(() => troubles.length > 0);
    disk.empty();
    await say(100, 110);
    await log.close();
    expect(troubles).toHaveLength(1);
    const entries = entriesOfTorn(path);
    const rooms = entries.flatMap(({ room }) => (typeof room === 'string' ? [Number(room)] : []));
    const lost = entries.filter(({ event }) => event === 'lost');
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.reduce((sum, { count }) => sum + Number(count), rooms.length)).toBe(110);
    expect(rooms).toEqual([...rooms].sort((a, b) => a - b));
    expect(rooms.slice(-10)).toEqual(Array.from({ length: 10 }, (_, i) => 100 + i));
  });

  it('tells at the end what is missing, where it could not before', async (context) => {
    needs(context, 'root', 'mount');
    using disk = smallDisk(65_536);
    const path = join(disk.path, 'log');
    const troubles: string[] = [];
    const log = await openAuditLog(path, (reason) => troubles.push(reason));
    disk.fill(65_536);
    for (let i = 0; i < 7; i += 1) log.write('join', ANN);
    await until(() => troubles.length > 0);
    disk.empty();
    await log.close();
    expect(entriesOf(path)).toMatchObject([{ event: 'lost', count: 7 }]);
  });

  it('may be none', async () => {
    NO_AUDIT.write('enter', ANN);
    expect(await NO_AUDIT.close()).toBeUndefined();
  });
});

/** As `entriesOf`, without the one line that was cut because the disk was full. */
function entriesOfTorn(path: string): Record<string, unknown>[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  const whole = lines.filter((line) => line.endsWith('}'));
  expect(lines.length - whole.length).toBeLessThanOrEqual(1);
  return whole.map((line) => JSON.parse(line) as Record<string, unknown>);
}

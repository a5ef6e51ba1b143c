import { glob, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { numericsOf, playTrace, type Trace } from './trace-stage.ts';
import { CAPABILITY_TRACES } from './traces/capabilities.ts';
import { FLOOR_TRACES } from './traces/floor.ts';
import { MESSAGE_TRACES } from './traces/messages.ts';
import { MODE_TRACES } from './traces/modes.ts';
import { QUERY_TRACES } from './traces/queries.ts';
import { REGISTRATION_TRACES } from './traces/registration.ts';
import { ROOM_TRACES } from './traces/rooms.ts';

const SUBJECTS: Readonly<Record<string, readonly Trace[]>> = {
  registration: REGISTRATION_TRACES,
  capabilities: CAPABILITY_TRACES,
  rooms: ROOM_TRACES,
  modes: MODE_TRACES,
  messages: MESSAGE_TRACES,
  queries: QUERY_TRACES,
  'half-duplex': FLOOR_TRACES,
};

/** The numbers that a tiny but real server says (modern.ircdocs.horse, RFC 2812), each of which has a trace. */
const NUMERICS = `
  001 002 003 004 005 221 251 254 255 265 266 301 305 306 311 312 315 317 318 319 321 322 323 324 329 331 332 333 341
  352 353 366 367 368 372 375 376 401 403 404 405 411 412 417 421 422 431 432 433 441 442 443 451 461 462 464 471 473
  474 475 476 482
`;
const CHAT = resolve(import.meta.dirname, '../../../src/services/chat');

describe.each(Object.entries(SUBJECTS))('a chat server, on %s,', (_subject, traces) => {
  it.each(traces)('$title', async (trace) => {
    await playTrace(trace);
  });
});

describe('the traces of a chat server', () => {
  const traced = new Set(Object.values(SUBJECTS).flat().flatMap(numericsOf));

  it('hold every number that clients count on', () => {
    expect(NUMERICS.trim().split(/\s+/)).toHaveLength(62);
    expect(
      NUMERICS.trim()
        .split(/\s+/)
        .filter((one) => !traced.has(one)),
    ).toEqual([]);
  });

  it('hold every number that is in the sources', async () => {
    const inSources = new Set<string>();
    for await (const file of glob('{.,irc}/*.ts', { cwd: CHAT })) {
      const text = await readFile(join(CHAT, file), 'utf8');
      for (const [, numeric] of text.matchAll(/'(\d{3})'| (\d{3}) \$\{/g)) if (numeric) inSources.add(numeric);
    }
    expect(inSources.size).toBeGreaterThan(62);
    expect([...inSources].filter((one) => !traced.has(one))).toEqual([]);
  });
});

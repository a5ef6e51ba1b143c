import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseEndpoint } from '../../src/net/endpoint.ts';
import { chargen } from '../../src/services/chargen.ts';
import { daytime } from '../../src/services/daytime.ts';
import { qotd } from '../../src/services/qotd.ts';
import { time } from '../../src/services/time.ts';
import { serverContext } from '../support/server-context.ts';

const PEER = { ...parseEndpoint('udp://192.0.2.1:40000'), maxAnswer: 74 };
const CONTEXT = {
  options: {},
  state: undefined,
  signal: new AbortController().signal,
  graceMs: 0,
  hold: () => () => {},
};

afterEach(() => {
  vi.useRealTimers();
});

describe('daytime', () => {
  it('says the local time as ctime does, with CRLF (RFC 867)', async () => {
    vi.useFakeTimers({ now: new Date(2026, 10, 3, 4, 5, 6) });
    expect(String(await daytime.datagram?.(Buffer.alloc(0), PEER, CONTEXT))).toBe('Tue Nov  3 04:05:06 2026\r\n');
  });
});

describe('time', () => {
  it('says the seconds since 1900 (RFC 868)', async () => {
    vi.useFakeTimers({ now: new Date('1983-05-01T00:00:00Z') });
    const answer = (await time.datagram?.(Buffer.alloc(0), PEER, CONTEXT)) as Buffer;
    expect(answer.readUInt32BE()).toBe(2_629_584_000);
  });
});

describe('qotd', () => {
  it('has quotes of less than 512 characters, another one each day (RFC 865)', async () => {
    const seen = new Set<string>();
    for (let day = 0; day < 14; day += 1) {
      vi.useFakeTimers({ now: Date.UTC(2026, 0, 1 + day, 12) });
      const quote = String(await qotd.datagram?.(Buffer.alloc(0), PEER, CONTEXT));
      expect(quote.length).toBeLessThan(512);
      expect(quote).toMatch(/^[\x20-\x7e]+\r\n$/);
      seen.add(quote);
    }
    expect(seen.size).toBeGreaterThan(5);
  });
});

describe('chargen', () => {
  it('sends lines of 72 characters, each begun one later, all 95 in turn (RFC 864)', () => {
    const pattern = String(chargen.setup?.({}, serverContext()));
    const lines = pattern.split('\r\n').slice(0, -1);
    expect(lines).toHaveLength(95);
    expect(lines[0]).toBe('!"#$%&\'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefgh');
    expect(lines[1]).toBe('"#$%&\'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghi');
    for (const line of lines) expect(line).toMatch(/^[\x20-\x7e]{72}$/);
    expect(new Set(lines).size).toBe(95);
  });
});

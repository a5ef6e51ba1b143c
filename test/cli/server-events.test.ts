import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ServerEventWriter, type ServerVoice } from '../../src/cli/server-events.ts';
import { NettkError } from '../../src/errors.ts';
import type { Endpoint } from '../../src/net/endpoint.ts';
import { fakeIo } from '../support/fake-io.ts';

const endpoint: Endpoint = { scheme: 'tcp', host: '127.0.0.1', port: 7, path: '' };
const peer: Endpoint = { ...endpoint, port: 40_000 };

function writer(given: { json?: boolean; verbose?: number } = {}, voice: Partial<ServerVoice> = {}) {
  const io = fakeIo();
  const events = new ServerEventWriter({ service: 'echo', ...voice }, { json: false, verbose: 0, ...given }, io);
  const lines = () =>
    io
      .out()
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  return { io, events, lines };
}

describe('ServerEventWriter', () => {
  it('writes each event as one JSON object with its fields in one order', () => {
    const { io, events } = writer({ json: true });
    events.listening(endpoint);
    events.connected(peer, endpoint);
    events.disconnected(peer, 'idle', endpoint);
    events.refused({ peer: 'tcp://127.0.0.1:1', reason: 'too many connections', count: 3 });
    events.draining();
    events.closed();
    const time = '"time":"T"';
    const where = '"service":"echo","endpoint":"tcp://127.0.0.1:7"';
    expect(
      io
        .out()
        .toString()
        .replace(/"time":"\d{4}-[^"]+Z"/g, time)
        .split('\n'),
    ).toEqual([
      `{"event":"listening",${where}}`,
      `{"event":"connected",${where},${time},"peer":"tcp://127.0.0.1:40000"}`,
      `{"event":"disconnected",${where},${time},"peer":"tcp://127.0.0.1:40000","reason":"idle"}`,
      `{"event":"refused","service":"echo",${time},"peer":"tcp://127.0.0.1:1","reason":"too many connections","count":3}`,
      `{"event":"draining","service":"echo",${time}}`,
      `{"event":"closed","service":"echo",${time}}`,
      '',
    ]);
    expect(io.err()).toBe('');
  });

  it('tells a person of the ready line and of refusals, and of single connections with -v', () => {
    for (const verbose of [0, 1]) {
      const { io, events } = writer({ verbose });
      events.listening(endpoint);
      events.connected(peer);
      events.disconnected(peer, '');
      events.disconnected(peer, 'idle');
      events.refused({ peer: '', reason: 'draining', count: 1 });
      events.refused({ peer: 'tcp://h:1', reason: 'draining', count: 2 });
      const connections = [
        'nettk: echo: connected from tcp://127.0.0.1:40000\n',
        'nettk: echo: disconnected from tcp://127.0.0.1:40000\n',
        'nettk: echo: disconnected from tcp://127.0.0.1:40000: idle\n',
      ];
      const all = [
        'nettk: echo listening on tcp://127.0.0.1:7\n',
        ...(verbose ? connections : []),
        'nettk: echo: refused a client: draining\n',
        'nettk: echo: refused 2 more, last tcp://h:1: draining\n',
      ];
      expect(io.err()).toBe(all.join(''));
    }
  });

  it('names no service in notes whose label is empty', () => {
    const { io, events } = writer({ verbose: 1 }, { service: 'listen', label: '' });
    events.listening(endpoint);
    events.connected(peer);
    expect(io.err()).toBe('nettk: listening on tcp://127.0.0.1:7\nnettk: connected from tcp://127.0.0.1:40000\n');
  });

  it('writes to the stream it is given, where standard output carries payload', () => {
    const io = fakeIo();
    const events = new ServerEventWriter({ service: 'listen', events: io.stderr }, { json: true, verbose: 0 }, io);
    events.listening(endpoint);
    expect(JSON.parse(io.err())).toEqual({ event: 'listening', service: 'listen', endpoint: 'tcp://127.0.0.1:7' });
    expect(io.out()).toHaveLength(0);
  });

  it('holds back what clients do until the ready lines are out', () => {
    const { events, lines } = writer({ json: true });
    events.hold();
    events.connected(peer);
    events.listening(endpoint);
    events.release();
    events.disconnected(peer, '');
    expect(lines().map(({ event }) => event)).toEqual(['listening', 'connected', 'disconnected']);
  });

  it('writes a bug with its stack whatever the options say, and a peer that broke the rules only with -v', () => {
    for (const json of [false, true]) {
      const { io, events } = writer({ json });
      events.failed(peer, new NettkError({ code: 'PROTOCOL', action: 'read' }));
      expect(io.err()).toBe('');
      events.failed(peer, new TypeError('x is not\x1b a function'));
      expect(io.err()).toContain('echo: session with tcp://127.0.0.1:40000 failed\nnettk: a bug in nettk');
      expect(io.err()).toContain('TypeError: x is not\\x1b a function\n    at ');
    }
    const { io, events } = writer({ verbose: 1 });
    events.failed(peer, new NettkError({ code: 'PROTOCOL', action: 'read', reason: 'bad \u202e' }));
    expect(io.err()).toBe('nettk: echo: session with tcp://127.0.0.1:40000 failed: read: bad \\u202e\n');
  });

  it('does not make an address up for a client that left before it could be asked for', () => {
    const gone: Endpoint = { scheme: 'tcp', host: '', port: 0, path: '' };
    const text = writer({ verbose: 1 });
    text.events.connected(gone);
    expect(text.io.err()).toBe('nettk: echo: connected from a client that left at once\n');
    const json = writer({ json: true });
    json.events.disconnected(gone, 'connection reset by peer');
    expect(json.lines()).toMatchObject([{ event: 'disconnected', peer: '', reason: 'connection reset by peer' }]);
  });

  it('outlives a reader that has gone', () => {
    let tries = 0;
    const gone = new Writable({
      autoDestroy: false,
      write(_chunk, _encoding, done) {
        tries += 1;
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      },
    });
    gone.on('error', () => {});
    const { events } = writer({ json: true }, { events: gone });
    events.listening(endpoint);
    events.connected(peer);
    events.closed();
    expect(tries).toBe(1);
  });

  it('drops events that nobody reads, and says how many', async () => {
    const written: string[] = [];
    let take: (() => void) | undefined;
    const slow = new Writable({
      write(chunk, _encoding, done) {
        written.push(String(chunk));
        take = done;
      },
    });
    const { events } = writer({ json: true }, { events: slow });
    for (let i = 0; i < 20_000; i++) events.connected(peer);
    expect(slow.writableLength).toBeLessThan(1_100_000);
    while (slow.writableLength > 0) {
      take?.();
      await new Promise(setImmediate);
    }
    const kept = written.length;
    events.closed();
    expect(JSON.parse(written[kept] ?? '')).toMatchObject({ event: 'lost', service: 'echo', count: 20_000 - kept });
  });
});

import { describe, expect, it } from 'vitest';
import { optionValues } from '../../src/cli/values.ts';
import {
  WS_CLIENT_OPTIONS,
  WS_SERVER_OPTIONS,
  type WsClientValues,
  type WsServerValues,
  wsClientOptions,
  wsServerOptions,
} from '../../src/cli/ws-options.ts';
import { parseEndpoint } from '../../src/net/endpoint.ts';
import { failureOf, rejectionOf } from '../support/errors.ts';

type Words = Readonly<Record<string, string | boolean | readonly string[]>>;

const client = async (words: Words, target = 'ws://127.0.0.1:1/') => {
  const values = (await optionValues(WS_CLIENT_OPTIONS, (name) => words[name])) as WsClientValues;
  return wsClientOptions(values, parseEndpoint(target));
};
const server = async (words: Words, target = 'ws://127.0.0.1:1/', isTalking = false) => {
  const values = (await optionValues(WS_SERVER_OPTIONS, (name) => words[name])) as WsServerValues;
  return () => wsServerOptions(values, [parseEndpoint(target)], isTalking);
};

describe("a client's options", () => {
  it.each(['tcp://h:1', 'unix:/p', 'tls://h:1', 'udp://h:1'])('ask for nothing with %s', async (target) => {
    expect(await client({}, target)).toBeUndefined();
  });

  it('lay WebSocket where the target or --ws says so', async () => {
    expect(await client({}, 'wss://h:1/x')).toEqual({ endSilenceMs: 1_000 });
    expect(await client({ ws: true, 'ws-path': '/y' }, 'unix:/p')).toEqual({ endSilenceMs: 1_000, path: '/y' });
  });

  it('become what the handshake and the frames need', async () => {
    const words = {
      'ws-text': true,
      'ws-lines': true,
      'ws-deflate': true,
      'ws-protocol': ['chat', 'binary'],
      'ws-header': ['Authorization: Bearer x', 'X-A: b: c'],
      'ws-origin': 'https://h',
      'ws-ping': '5s',
      'ws-max-message': '2M',
      'ws-message-size': '1k',
    };
    expect(await client(words)).toEqual({
      text: true,
      lines: true,
      deflate: true,
      protocols: ['chat', 'binary'],
      headers: { Authorization: 'Bearer x', 'X-A': 'b: c' },
      origin: 'https://h',
      pingMs: 5_000,
      maxMessageBytes: 2_097_152,
      messageBytes: 1_024,
      endSilenceMs: 1_000,
    });
  });

  it.each<[Words, string, string]>([
    [{ 'ws-text': true }, 'tcp://h:1', 'option --ws-text: nothing here is a WebSocket'],
    [{ 'ws-max-message': '1' }, 'tcp://h:1', 'option --ws-max-message: nothing here is a WebSocket'],
    [{ ws: true }, 'udp://h:1', 'option --ws: WebSocket needs TCP or a Unix socket, not UDP'],
    [{ 'ws-path': '/a' }, 'ws://h:1/b', 'option --ws-path: the target says what is asked for already'],
    [{ ws: true, 'ws-path': 'a' }, 'tcp://h:1', 'option --ws-path "a": not a path'],
    [{ 'ws-protocol': ['a b'] }, 'ws://h:1', 'option --ws-protocol "a b": not a token (RFC 9110)'],
    [{ 'ws-header': ['nonsense'] }, 'ws://h:1', 'header "nonsense": no colon after the name'],
    [{ 'ws-header': ['A: b\r\nC: d'] }, 'ws://h:1', 'control characters'],
    [{ 'ws-header': ['Upgrade: h2c'] }, 'ws://h:1', 'Upgrade is set by nettk alone'],
    [{ 'ws-header': ['sec-websocket-key: x'] }, 'ws://h:1', 'set by nettk alone'],
  ])('%j with %s are refused', async (words, target, message) => {
    const failure = await rejectionOf(client(words, target));
    expect([failure.exit, failure.message]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe("a server's options", () => {
  it('lay WebSocket where the endpoint or --ws says so, and end at once', async () => {
    expect((await server({}))()).toEqual({});
    expect((await server({ ws: true }, 'tcp://h:1'))()).toEqual({});
    expect((await server({}, 'tcp://h:1'))()).toBeUndefined();
  });

  it('wait for answers where the end is the end of an input', async () => {
    expect((await server({}, 'ws://h:1', true))()).toEqual({ endSilenceMs: 1_000 });
  });

  it('take origins as browsers write them', async () => {
    const words = { ws: true, 'ws-origin': ['https://Example.com/', '*', 'null'] };
    expect((await server(words))()).toEqual({ origins: ['https://example.com', '*', 'null'] });
    expect(failureOf(await server({ ws: true, 'ws-origin': ['example.com'] })).message).toBe(
      'option --ws-origin "example.com": not an origin',
    );
  });
});

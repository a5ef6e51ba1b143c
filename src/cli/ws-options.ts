/** The options of WebSocket for clients and for servers, and what they become. */

import { usageError } from '../errors.ts';
import type { Endpoint } from '../net/endpoint.ts';
import { layersOf } from '../net/layers.ts';
import { parseOrigin } from '../stream/http-origin.ts';
import type { WebSocketClientOptions } from '../stream/websocket-client.ts';
import type { WebSocketOptions } from '../stream/websocket-options.ts';
import type { WebSocketServerOptions } from '../stream/websocket-server.ts';
import { findGiven } from './given-options.ts';
import type { OptionSpecs, OptionValues } from './option.ts';

/** Silence after the end of standard input that is the end for peers without half-close, in milliseconds. */
const END_SILENCE_MS = 1_000;

/** Choices that both sides have. */
const WS_CHOICES = {
  'ws-text': { type: 'flag', describe: 'WebSocket: send text messages (UTF-8) instead of binary ones' },
  'ws-lines': { type: 'flag', describe: 'WebSocket: each line is a text message, without its line end, both ways' },
  'ws-protocol': { type: 'list', placeholder: 'NAME', describe: 'WebSocket: subprotocol; repeat it, the best first' },
  'ws-ping': {
    type: 'duration',
    describe: 'WebSocket: ping a peer silent for this long (30s), leave it after as long again; 0 is never',
  },
  'ws-max-message': {
    type: 'size',
    min: 1,
    max: 1_073_741_824,
    placeholder: 'SIZE',
    describe: 'WebSocket: the longest message taken (1M)',
  },
  'ws-message-size': {
    type: 'size',
    min: 1,
    max: 1_073_741_824,
    placeholder: 'SIZE',
    describe: 'WebSocket: the longest message sent (64k)',
  },
} as const satisfies OptionSpecs;

/** All of a client's. */
export const WS_CLIENT_OPTIONS = {
  ws: { type: 'flag', describe: 'WebSocket over the connection, as ws:// and wss:// targets have it' },
  'ws-path': {
    type: 'text',
    placeholder: 'PATH',
    describe: 'WebSocket: what is asked for, where no ws:// target says it',
  },
  'ws-header': { type: 'list', placeholder: 'LINE', describe: "WebSocket: send 'Name: value' with the request" },
  'ws-origin': { type: 'text', placeholder: 'URL', describe: 'WebSocket: the web page we say we are' },
  'ws-deflate': { type: 'flag', describe: 'WebSocket: offer compression' },
  ...WS_CHOICES,
} as const satisfies OptionSpecs;

/** All of a server's. */
export const WS_SERVER_OPTIONS = {
  ws: { type: 'flag', describe: 'WebSocket over TCP' },
  'ws-path': { type: 'text', placeholder: 'PATH', describe: 'WebSocket: only this path; else 404' },
  'ws-origin': {
    type: 'list',
    placeholder: 'URL',
    describe: 'WebSocket: let web pages of this origin in, and ask for us by its name; * is any',
  },
  'ws-deflate': { type: 'flag', describe: 'WebSocket: take compression, which costs memory for each client' },
  ...WS_CHOICES,
} as const satisfies OptionSpecs;

type Typed<T extends OptionSpecs> = Partial<OptionValues<T>>;
/** A client's values; a command may have a part of the options only. */
export type WsClientValues = Typed<typeof WS_CLIENT_OPTIONS>;
/** A server's values. */
export type WsServerValues = Typed<typeof WS_SERVER_OPTIONS>;
/** What a command has that talks on after its input's end. */
interface AfterEof {
  readonly afterEof?: number | undefined;
}

/**
 * How a client speaks WebSocket with this endpoint; undefined where neither the endpoint nor an option asks for it.
 *
 * @throws NettkError where options contradict the endpoint, or a value cannot work
 */
export async function wsClientOptions(
  args: WsClientValues & AfterEof,
  endpoint: Endpoint,
): Promise<WebSocketClientOptions | undefined> {
  if (!isAsked(args, [endpoint])) return undefined;
  const { wsHeader = [], wsPath, wsOrigin } = args;
  const isUrl = layersOf(endpoint).ws;
  if (wsPath !== undefined && isUrl) throw usageError('option --ws-path', 'the target says what is asked for already');
  return {
    ...sharedOptions(args),
    endSilenceMs: args.afterEof ?? END_SILENCE_MS,
    ...(wsPath !== undefined && { path: pathOf(wsPath) }),
    ...(wsOrigin !== undefined && { origin: wsOrigin }),
    ...(wsHeader.length > 0 && { headers: await headersOf(wsHeader) }),
  };
}

/**
 * How a server speaks WebSocket on these endpoints; undefined where neither an endpoint nor an option asks for it.
 *
 * @param isTalking the server's end is the end of an input, after which clients may still answer
 * @throws as `wsClientOptions`
 */
export function wsServerOptions(
  args: WsServerValues & AfterEof,
  endpoints: readonly Endpoint[],
  isTalking = false,
): WebSocketServerOptions | undefined {
  if (!isAsked(args, endpoints)) return undefined;
  const { wsPath, wsOrigin = [] } = args;
  return {
    ...sharedOptions(args),
    ...(isTalking && { endSilenceMs: args.afterEof ?? END_SILENCE_MS }),
    ...(wsPath !== undefined && { path: pathOf(wsPath) }),
    ...(wsOrigin.length > 0 && { origins: wsOrigin.map(originOf) }),
  };
}

function sharedOptions(args: WsServerValues | WsClientValues): WebSocketOptions & WebSocketClientOptions {
  const { wsProtocol = [], wsPing, wsMaxMessage, wsMessageSize } = args;
  const wrong = wsProtocol.find((name) => !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name));
  if (wrong !== undefined) throw usageError(`option --ws-protocol ${JSON.stringify(wrong)}`, 'not a token (RFC 9110)');
  return {
    ...(args.wsText && { text: true }),
    ...(args.wsLines && { lines: true }),
    ...(args.wsDeflate && { deflate: true }),
    ...(wsProtocol.length > 0 && { protocols: wsProtocol }),
    ...(wsPing !== undefined && { pingMs: wsPing }),
    ...(wsMaxMessage !== undefined && { maxMessageBytes: wsMaxMessage }),
    ...(wsMessageSize !== undefined && { messageBytes: wsMessageSize }),
  };
}

function isAsked(args: WsClientValues | WsServerValues, endpoints: readonly Endpoint[]): boolean {
  const streams = endpoints.filter(({ scheme }) => scheme !== 'udp');
  if (args.ws && streams.length === 0) throw usageError('option --ws', 'WebSocket needs TCP or a Unix socket, not UDP');
  if (args.ws || streams.some((one) => layersOf(one).ws)) return true;
  const stray = findGiven(Object.fromEntries(Object.entries(args).filter(([name]) => /^ws[A-Z]/.test(name))));
  if (stray === undefined) return false;
  throw usageError(`option --${stray}`, 'nothing here is a WebSocket', '--ws, or ws://HOST:PORT');
}

function pathOf(text: string): string {
  if (text.startsWith('/')) return text;
  throw usageError(`option --ws-path ${JSON.stringify(text)}`, 'not a path', `/${text}`);
}

async function headersOf(lines: readonly string[]): Promise<Record<string, string>> {
  const { parseHeader } = await import('../clients/request-headers.ts');
  const fields = lines.map((line) => parseHeader(line, "--ws-header 'Name: value'"));
  const own = fields.find(([name]) => /^sec-websocket-/i.test(name));
  if (own) throw usageError(`header ${own[0]}`, 'set by nettk alone');
  return Object.fromEntries(fields);
}

function originOf(text: string): string {
  const origin = parseOrigin(text);
  if (origin !== undefined) return origin;
  throw usageError(`option --ws-origin ${JSON.stringify(text)}`, 'not an origin', 'https://example.com');
}

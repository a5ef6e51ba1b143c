/** Which name server is meant, and the token that it asks for. */

import { errorCode, usageError } from '../errors.ts';
import type { Endpoint } from '../net/endpoint.ts';
import type { TlsClientOptions } from '../net/secure.ts';
import { NAME_PORT } from '../protocols/name-line.ts';
import { findGiven } from './given-options.ts';
import type { Io } from './io.ts';
import { type TlsClientValues, tlsClientOptions } from './tls-options.ts';

/** A name server that is asked, and how. */
export interface NameServerChoice {
  /** Where it is. */
  readonly server: (signal: AbortSignal) => Promise<Endpoint>;
  readonly tls: TlsClientOptions | undefined;
}

/**
 * The address of a name server: HOST, HOST:PORT, tls://HOST:PORT …
 *
 * @throws NettkError where it is none, or UDP
 */
export async function parseNameServer(action: string, text: string): Promise<Endpoint> {
  const { parseEndpoint } = await import('../net/endpoint.ts');
  const endpoint = parseEndpoint(text, { port: NAME_PORT });
  if (endpoint.scheme === 'udp') throw usageError(action, 'name servers are not asked over UDP', 'tcp or tls');
  return endpoint;
}

/** What is typed to have one found on the local network. */
export const BY_MDNS = 'mdns';

/** Whom to ask, and what is at stake. */
export interface NameServerQuestion {
  /** What the answer is for: `option --server`. */
  readonly action: string;
  /** As typed; undefined is this machine, or where nobody is there, whom the local network knows. */
  readonly typed: string | undefined;
  readonly tls: TlsClientOptions | undefined;
  readonly token?: string | undefined;
  /** Told which one was found. */
  readonly note: (line: string) => void;
}

/**
 * The name server that was typed, or `mdns` for the one that the local network knows.
 *
 * @throws as `parseNameServer`; where a token would be told to whoever answers
 */
export async function nameServerOf(question: NameServerQuestion): Promise<NameServerChoice> {
  const { action, typed, tls, token } = question;
  if (typed === BY_MDNS) {
    const isSure = (tls?.ca ?? tls?.pins) !== undefined;
    if (token !== undefined && !isSure) {
      throw usageError(
        action,
        'a token would be told to whoever answers',
        'an address, or the pin or authority of its TLS',
      );
    }
    return { server: (signal) => find(question, signal), tls };
  }
  const endpoint = await parseNameServer(action, typed ?? '127.0.0.1');
  // A token is for those that it was meant for.
  if (typed !== undefined || token !== undefined) return { server: async () => endpoint, tls };
  return { server: (signal) => nearest(question, endpoint, signal), tls };
}

async function find({ tls, note }: NameServerQuestion, signal: AbortSignal): Promise<Endpoint> {
  const { findNameServer } = await import('../clients/find-name-server.ts');
  const { endpoint, words } = await findNameServer(tls !== undefined, signal);
  note(`the name server is ${words}, by multicast DNS`);
  return endpoint;
}

/** The one of this machine, unless nobody is there and somebody else is. */
async function nearest(question: NameServerQuestion, own: Endpoint, signal: AbortSignal): Promise<Endpoint> {
  const { dial } = await import('../net/dial.ts');
  try {
    (await dial(own, { signal })).on('error', () => {}).destroy();
    return own;
  } catch (error) {
    if (errorCode(error) !== 'ECONNREFUSED') throw error;
  }
  try {
    return await find(question, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (errorCode(error) !== 'NOT_FOUND') throw error;
    return own;
  }
}

/**
 * How TLS is spoken with a name server; undefined where its address does not ask for it.
 *
 * @throws as `tlsClientOptions`
 */
export async function nameServerTls(
  server: string,
  args: TlsClientValues,
  io: Pick<Io, 'note'>,
): Promise<TlsClientOptions | undefined> {
  const { ca, pin, insecure, cert, key } = args;
  const isTls = server === BY_MDNS ? findGiven({ ca, pin, insecure, cert, key }) !== undefined : isTlsServer(server);
  const endpoint: Endpoint = { scheme: isTls ? 'tls' : 'tcp', host: '', port: 0, path: '' };
  return tlsClientOptions(args, endpoint, io);
}

/** Does an address ask for TLS? */
export function isTlsServer(text: string): boolean {
  return /^(tls|wss):\/\//i.test(text);
}

/**
 * A token as it was typed, or from the file that `@FILE` names, or from NETTK_NAME_TOKEN.
 *
 * @throws NettkError where the file cannot be read, or it is no token
 */
export async function readToken(
  option: string,
  typed: string | undefined,
  env: Io['env'],
): Promise<string | undefined> {
  const text = typed ?? (env['NETTK_NAME_TOKEN'] || undefined);
  if (text === undefined) return undefined;
  const action = typed === undefined ? 'NETTK_NAME_TOKEN' : `option --${option}`;
  const token = text.startsWith('@') ? await fileText(text.slice(1)) : text;
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw usageError(action, 'the token is empty, or has blanks or other characters than ASCII');
}

async function fileText(path: string): Promise<string> {
  const { readSecret } = await import('../clients/secret-file.ts');
  return readSecret(path);
}

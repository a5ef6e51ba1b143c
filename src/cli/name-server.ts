/** Which name server is meant, and the token that it asks for. */

import { usageError } from '../errors.ts';
import type { Endpoint } from '../net/endpoint.ts';
import type { TlsClientOptions } from '../net/secure.ts';
import { NAME_PORT } from '../protocols/name-line.ts';
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

/** The name server that was typed. @throws as `parseNameServer` */
export async function nameServerOf(
  action: string,
  text: string,
  tls: TlsClientOptions | undefined,
): Promise<NameServerChoice> {
  const endpoint = await parseNameServer(action, text);
  return { server: async () => endpoint, tls };
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
  const isTls = /^(tls|wss):\/\//i.test(server);
  const endpoint: Endpoint = { scheme: isTls ? 'tls' : 'tcp', host: '', port: 0, path: '' };
  return tlsClientOptions(args, endpoint, io);
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

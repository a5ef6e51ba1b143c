/** Opens a connection to a name server, and puts into one line what is to be registered. */

import { NettkError, usageError } from '../errors.ts';
import { hostAddresses } from '../net/addresses.ts';
import type { Conn } from '../net/conn.ts';
import { dial } from '../net/dial.ts';
import { type Endpoint, formatAuthority, parseEndpoint } from '../net/endpoint.ts';
import type { TlsClientOptions } from '../net/secure.ts';
import { NameClient } from '../protocols/name-client.ts';
import { formatValue } from '../protocols/record-line.ts';

/** How a name server is reached. */
export interface NameServerOptions {
  /** For a connection, and for each line of an answer, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Gives up connecting earlier than `signal`. */
  readonly dialSignal?: AbortSignal | undefined;
  readonly tls?: TlsClientOptions | undefined;
  /** Shown first, where there is one. */
  readonly token?: string | undefined;
}

/** A client, and what lets go of its connection. */
export interface OpenNameClient {
  readonly client: NameClient;
  readonly conn: Conn;
  close(): void;
}

/**
 * Connects to a name server, and shows the token.
 *
 * @throws NettkError: refused, timed out, not a token of this server …; the signal's reason
 */
export async function openNameClient(endpoint: Endpoint, options: NameServerOptions): Promise<OpenNameClient> {
  const { timeoutMs, signal, dialSignal = signal, tls, token } = options;
  const conn = await dial(endpoint, { connectTimeoutMs: timeoutMs, signal: dialSignal, tls });
  conn.on('error', () => {});
  const close = (): void => void conn.destroy();
  try {
    const client = new NameClient(conn, { timeoutMs, signal });
    if (token !== undefined) await client.ask(`token ${token}`);
    return { client, conn, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Fields of a registration as they were typed: their keys in the line, and their values. */
export type TypedFields = readonly (readonly [key: string, value: string | number | undefined])[];

/**
 * The line that registers a service.
 *
 * @param target `PORT` for the address that the name server sees, else HOST:PORT; a name is looked up here and now
 * @throws NettkError: no target, a host that is not found, a text of several lines
 */
export async function registerLine(name: string, target: string, typed: TypedFields): Promise<string> {
  const { where, protocol } = await resolveTarget(target);
  const words = typed.flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${formatValue(oneLine(key, String(value)))}`],
  );
  const isTold = typed.some(([key, value]) => key === 'protocol' && value !== undefined);
  return [
    'register',
    oneLine('NAME', name),
    where,
    ...(protocol && !isTold ? [`protocol=${protocol}`] : []),
    ...words,
  ].join(' ');
}

async function resolveTarget(target: string): Promise<{ where: string; protocol: string | undefined }> {
  if (/^:?\d+$/.test(target)) return { where: target, protocol: undefined };
  const { scheme, host, port } = parseEndpoint(target);
  if (scheme !== 'tcp' && scheme !== 'udp' && scheme !== 'tls') {
    throw usageError(`target ${JSON.stringify(target)}`, 'has no address that others could use', 'HOST:PORT');
  }
  const [first] = await hostAddresses(host);
  if (!first) throw new NettkError({ code: 'ENOTFOUND', action: `look up ${host}` });
  return { where: formatAuthority({ host: first.address, port }), protocol: scheme === 'udp' ? 'udp' : undefined };
}

/** What is typed becomes a line: it may hold no other. */
function oneLine(what: string, text: string): string {
  if (/[\r\n\0]/.test(text)) throw usageError(what, `${JSON.stringify(text)} is more than one line`);
  return text;
}

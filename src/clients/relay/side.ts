/** The sides of a relay as people type them: what is dialled, what listens, standard streams, programs, files. */

import { usageError } from '../../errors.ts';
import { type ChildCommand, programOf, shellCommandOf } from '../../host/child-command.ts';
import { type Endpoint, formatEndpoint, parseEndpoint } from '../../net/endpoint.ts';

/** One side of a relay. */
export type Side =
  | { readonly kind: 'dial'; readonly endpoint: Endpoint }
  | { readonly kind: 'listen'; readonly endpoint: Endpoint }
  | { readonly kind: 'stdio' }
  | { readonly kind: 'program'; readonly command: ChildCommand }
  | { readonly kind: 'file'; readonly path: string };

/** Who does not say where listens here: nobody else's business. */
const LISTEN_HOST = '127.0.0.1';
const LISTEN = /^([a-z]+)-listen:(.*)$/i;

/**
 * Parses `-` or `stdio:`, `exec:COMMAND`, `shell:LINE`, `file:PATH`, `tcp-listen://[HOST:]PORT` and its kin (with or
 * without the slashes), `unix-listen:/PATH`, and whatever can be dialled.
 *
 * @throws NettkError naming the value and the reason
 */
export function parseSide(text: string): Side {
  if (text === '-' || text === 'stdio:') return { kind: 'stdio' };
  const rest = text.slice(text.indexOf(':') + 1);
  if (text.startsWith('exec:')) return { kind: 'program', command: programOf(rest) };
  if (text.startsWith('shell:')) return { kind: 'program', command: shellCommandOf(rest) };
  if (text.startsWith('file:')) return { kind: 'file', path: filePath(text, rest) };
  const [, scheme, where] = LISTEN.exec(text) ?? [];
  if (scheme !== undefined && where !== undefined) return { kind: 'listen', endpoint: listenAt(scheme, where) };
  return { kind: 'dial', endpoint: parseEndpoint(text) };
}

/** Prints a side as it would be typed. */
export function formatSide(side: Side): string {
  switch (side.kind) {
    case 'dial':
      return formatEndpoint(side.endpoint);
    case 'listen':
      return formatEndpoint(side.endpoint).replace(':', '-listen:');
    case 'stdio':
      return 'stdio:';
    case 'program':
      return `exec:${side.command.shown}`;
    case 'file':
      return `file:${side.path}`;
  }
}

function filePath(text: string, rest: string): string {
  // `file:///path` is what URLs look like; to the system several slashes are one.
  const path = rest.replace(/^\/\/+/, '/');
  if (path === '' || path.includes('\0')) throw usageError(JSON.stringify(text), 'is no file name', 'file:PATH');
  return path;
}

function listenAt(scheme: string, where: string): Endpoint {
  if (scheme.toLowerCase() === 'unix') return parseEndpoint(`unix:${where.replace(/^\/\/@/, '@')}`);
  return parseEndpoint(`${scheme}://${where.replace(/^\/\//, '')}`, { host: LISTEN_HOST });
}

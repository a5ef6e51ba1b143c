/** What both halves of the WebSocket handshake share (RFC 6455, section 4). */

import { createHash } from 'node:crypto';

/** Our extension: both sides keep the rule of half-close (see websocket.ts). */
export const HALF_CLOSE = 'nettk-half-close';
/** Compression of messages (RFC 7692). */
export const DEFLATE = 'permessage-deflate';
/** The one version there is. */
export const VERSION = '13';
/** The longest head of a request or an answer, in bytes. */
export const MAX_HEAD_BYTES = 16_384;
/** How long a handshake may take where nobody says otherwise, in milliseconds. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * The answer that proves that a server has read a client's key and speaks WebSocket.
 *
 * @example acceptKey('dGhlIHNhbXBsZSBub25jZQ==') // 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
 */
export function acceptKey(key: string): string {
  return createHash('sha1').update(`${key}${GUID}`).digest('base64');
}

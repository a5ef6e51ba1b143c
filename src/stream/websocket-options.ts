/** How an open WebSocket behaves, and what its handshake settled. */

import type { MessageDeflate } from './websocket-frames.ts';

/** The longest message taken where nobody says otherwise, in bytes. */
export const MAX_MESSAGE_BYTES = 1_048_576;
/** The longest message sent where nobody says otherwise, in bytes. */
export const MESSAGE_BYTES = 65_536;

/** How an open WebSocket behaves. */
export interface WebSocketOptions {
  /** Sends text messages instead of binary ones; what is written must then be UTF-8. */
  readonly text?: boolean | undefined;
  /**
   * Each line is a message, without its line end, both ways; a text message where `text` is not false. A line is at most as
   * long as a message taken.
   */
  readonly lines?: boolean | undefined;
  /** The longest message sent, in bytes; longer writes are cut. 65,536 by default. */
  readonly messageBytes?: number | undefined;
  /** The longest message taken, in bytes, decompressed; longer ones are an error. 1 MiB by default. */
  readonly maxMessageBytes?: number | undefined;
  /** Milliseconds of silence before a ping, and again before a peer without an answer is dead; 30,000, 0 is never. */
  readonly pingMs?: number | undefined;
  /** Silence of a peer without half-close that makes our end a Close, in ms; a client's 1,000, a server's 0: at once. */
  readonly endSilenceMs?: number | undefined;
  /** How long our output may go on after the Close of a peer without half-close, in milliseconds; 5,000. */
  readonly closeGraceMs?: number | undefined;
}

/** What the handshake settled. */
export interface Agreement {
  readonly isServer: boolean;
  /** The subprotocol chosen; empty where there is none. */
  readonly subprotocol: string;
  readonly deflate: MessageDeflate | undefined;
  /** Both sides keep the rule of half-close. */
  readonly halfClose: boolean;
  /** What came glued to the handshake. */
  readonly head: Buffer;
}

/** Sends a pattern of characters without end, or one datagram of it (RFC 864). */

import { drained } from '../stream/drained.ts';
import { nextTurn } from '../stream/turn.ts';
import { defineService } from './service.ts';

const FIRST_CHARACTER = 33;
const CHARACTERS = 95;
/** Characters on a line, its CRLF not counted. */
const LINE_LENGTH = 72;
/** Lines after which the pattern repeats, and so what is written at once: 95 × 74 bytes. */
const LINES_IN_PATTERN = CHARACTERS;

/** The whole pattern: every line starts one character later than the line before. */
const pattern = (): Buffer => {
  const ring = Array.from({ length: CHARACTERS * 2 }, (_, i) => FIRST_CHARACTER - 1 + ((i + 1) % CHARACTERS));
  const line = (start: number): Buffer => Buffer.from([...ring.slice(start, start + LINE_LENGTH), 13, 10]);
  return Buffer.concat(Array.from({ length: LINES_IN_PATTERN }, (_, start) => line(start)));
};

/** The character generator service. Its datagram is cut to the longest answer a peer may get. */
export const chargen = defineService({
  name: 'chargen',
  summary: 'Sends characters without end (RFC 864)',
  port: 19,
  setup: pattern,
  async session(conn, { state, signal }) {
    conn.resume();
    // A peer that broke off shows here before its close is told, which this loop would otherwise keep from being told.
    while (conn.writable && !signal.aborted) {
      conn.write(state);
      await drained(conn);
      // A reader as quick as we are always leaves room: other clients, and signals, come first.
      await nextTurn();
    }
  },
  datagram: (_message, peer, { state }) => state.subarray(0, peer.maxAnswer),
});

/** What goes to many clients, encoded once for each way of hearing it. */

import { formatTags } from '../../protocols/irc.ts';
import { plainText } from './text.ts';

/** How a client hears: IRC with `SERVER_TIME` and `MESSAGE_TAGS` or without, or plain lines. */
export const DIALECTS = { irc: 0, serverTime: 1, messageTags: 2, plain: 4 } as const;

/** One line of IRC and what stands before it. */
export interface TaggedLine {
  readonly tags: ReadonlyMap<string, string>;
  /** Without tags and line end. */
  readonly line: string;
}

/** What is told. */
export interface Telling {
  /** For IRC, without tags and line ends; empty where IRC clients hear nothing. */
  readonly lines: readonly string[];
  /** For plain clients, without a line end, may be raw text of a user; empty where they hear nothing. */
  readonly plain: string;
  /** Unix time in milliseconds. */
  readonly at: number;
  /** Of messages: unique on this server. */
  readonly id?: string | undefined;
  /** Tags that a client gave for other clients (`+typing`). */
  readonly clientTags?: ReadonlyMap<string, string> | undefined;
}

const NOTHING = Buffer.alloc(0);
const NO_TAGS: ReadonlyMap<string, string> = new Map();

/** A telling and its encodings, each made when the first client needs it. */
export class Outgoing {
  readonly #telling: Telling;
  readonly #encoded: (Buffer | undefined)[] = [undefined, undefined, undefined, undefined, undefined];

  constructor(telling: Telling) {
    this.#telling = telling;
  }

  /** The bytes for a dialect; empty where it hears nothing. */
  bytes(dialect: number): Buffer {
    this.#encoded[dialect] ??= this.#encode(dialect);
    return this.#encoded[dialect];
  }

  /** The lines for a dialect of IRC. */
  tagged(dialect: number): TaggedLine[] {
    return this.#telling.lines.map((line, i) => ({ tags: this.#tags(dialect, i), line }));
  }

  #encode(dialect: number): Buffer {
    const { lines, plain } = this.#telling;
    if (dialect === DIALECTS.plain) return plain === '' ? NOTHING : Buffer.from(`${plainText(plain)}\n`);
    if (dialect === DIALECTS.irc && lines.length === 1) return Buffer.from(`${lines[0]}\r\n`);
    return Buffer.from(this.tagged(dialect).map(encodeTagged).join(''));
  }

  #tags(dialect: number, i: number): ReadonlyMap<string, string> {
    if (dialect === DIALECTS.irc) return NO_TAGS;
    const { at, id, clientTags } = this.#telling;
    const tags = new Map<string, string>();
    if (dialect & DIALECTS.serverTime) tags.set('time', new Date(at).toISOString());
    if (!(dialect & DIALECTS.messageTags)) return tags;
    // The pieces of a long message are messages of their own for clients.
    if (id !== undefined) tags.set('msgid', i === 0 ? id : `${id}-${i}`);
    for (const [key, value] of clientTags ?? []) tags.set(key, value);
    return tags;
  }
}

/** A line with its tags and its end. */
export function encodeTagged({ tags, line }: TaggedLine): string {
  return tags.size === 0 ? `${line}\r\n` : `@${formatTags(tags)} ${line}\r\n`;
}

/** Bytes, cut anywhere, into messages (RFC 6455, section 5.6): binary ones as they come, text ones whole UTF-8 each. */

import { isUtf8 } from 'node:buffer';
import { usageError } from '../errors.ts';
import { type Line, LineSplitter } from './lines.ts';
import { MAX_MESSAGE_BYTES, MESSAGE_BYTES, type WebSocketOptions } from './websocket-options.ts';

/** The longest character of UTF-8, in bytes. */
const MAX_CHARACTER_BYTES = 4;

/** How a stream becomes messages. */
export interface Messages {
  /**
   * The messages that a chunk makes.
   *
   * @throws NettkError `USAGE` where text is wanted and the bytes are not UTF-8
   */
  take(chunk: Buffer): Buffer[];
  /**
   * The messages that are left at the stream's end.
   *
   * @throws NettkError `USAGE` where text ends in the middle of a character
   */
  finish(): Buffer[];
}

/** How a stream with these options becomes messages. */
export function messagesBy({
  text,
  lines,
  messageBytes,
  maxMessageBytes = MAX_MESSAGE_BYTES,
}: WebSocketOptions): Messages {
  if (lines) return lineMessages(messageBytes ?? maxMessageBytes);
  return text ? textMessages(messageBytes ?? MESSAGE_BYTES) : binaryMessages(messageBytes ?? MESSAGE_BYTES);
}

/** Cuts a stream into binary messages of so many bytes at most. */
function binaryMessages(most: number): Messages {
  return {
    take(chunk) {
      const messages: Buffer[] = [];
      for (let start = 0; start < chunk.length; start += most) messages.push(chunk.subarray(start, start + most));
      return messages;
    },
    finish: () => [],
  };
}

/** Cuts a stream into text messages of so many bytes at most, at least one character each. */
function textMessages(most: number): Messages {
  return new TextMessages(most);
}

/** Makes each line a text message, without its line end, of so many bytes at most; longer ones are an error. */
function lineMessages(most: number): Messages {
  const lines = new LineSplitter(most);
  const text = ({ bytes }: Line): Buffer => {
    if (!isUtf8(bytes)) throw notText();
    return bytes;
  };
  return {
    take: (chunk) => [...lines.push(chunk)].map(text),
    finish() {
      const rest = lines.flush();
      return rest ? [text(rest)] : [];
    },
  };
}

/** Keeps what is left of a character at the end of a chunk for the next one. */
class TextMessages implements Messages {
  readonly #most: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(most: number) {
    this.#most = Math.max(most, MAX_CHARACTER_BYTES);
  }

  take(chunk: Buffer): Buffer[] {
    const all = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const whole = all.subarray(0, startOfTail(all));
    this.#rest = Buffer.from(all.subarray(whole.length));
    if (!isUtf8(whole)) throw notText();
    return this.#cut(whole);
  }

  finish(): Buffer[] {
    if (this.#rest.length > 0) throw notText();
    return [];
  }

  #cut(text: Buffer): Buffer[] {
    const messages: Buffer[] = [];
    for (let start = 0; start < text.length; ) {
      let end = Math.min(start + this.#most, text.length);
      while (end < text.length && isContinuation(text[end] as number)) end -= 1;
      messages.push(text.subarray(start, end));
      start = end;
    }
    return messages;
  }
}

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;

/** Where the character starts that the end of these bytes cuts; their length where it cuts none. */
function startOfTail(bytes: Buffer): number {
  const first = Math.max(0, bytes.length - MAX_CHARACTER_BYTES + 1);
  for (let i = bytes.length - 1; i >= first; i -= 1) {
    const byte = bytes[i] as number;
    if (isContinuation(byte)) continue;
    return i + lengthBy(byte) > bytes.length ? i : bytes.length;
  }
  return bytes.length;
}

/** How long a character is, by its first byte; 1 for what starts none. */
function lengthBy(lead: number): number {
  if (lead > 0xf4) return 1;
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}

function notText(): Error {
  return usageError('send WebSocket text', 'not UTF-8', 'without --ws-text and --ws-lines, which sends bytes');
}

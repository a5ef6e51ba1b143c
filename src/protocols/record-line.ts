/**
 * Facts on one line, for people and programs: a word, then `key=value` pairs, as in
 *
 *     127.0.0.1:7 name=echo status=up description="The echo of this house"
 *
 * A value with blanks, quotes or anything that could drive a terminal is a JSON string, so a line has one reading and no
 * value can forge another.
 */

import { NettkError } from '../errors.ts';
import { printableJson } from '../stream/printable.ts';

/** A key and its value; keys may come more than once. */
export type Field = readonly [key: string, value: string];

/** A line, read. */
export interface RecordLine {
  readonly word: string;
  readonly fields: readonly Field[];
}

const BARE = /^[\x21\x23-\x7e]+$/;
const KEY = /([A-Za-z][\w.-]*)=/y;
/** A JSON string, as far as its end; what is in it is JSON's to judge. */
const QUOTED = /"(?:[^"\\]|\\.)*"/y;
const UNQUOTED = /[^\s"]+/y;

/**
 * Writes a line, without its end.
 *
 * @param word printable ASCII without blanks or quotes
 * @param fields keys are letters, digits, `_`, `.` and `-`
 */
export function formatRecord(word: string, fields: readonly Field[]): string {
  let line = word;
  for (const [key, value] of fields) line += ` ${key}=${formatValue(value)}`;
  return line;
}

/** A value as it stands behind its key. */
export function formatValue(value: string): string {
  return BARE.test(value) ? value : printableJson(value);
}

/**
 * Reads a line.
 *
 * @throws NettkError `PROTOCOL` where it is none
 */
export function parseRecord(line: string): RecordLine {
  const end = line.indexOf(' ');
  const word = end === -1 ? line : line.slice(0, end);
  const fields: Field[] = [];
  let at = word.length;
  while (at < line.length) {
    const field = line[at] === ' ' ? fieldAt(line, at + 1) : undefined;
    if (!field) break;
    fields.push([field.key, field.value]);
    at = field.end;
  }
  if (word !== '' && at === line.length) return { word, fields };
  throw new NettkError({ code: 'PROTOCOL', action: 'read an answer', reason: 'not a word and key=value pairs' });
}

/** A field that begins at a place, and where it ends; undefined where there is none. */
export function fieldAt(line: string, start: number): { key: string; value: string; end: number } | undefined {
  KEY.lastIndex = start;
  const key = KEY.exec(line)?.[1];
  if (key === undefined) return undefined;
  const at = KEY.lastIndex;
  const pattern = line[at] === '"' ? QUOTED : UNQUOTED;
  pattern.lastIndex = at;
  const text = pattern.exec(line)?.[0];
  const value = text === undefined ? undefined : pattern === QUOTED ? unquote(text) : text;
  return value === undefined ? undefined : { key, value, end: pattern.lastIndex };
}

function unquote(text: string): string | undefined {
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}

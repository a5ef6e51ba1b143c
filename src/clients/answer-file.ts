/** Keeps a name server's answers in a file of the user's, so that commands have them too; it is no loss where it is lost. */

import { NettkError } from '../errors.ts';
import { readCacheFile, writeCacheFile } from '../host/cache-file.ts';
import { formatRecord, parseRecord } from '../protocols/record-line.ts';
import type { AnswerStore, KeptAnswer } from './answer-cache.ts';

/** The most that the file may hold, in bytes, and the most of one answer, in characters. */
const MAX_FILE_BYTES = 1_048_576;
const MAX_ANSWER_LENGTH = 65_536;
/** Answers in the file at most; the oldest go. */
const MAX_ANSWERS = 200;
/** What the file says first: another version is not read. */
const VERSION = 'nettk names 1';

/** Answers by server and name, each with its time in Unix milliseconds. */
export class AnswerFile implements AnswerStore {
  readonly #path: string;
  readonly #server: string;

  /** @param server what tells one name server's answers from another's, without blanks */
  constructor(path: string, server: string) {
    this.#path = path;
    this.#server = server;
  }

  load(key: string): KeptAnswer | undefined {
    return this.#read().get(this.#keyOf(key));
  }

  save(key: string, answer: KeptAnswer): void {
    if (linesOf(answer).join('\n').length > MAX_ANSWER_LENGTH) this.drop(key);
    else this.#write((all) => all.set(this.#keyOf(key), answer));
  }

  drop(key?: string): void {
    const all = this.#read();
    if (key !== undefined && !all.has(this.#keyOf(key))) return;
    this.#write((found) => {
      for (const each of all.keys())
        if (key === undefined ? each.startsWith(`${this.#server} `) : each === this.#keyOf(key)) found.delete(each);
    });
  }

  #keyOf(key: string): string {
    return `${this.#server} ${key}`;
  }

  /** Who writes at the same time may win: the other's answer is asked for again. */
  #write(change: (all: Map<string, KeptAnswer>) => unknown): void {
    const all = this.#read();
    change(all);
    const newest = [...all].sort(([, one], [, other]) => other.at - one.at).slice(0, MAX_ANSWERS);
    const entries = newest.map(([key, answer]) => [key, answer.at, linesOf(answer)]);
    writeCacheFile(this.#path, [VERSION, ...entries.map((entry) => JSON.stringify(entry)), ''].join('\n'));
  }

  /** A line that is none of ours is left out. */
  #read(): Map<string, KeptAnswer> {
    const [version, ...lines] = (readCacheFile(this.#path, MAX_FILE_BYTES) ?? '').split('\n');
    return new Map(version === VERSION ? lines.flatMap(readEntry) : []);
  }
}

const linesOf = ({ records }: KeptAnswer): string[] => records.map(({ word, fields }) => formatRecord(word, fields));

function readEntry(line: string): (readonly [string, KeptAnswer])[] {
  try {
    const entry: unknown = JSON.parse(line);
    const [key, at, lines] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (typeof key !== 'string' || typeof at !== 'number' || !Array.isArray(lines)) return [];
    return [[key, { at, records: lines.map((one) => parseRecord(String(one))) }]];
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof NettkError) return [];
    throw error;
  }
}

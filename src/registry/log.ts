/** The log of who registered and who asked: its records, and how what happens often becomes few of them. */

/** Who asks for something, and how. */
export interface Caller {
  /** Its IP address in canonical form; empty for a Unix socket. */
  readonly address: string;
  readonly port: number;
  /** The face it came to: `line`, `dns`, `http`. */
  readonly face: string;
  /** `reader`s only look; `registrant`s change what is theirs, `admin`s everything. */
  readonly role: 'reader' | 'registrant' | 'admin';
}

/** What is written down. */
export type LogKind =
  | 'register'
  | 'update'
  | 'drop'
  | 'refused'
  | 'lookup'
  /** A lease was not renewed in time. */
  | 'lapsed'
  /** The registry dropped it after too many failures. */
  | 'dropped'
  | 'up'
  | 'suspect'
  | 'down';

/** One line of the log. */
export interface LogRecord {
  /** Grows by one from record to record. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly kind: LogKind;
  readonly name: string;
  /** Empty for lookups. */
  readonly id: string;
  /** The caller's address; empty where it was the registry itself. */
  readonly client: string;
  readonly port: number;
  readonly face: string;
  /** What was answered or found, in a few words. */
  readonly answer: string;
  readonly isCached: boolean;
  /** How often, within a second. */
  readonly count: number;
}

/** Which records are asked for. */
export interface LogQuery {
  readonly name?: string | undefined;
  readonly client?: string | undefined;
  /** Only records older than this number. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Does a record match? */
export function matchesQuery(record: LogRecord, { name, client, before }: LogQuery): boolean {
  return (
    (name === undefined || record.name === name) &&
    (client === undefined || record.client === client) &&
    (before === undefined || record.number < before)
  );
}

/** What a record says, before it has its number and time. */
export type LogEntry = Omit<LogRecord, 'number' | 'time'>;

/** Different lookups kept apart within a second; more are counted together. */
const MAX_KINDS = 5_000;
/** The longest answer written down, in characters. */
const MAX_ANSWER = 120;

/** Entries of a second, the same ones counted. */
export class LogBuffer {
  readonly #entries = new Map<string, { entry: LogEntry; count: number; time: number }>();
  #others = 0;

  /** Counts an entry. */
  add(entry: LogEntry, time: number): void {
    const key = `${entry.kind} ${entry.face} ${entry.client} ${entry.name} ${entry.isCached} ${entry.answer}`;
    const same = this.#entries.get(key);
    if (same) same.count += 1;
    else if (this.#entries.size < MAX_KINDS) this.#entries.set(key, { entry, count: 1, time });
    else this.#others += 1;
  }

  /** Takes what is in it, in the order in which each came first. */
  take(time: number): readonly (LogEntry & { readonly time: number })[] {
    const taken = [...this.#entries.values()].map(({ entry, count, time: at }) => ({ ...entry, count, time: at }));
    if (this.#others > 0) {
      const answer = 'more different ones than are written down singly';
      taken.push({ ...NOBODY, kind: 'lookup', name: '', id: '', answer, count: this.#others, time });
    }
    this.#entries.clear();
    this.#others = 0;
    return taken;
  }
}

/** Who a record is about where the registry itself did something. */
export const NOBODY = { client: '', port: 0, face: '', isCached: false, count: 1 } as const;

/** The part of an entry that says who and over which face. */
export function entryOf(caller: Caller): Pick<LogEntry, 'client' | 'port' | 'face' | 'isCached' | 'count'> {
  const { address, port, face } = caller;
  return { client: address, port, face, isCached: false, count: 1 };
}

/** An answer cut to what is written down. */
export function shortAnswer(answer: string): string {
  return answer.length > MAX_ANSWER ? `${answer.slice(0, MAX_ANSWER)}…` : answer;
}

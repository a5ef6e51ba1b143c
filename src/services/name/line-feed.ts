/** What the line face tells as it happens: changes of the registry, records of the log. */

import { NettkError } from '../../errors.ts';
import type { NameCommand } from '../../protocols/name-line.ts';
import { formatRecord } from '../../protocols/record-line.ts';
import { matchesQuery } from '../../registry/log.ts';
import type { Registry } from '../../registry/registry.ts';
import { changeLine, logLine, presentLine } from './line-answers.ts';

/** A command that asks for one. */
export type FeedCommand = NameCommand & ({ verb: 'watch' } | { verb: 'log' });

/** Where a feed goes. */
export interface FeedSink {
  /** Characters and bytes that wait for the client. */
  readonly waiting: number;
  push(text: string): void;
  /** Resolves when the client has read most of what waits, or is gone. */
  drained(): Promise<void>;
}

/** What may wait for a client before what there is is told more slowly, and before what changes is too much, in bytes. */
const PACE_BYTES = 262_144;
const MAX_WAITING_BYTES = 8_388_608;
/** Changes that wait while what there is is being told. */
const MAX_HELD = 100_000;

/** A line that is made when its turn comes; undefined where it was told already. */
type Telling = () => string | undefined;

/** What a feed tells. */
interface Source {
  /** What there is. */
  readonly present: Iterable<string> | AsyncIterable<string>;
  /** What comes, from now on, until the returned function is called. */
  subscribe(tell: (line: Telling) => void): () => void;
}

/** Tells what there is at the pace of its client, then what changes as it happens. */
export class Feed {
  readonly #sink: FeedSink;
  readonly #onEnd: (error: NettkError) => void;
  readonly #unsubscribe: () => void;
  /** Changes that came while what there is was being told; undefined when that is done. */
  #held: Telling[] | undefined = [];
  #isOver = false;

  /**
   * Begins.
   *
   * @param onEnd is told why the feed is over: the client reads too slowly and has missed something, say
   */
  constructor(command: FeedCommand, registry: Registry, sink: FeedSink, onEnd: (error: NettkError) => void) {
    this.#sink = sink;
    this.#onEnd = onEnd;
    const source = command.verb === 'watch' ? changesOf(command, registry) : logOf(command, registry);
    this.#unsubscribe = source.subscribe((line) => this.#take(line, command.verb));
    this.#tellPresent(source.present).catch((error: unknown) => this.#end(error));
  }

  /** Tells nothing more. */
  stop(): void {
    this.#isOver = true;
    this.#unsubscribe();
  }

  async #tellPresent(lines: Source['present']): Promise<void> {
    for await (const line of lines) {
      if (this.#isOver) return;
      this.#sink.push(`${line}\n`);
      if (this.#sink.waiting > PACE_BYTES) await this.#sink.drained();
    }
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const line of held) this.#tell(line);
  }

  #take(line: Telling, verb: string): void {
    if (this.#isOver) return;
    const isLate = this.#held ? this.#held.length >= MAX_HELD : this.#sink.waiting > MAX_WAITING_BYTES;
    if (isLate)
      this.#end(new NettkError({ code: 'BUSY', action: verb, reason: 'read too slowly, and missed something' }));
    else if (this.#held) this.#held.push(line);
    else this.#tell(line);
  }

  #tell(line: Telling): void {
    const text = this.#isOver ? undefined : line();
    if (text !== undefined) this.#sink.push(`${text}\n`);
  }

  #end(error: unknown): void {
    if (this.#isOver) return;
    this.stop();
    if (!(error instanceof NettkError)) throw error;
    this.#onEnd(error);
  }
}

function changesOf(command: FeedCommand & { verb: 'watch' }, registry: Registry): Source {
  const name = command.name?.toLowerCase();
  return {
    present: presentOf(name, command.since, registry),
    subscribe: (tell) =>
      registry.changes.subscribe((change) => {
        if (name === undefined || change.name === name) tell(() => changeLine(change));
      }),
  };
}

/** What there is, or what was missed since a number: each as it is when its turn comes. */
function* presentOf(name: string | undefined, since: number | undefined, registry: Registry): Generator<string, void> {
  const missed = since === undefined ? undefined : registry.changes.since(since, name);
  if (missed) {
    yield* missed.map(changeLine);
    return;
  }
  // Who named a number that is too old is told that all of this is news.
  if (since !== undefined) yield formatRecord(String(registry.changes.index), [['event', 'reset']]);
  for (const service of registry.services()) {
    if (name !== undefined && service.name !== name) continue;
    for (const instance of service.instances.values()) yield presentLine(instance);
  }
}

/** The last records, then those that are written; none twice. */
function logOf(command: FeedCommand & { verb: 'log' }, registry: Registry): Source {
  const query = { name: command.service?.toLowerCase(), client: command.client, limit: command.count };
  let newest = 0;
  async function* present(): AsyncGenerator<string, void> {
    const records = await registry.logRecords(query);
    newest = records[0]?.number ?? 0;
    yield* records.reverse().map(logLine);
  }
  return {
    present: present(),
    subscribe: (tell) =>
      registry.followLog((record) => {
        if (matchesQuery(record, query)) tell(() => (record.number > newest ? logLine(record) : undefined));
      }),
  };
}

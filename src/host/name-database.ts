/**
 * The name server's database: SQLite in WAL mode, every commit on disk before it is answered (sqlite.org/wal.html,
 * `synchronous=FULL`). The file is locked for as long as it is open.
 */

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { NettkError, wrapSystemError } from '../errors.ts';
import type { StoredInstance } from '../registry/instance.ts';
import type { LogKind, LogQuery, LogRecord } from '../registry/log.ts';
import type { LogLimits, Store, StoreChange, StoreContents } from '../registry/store.ts';
import { databaseError } from './database-errors.ts';

/** What tells our databases from others: "nttk". */
const APPLICATION_ID = 0x6e74746b;
/** Records forgotten in one go: more would hold up everybody else. */
const MAX_TRIMMED = 5_000;
/**
 * Records looked at in one go. The log has no indices: they would make every registration write several pages in the middle
 * of the file, for the sake of questions that few ask.
 */
const MAX_SCANNED = 10_000;

/**
 * What takes a database from each version to the next. New rows stand at the end, and no table has an index: so a commit
 * writes a few pages, however many instances it is of and whatever they are called. Rows are found by their numbers.
 */
const MIGRATIONS = [
  `CREATE TABLE numbers (what TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE instances (
     name TEXT NOT NULL, id TEXT NOT NULL, owner TEXT NOT NULL, status TEXT NOT NULL,
     registered INTEGER NOT NULL, changed INTEGER NOT NULL, registration TEXT NOT NULL,
     PRIMARY KEY (name, id)) STRICT;
   CREATE TABLE log (
     number INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL,
     client TEXT NOT NULL, port INTEGER NOT NULL, face TEXT NOT NULL, answer TEXT NOT NULL, cached INTEGER NOT NULL,
     count INTEGER NOT NULL) STRICT;`,
  `ALTER TABLE instances RENAME TO indexed;
   CREATE TABLE instances (
     number INTEGER PRIMARY KEY, name TEXT NOT NULL, id TEXT NOT NULL, owner TEXT NOT NULL, status TEXT NOT NULL,
     registered INTEGER NOT NULL, changed INTEGER NOT NULL, registration TEXT NOT NULL) STRICT;
   INSERT INTO instances (name, id, owner, status, registered, changed, registration)
     SELECT name, id, owner, status, registered, changed, registration FROM indexed;
   DROP TABLE indexed;`,
];

/**
 * Opens a database, or makes one that only its owner may read.
 *
 * @throws NettkError: it cannot be opened or written, another process uses it, it is damaged, no database of ours, or of a
 *   later version of nettk; it is not changed then
 */
export async function openNameDatabase(path: string): Promise<Store> {
  await touch(path);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    prepare(database, path);
    return new NameDatabase(database, path);
  } catch (error) {
    database?.close();
    throw databaseError(error, `open ${path}`);
  }
}

/** SQLite would make a file that others can read, and words failures of the system in its own way. */
async function touch(path: string): Promise<void> {
  try {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    await file.close();
  } catch (error) {
    throw wrapSystemError(error, `open ${path}`);
  }
}

function prepare(database: DatabaseSync, path: string): void {
  database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA trusted_schema = OFF');
  const version = numberOf(database, 'PRAGMA user_version');
  const isOurs = numberOf(database, 'PRAGMA application_id') === APPLICATION_ID;
  const isEmpty = numberOf(database, 'SELECT count(*) FROM sqlite_schema') === 0;
  if (!isOurs && !isEmpty) throw unfit(path, 'it is a database of something else; nothing was changed');
  if (version > MIGRATIONS.length) throw unfit(path, 'a later version of nettk made it; nothing was changed');
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  // This takes the lock, which then stays.
  database.exec('BEGIN IMMEDIATE');
  if (version < MIGRATIONS.length) {
    for (const migration of MIGRATIONS.slice(version)) database.exec(migration);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length}`);
  }
  database.exec('COMMIT');
}

function numberOf(database: DatabaseSync, question: string): number {
  return Number(Object.values(database.prepare(question).get() ?? {})[0]);
}

function unfit(path: string, reason: string): NettkError {
  return new NettkError({ code: 'DAMAGED', action: `open ${path}`, reason });
}

class NameDatabase implements Store {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #put: StatementSync;
  readonly #drop: StatementSync;
  readonly #status: StatementSync;
  readonly #reserve: StatementSync;
  readonly #record: StatementSync;
  readonly #questions = new Map<string, StatementSync>();
  /** The number of each instance's row, by name and id. */
  readonly #rows = new Map<string, number>();
  #lastRow = 0;

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
    this.#put = database.prepare('INSERT OR REPLACE INTO instances VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
    this.#drop = database.prepare('DELETE FROM instances WHERE number = ?');
    this.#status = database.prepare('UPDATE instances SET status = ?, changed = ? WHERE number = ?');
    this.#reserve = database.prepare(`INSERT OR REPLACE INTO numbers VALUES ('reserved', ?)`);
    this.#record = database.prepare('INSERT OR REPLACE INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  }

  async load(): Promise<StoreContents> {
    return this.#do('read', () => {
      const instances: StoredInstance[] = [];
      this.#rows.clear();
      for (const row of this.#database.prepare('SELECT * FROM instances').iterate()) {
        const instance = instanceOf(row, this.#path);
        this.#lastRow = Number(row['number']);
        const key = keyOf(instance.registration);
        if (this.#rows.has(key)) throw damaged(this.#path);
        this.#rows.set(key, this.#lastRow);
        instances.push(instance);
      }
      return {
        instances,
        reserved: numberOf(this.#database, `SELECT coalesce(max(value), 0) FROM numbers WHERE what = 'reserved'`),
        lastRecord: numberOf(this.#database, 'SELECT coalesce(max(number), 0) FROM log'),
      };
    });
  }

  async commit(changes: readonly StoreChange[]): Promise<void> {
    const rows = new Map<string, number | undefined>();
    const lastRow = this.#lastRow;
    try {
      this.#do('save', () => {
        this.#database.exec('BEGIN IMMEDIATE');
        for (const change of changes) this.#write(change, rows);
        this.#database.exec('COMMIT');
      });
    } catch (error) {
      this.#lastRow = lastRow;
      throw error;
    }
    for (const [key, row] of rows) {
      if (row === undefined) this.#rows.delete(key);
      else this.#rows.set(key, row);
    }
  }

  async records({ name, client, before, limit }: LogQuery): Promise<LogRecord[]> {
    const found: LogRecord[] = [];
    const conditions = [
      name === undefined ? '' : ' AND name = :name',
      client === undefined ? '' : ' AND client = :client',
    ];
    const values = { ...(name !== undefined && { name }), ...(client !== undefined && { client }) };
    const statement = this.#question(conditions.join(''));
    const first = this.#do('read', () => numberOf(this.#database, 'SELECT coalesce(min(number), 0) FROM log'));
    const last = this.#do('read', () => numberOf(this.#database, 'SELECT coalesce(max(number), 0) FROM log'));
    for (let above = Math.min(before ?? Number.MAX_SAFE_INTEGER, last + 1); above > first; above -= MAX_SCANNED) {
      const asked = { ...values, above, from: above - MAX_SCANNED, limit: limit - found.length };
      found.push(...this.#do('read', () => statement.all(asked).map(recordOf)));
      if (found.length === limit) break;
      // Others have their turn.
      await new Promise((resolve) => setImmediate(resolve));
      if (!this.#database.isOpen) break;
    }
    return found;
  }

  async trim({ records, ageMs }: LogLimits, wall: number): Promise<void> {
    this.#do('save', () => {
      const newest = numberOf(this.#database, 'SELECT coalesce(max(number), 0) FROM log');
      const isOver = (row: Record<string, unknown>): boolean =>
        Number(row['number']) <= newest - records || Number(row['time']) < wall - ageMs;
      let last: number | undefined;
      for (const row of this.#database
        .prepare('SELECT number, time FROM log ORDER BY number LIMIT ?')
        .iterate(MAX_TRIMMED)) {
        if (!isOver(row)) break;
        last = Number(row['number']);
      }
      if (last !== undefined) this.#database.prepare('DELETE FROM log WHERE number <= ?').run(last);
    });
  }

  async close(): Promise<void> {
    this.#do('close', () => this.#database.close());
  }

  #question(conditions: string): StatementSync {
    const known = this.#questions.get(conditions);
    if (known) return known;
    const range = 'number < :above AND number >= :from';
    const statement = this.#do('read', () =>
      this.#database.prepare(`SELECT * FROM log WHERE ${range}${conditions} ORDER BY number DESC LIMIT :limit`),
    );
    this.#questions.set(conditions, statement);
    return statement;
  }

  /** @param rows what the commit has done so far */
  #write(change: StoreChange, rows: Map<string, number | undefined>): void {
    if (change.kind === 'reserve') this.#reserve.run(change.index);
    else if (change.kind === 'record') this.#writeRecord(change.record);
    else {
      const key = keyOf(change.kind === 'put' ? change.instance.registration : change);
      const row = rows.has(key) ? rows.get(key) : this.#rows.get(key);
      if (change.kind === 'put') rows.set(key, this.#putAt(row ?? this.#nextRow(), change.instance));
      else if (row !== undefined && change.kind === 'status') this.#status.run(change.status, change.changedAt, row);
      else if (row !== undefined) {
        this.#drop.run(row);
        rows.set(key, undefined);
      }
    }
  }

  #nextRow(): number {
    this.#lastRow += 1;
    return this.#lastRow;
  }

  #putAt(row: number, { registration, owner, status, registeredAt, changedAt }: StoredInstance): number {
    const { name, id } = registration;
    this.#put.run(row, name, id, owner, status, registeredAt, changedAt, JSON.stringify(registration));
    return row;
  }

  #writeRecord({ number, time, kind, name, id, client, port, face, answer, isCached, count }: LogRecord): void {
    this.#record.run(number, time, kind, name, id, client, port, face, answer, isCached ? 1 : 0, count);
  }

  /** Does something with the database; what is half done where it fails is taken back. */
  #do<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw databaseError(error, `${what} ${this.#path}`);
    }
  }
}

type Row = Readonly<Record<string, unknown>>;

function instanceOf(row: Row, path: string): StoredInstance {
  try {
    const registration = JSON.parse(String(row['registration']));
    if (keyOf(registration) !== `${row['name']}/${row['id']}`) throw new TypeError('two names in one row');
    return {
      registration,
      owner: String(row['owner']),
      status: String(row['status']) as StoredInstance['status'],
      registeredAt: Number(row['registered']),
      changedAt: Number(row['changed']),
    };
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function damaged(path: string, cause?: unknown): NettkError {
  const reason = 'the database is damaged; nothing was changed';
  return new NettkError({ code: 'DAMAGED', action: `read ${path}`, reason, cause });
}

/** A name has no slash. */
const keyOf = ({ name, id }: { readonly name: string; readonly id: string }): string => `${name}/${id}`;

function recordOf(row: Row): LogRecord {
  return {
    number: Number(row['number']),
    time: Number(row['time']),
    kind: String(row['kind']) as LogKind,
    name: String(row['name']),
    id: String(row['id']),
    client: String(row['client']),
    port: Number(row['port']),
    face: String(row['face']),
    answer: String(row['answer']),
    isCached: row['cached'] === 1,
    count: Number(row['count']),
  };
}

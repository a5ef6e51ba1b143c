/** What SQLite's result codes (sqlite.org/rescode.html) are in the table of errors. */

import { type ErrorCode, NettkError } from '../errors.ts';

interface SqliteError extends Error {
  /** The extended result code; its low byte is the primary one. */
  readonly errcode?: number;
}

const MEANINGS: Readonly<Record<number, { readonly code: ErrorCode; readonly reason?: string }>> = {
  3: { code: 'EACCES' },
  5: { code: 'BUSY', reason: 'another process uses it' },
  7: { code: 'ENOMEM' },
  8: { code: 'EROFS', reason: 'it cannot be written to' },
  10: { code: 'EIO' },
  11: { code: 'DAMAGED', reason: 'the database is damaged; nothing was changed' },
  13: { code: 'ENOSPC' },
  14: { code: 'EIO', reason: 'it cannot be opened' },
  26: { code: 'DAMAGED', reason: 'it is no database; nothing was changed' },
};

/** A failure of SQLite as ours; anything else that was thrown as it is. */
export function databaseError(error: unknown, action: string): unknown {
  if (error instanceof NettkError || !(error instanceof Error)) return error;
  const { errcode } = error as SqliteError;
  if (errcode === undefined) return error;
  const meaning = MEANINGS[errcode & 0xff] ?? { code: 'DAMAGED', reason: error.message };
  return new NettkError({ ...meaning, action, cause: error });
}

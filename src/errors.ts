/** The one error class and the one table: a code, who is to blame, and so the exit status. */

/** Who has to act: the peer or network, the person typing, nettk itself, or nobody because a deadline passed as asked. */
export type Blame = 'them' | 'you' | 'us' | 'deadline';

/** The exit status each blame leads to; curl's numbers in `web` are the only exception. */
export const EXIT_STATUS: Readonly<Record<Blame, number>> = { them: 1, you: 2, us: 70, deadline: 124 };

interface ErrorRow {
  readonly blame: Blame;
  readonly text: string;
}

const them = (text: string): ErrorRow => ({ blame: 'them', text });
const you = (text: string): ErrorRow => ({ blame: 'you', text });

/** Every code a person can meet; `docs/errors.md` is this table. System codes start with `E`, ours are plain words. */
export const ERRORS = {
  ECONNREFUSED: them('connection refused'),
  ECONNRESET: them('connection reset by peer'),
  ECONNABORTED: them('connection aborted'),
  ETIMEDOUT: them('timed out'),
  EHOSTUNREACH: them('no route to host'),
  ENETUNREACH: them('network unreachable'),
  EHOSTDOWN: them('host is down'),
  ENOTFOUND: them('host name not found'),
  EAI_AGAIN: them('name service not reachable'),
  EADDRINUSE: them('address already in use'),
  EADDRNOTAVAIL: them('address not available on this machine'),
  EPIPE: them('the other side stopped reading'),
  EMSGSIZE: them('message too long for a datagram'),
  EMFILE: them('too many open files'),
  ENFILE: them('too many open files on this machine'),
  ENOBUFS: them('no buffer space'),
  ENOMEM: them('out of memory'),
  EAGAIN: them('too many processes'),
  ENOSPC: them('no space left on device'),
  EDQUOT: them('disk quota exceeded'),
  EIO: them('input/output error'),
  EROFS: them('read-only file system'),
  EACCES: you('permission denied'),
  EPERM: you('operation not permitted'),
  ENOENT: you('no such file or directory'),
  EISDIR: you('is a directory'),
  ENOTDIR: you('not a directory'),
  EEXIST: you('file exists'),
  ELOOP: you('too many symbolic links'),
  ENAMETOOLONG: you('name too long'),
  EINVAL: you('invalid argument'),
  E2BIG: you('argument list too long'),
  ENOEXEC: you('not a program'),
  EAFNOSUPPORT: you('address family not supported'),
  USAGE: you('wrong usage'),
  UNKNOWN_SERVICE: you('unknown service name'),
  BAD_ENDPOINT: you('not an address'),
  TIMEOUT: them('timed out'),
  IDLE: them('nothing moved for too long'),
  NO_ANSWER: them('no answer'),
  PROTOCOL: them('the other side broke the protocol'),
  TOO_LONG: them('longer than the limit'),
  UNVERIFIED: them('not verified'),
  NOT_FOUND: them('not found'),
  DAMAGED: them('damaged'),
  BUSY: them('too many requests at once'),
  CANCELLED: them('cancelled'),
  REFUSED: them('refused'),
  DEADLINE: { blame: 'deadline', text: 'deadline passed' },
  BUG: { blame: 'us', text: 'a bug in nettk' },
} as const satisfies Readonly<Record<string, ErrorRow>>;

/** A code of the table. */
export type ErrorCode = keyof typeof ERRORS;

/** The facts an error is made of; its message is composed from them. */
export interface ErrorFacts {
  readonly code: ErrorCode;
  /** What was being done, and to what: `connect tcp://127.0.0.1:9`, `option --port`. */
  readonly action: string;
  /** Why it failed; left out, the table's text. */
  readonly reason?: string;
  /** What to try, without the leading "try". */
  readonly hint?: string | undefined;
  /** Replaces the table's blame where the call knows better: a missing socket file is the server's, not yours. */
  readonly blame?: Blame;
  /** Replaces the exit status that the blame gives (`web` uses curl's numbers). */
  readonly exit?: number;
  readonly cause?: unknown;
}

const isSystemCode = (code: string): boolean => /^E[A-Z\d]/.test(code);

/**
 * Every expected failure. The message is `action: reason (ECODE)`; anything that is not a NettkError is a bug of ours.
 *
 * @example new NettkError({ code: 'ECONNREFUSED', action: 'connect tcp://127.0.0.1:9' }).message
 */
export class NettkError extends Error {
  override readonly name = 'NettkError';
  readonly code: ErrorCode;
  readonly action: string;
  /** Why it failed, without what was being done. */
  readonly reason: string;
  readonly blame: Blame;
  readonly exit: number;
  readonly hint: string | undefined;
  readonly #facts: ErrorFacts;

  constructor(facts: ErrorFacts) {
    const row = ERRORS[facts.code];
    const code = isSystemCode(facts.code) ? ` (${facts.code})` : '';
    const reason = facts.reason ?? row.text;
    super(`${facts.action}: ${reason}${code}`, { cause: facts.cause });
    this.code = facts.code;
    this.action = facts.action;
    this.reason = reason;
    this.blame = facts.blame ?? row.blame;
    this.exit = facts.exit ?? EXIT_STATUS[this.blame];
    this.hint = facts.hint;
    this.#facts = facts;
  }

  /** The same failure with another exit status (`web` uses curl's numbers). */
  withExit(exit: number): NettkError {
    return new NettkError({ ...this.#facts, exit });
  }
}

/** The `code` of a thrown system error, looking into the first cause of an AggregateError; empty where there is none. */
export function errorCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

/**
 * Wraps a system error once, where the call was made. A NettkError passes through; an error without a code in the
 * table keeps its own words and is the peer's fault.
 */
export function wrapSystemError(error: unknown, action: string, more: Partial<ErrorFacts> = {}): NettkError {
  if (error instanceof NettkError) return error;
  const code = errorCode(error);
  if (code in ERRORS) return new NettkError({ code: code as ErrorCode, action, cause: error, ...more });
  const text = error instanceof Error ? error.message : String(error);
  const reason = code && !text.includes(code) ? `${text} (${code})` : text;
  return new NettkError({ code: 'PROTOCOL', action, reason, cause: error, ...more });
}

/** A usage error: exit 2, one line, and what to try. */
export function usageError(action: string, reason: string, hint?: string): NettkError {
  return new NettkError({ code: 'USAGE', action, reason, hint });
}

/** Looks a service up for a command: at the name server, and in what it said before. */

import type { Answer, AnswerStore } from '../clients/answer-cache.ts';
import type { Io } from './io.ts';
import type { NameServerChoice } from './name-server.ts';

/** How a command looks a service up. */
export interface LookupChoice extends NameServerChoice {
  readonly timeoutMs: number;
  readonly token?: string | undefined;
  /** An answer that may still be kept will do. */
  readonly mayBeKept?: boolean;
  /** Nothing is read from the cache, or written to it. */
  readonly isUnkept?: boolean;
  /** How long the last answer will do while the server is down, in milliseconds. */
  readonly staleMs?: number | undefined;
}

/**
 * Looks a service up, and says so where the answer is an old one.
 *
 * @throws NettkError as a resolver's lookup
 */
export async function lookUp(name: string, choice: LookupChoice, io: Io): Promise<Answer> {
  const { AnswerCache } = await import('../clients/answer-cache.ts');
  const { askLookup, checkedName, STALE_MS } = await import('../clients/resolver.ts');
  const { formatEndpoint } = await import('../net/endpoint.ts');
  const { timeoutMs, tls, token, staleMs = STALE_MS, mayBeKept = false } = choice;
  checkedName(name);
  const { signal } = io;
  const server = await choice.server(signal);
  const cache = new AnswerCache({
    store: choice.isUnkept ? NOTHING : await answerStore(formatEndpoint(server), io.env),
    ask: (asked) => askLookup(server, asked, { timeoutMs, signal, tls, token }),
    now: Date.now,
    staleMs,
    negativeMs: 0,
  });
  const answer = await cache.lookup(name, mayBeKept);
  if (answer.source === 'stale') {
    io.note(`${answer.error?.message}; this is its answer of ${Math.round(answer.ageMs / 1_000)} s ago`);
  }
  return answer;
}

/** What this user's commands know of a name server's answers is no longer true of a service. */
export async function forgetAnswer(name: string, server: string, env: Io['env']): Promise<void> {
  (await answerStore(server, env)).drop(name.toLowerCase());
}

const NOTHING: AnswerStore = { load: () => undefined, save: () => {}, drop: () => {} };

/** In the user's folder for what can be had again (XDG Base Directory Specification). */
async function answerStore(server: string, env: Io['env']): Promise<AnswerStore> {
  const chosen = env['XDG_CACHE_HOME'] ?? '';
  const home = env['HOME'] ?? '';
  const folder = chosen.startsWith('/') ? chosen : home.startsWith('/') ? `${home}/.cache` : undefined;
  if (folder === undefined) return NOTHING;
  const { AnswerFile } = await import('../clients/answer-file.ts');
  return new AnswerFile(`${folder}/nettk/names`, server);
}

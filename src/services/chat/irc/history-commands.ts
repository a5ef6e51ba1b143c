/** CHATHISTORY (IRCv3 draft/chathistory): LATEST, BEFORE, AFTER, BETWEEN and AROUND, of rooms the asker is in. */

import type { HistoryPoint, Said } from '../history.ts';
import { MAX_HISTORY_REPLY } from '../limits.ts';
import type { Room } from '../room.ts';
import { tellingOf } from '../speech.ts';
import type { IrcCommands } from './commands.ts';
import type { IrcSession } from './session.ts';
import { userOf } from './user-commands.ts';

/** It, by name. */
export const HISTORY_COMMANDS: IrcCommands = {
  CHATHISTORY: { needs: 2, cost: 2, run: (session, { params }) => tellHistory(session, params) },
};

/** What a subcommand takes besides the room, and which messages it picks. */
interface Selector {
  readonly points: number;
  pick(room: Room, points: readonly (HistoryPoint | '*')[], limit: number): Said[];
}

const known = (point: HistoryPoint | '*' | undefined): HistoryPoint | undefined => (point === '*' ? undefined : point);

const SELECTORS: ReadonlyMap<string, Selector> = new Map<string, Selector>([
  [
    'LATEST',
    { points: 1, pick: ({ history }, [point], limit) => history.range({ after: known(point), limit, keep: 'newest' }) },
  ],
  [
    'BEFORE',
    {
      points: 1,
      pick: ({ history }, [point], limit) => history.range({ before: known(point), limit, keep: 'newest' }),
    },
  ],
  [
    'AFTER',
    { points: 1, pick: ({ history }, [point], limit) => history.range({ after: known(point), limit, keep: 'oldest' }) },
  ],
  ['BETWEEN', { points: 2, pick: between }],
  ['AROUND', { points: 1, pick: around }],
]);

function between({ history }: Room, [a, b]: readonly (HistoryPoint | '*')[], limit: number): Said[] {
  const forward = history.range({ after: known(a), before: known(b), limit, keep: 'oldest' });
  if (forward.length > 0) return forward;
  return history.range({ after: known(b), before: known(a), limit, keep: 'newest' });
}

function around({ history }: Room, [point]: readonly (HistoryPoint | '*')[], limit: number): Said[] {
  const place = known(point);
  return place ? history.around(place, limit) : history.range({ limit, keep: 'newest' });
}

function tellHistory(session: IrcSession, [verb = '', name = '', ...rest]: readonly string[]): void {
  const selector = SELECTORS.get(verb.toUpperCase());
  const fail = (code: string, context: readonly string[], text: string): void =>
    session.fail('CHATHISTORY', code, context, text);
  if (!selector) {
    fail('UNKNOWN_COMMAND', [verb.slice(0, 40)], 'Not LATEST, BEFORE, AFTER, BETWEEN or AROUND');
    return;
  }
  const points = rest.slice(0, selector.points).map(readPoint);
  const limit = Number(rest[selector.points]);
  if (points.length < selector.points || points.includes(undefined) || !Number.isInteger(limit) || limit < 1) {
    fail('INVALID_PARAMS', [verb.toUpperCase()], 'Not timestamp=…, msgid=… and a limit');
    return;
  }
  const room = session.house.findRoom(name);
  if (!room?.members.has(userOf(session))) {
    fail('INVALID_TARGET', [verb.toUpperCase(), name], 'You are not in that room');
    return;
  }
  const { dialect } = userOf(session);
  const all = selector.pick(room, points as (HistoryPoint | '*')[], Math.min(limit, MAX_HISTORY_REPLY));
  session.sendBatch(
    'chathistory',
    [room.name],
    all.flatMap((said) => tellingOf(said, room).tagged(dialect)),
  );
}

function readPoint(text: string): HistoryPoint | '*' | undefined {
  if (text === '*') return '*';
  const [, kind, value = ''] = /^(timestamp|msgid)=(.+)$/.exec(text) ?? [];
  // The pieces of a long message have its name and a number.
  if (kind === 'msgid') return { id: value.replace(/^(\w+-\w+)-\d+$/, '$1') };
  const at = Date.parse(value);
  return kind === 'timestamp' && !Number.isNaN(at) ? { at } : undefined;
}

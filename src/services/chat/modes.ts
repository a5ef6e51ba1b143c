/** Changing a room's modes: `+o ann`, `-k`, `+l 20` (RFC 2811, section 4; CHANMODES=b,k,l,imnst, PREFIX=(ov)@+). */

import { foldIrc, MAX_IRC_BYTES } from '../../protocols/irc.ts';
import type { House } from './house.ts';
import { LENGTHS, MAX_LIST_LENGTH, MAX_MODE_CHANGES } from './limits.ts';
import { ChatRefusal, REFUSALS } from './refusal.ts';
import { type Room, type RoomFlag, wholeMask } from './room.ts';
import type { User } from './user.ts';

/** One change, as it was asked for. */
interface Change {
  readonly sign: '+' | '-';
  readonly letter: string;
  readonly value: string | undefined;
}

/** Letters of one MODE that count. */
const MAX_LETTERS = 50;
/** The longest mask of a ban, in bytes. */
const MAX_MASK_BYTES = 120;
const FLAGS: ReadonlySet<string> = new Set<RoomFlag>(['i', 'm', 'n', 's', 't']);
const TAKES_VALUE: Readonly<Record<string, string>> = { '+': 'bklov', '-': 'bkov' };

/**
 * Changes a room's modes, as many of them as can be; the room is told of those in one line.
 *
 * @param onRefused hears of each that cannot
 */
export function changeModes(
  house: House,
  user: User,
  room: Room,
  words: readonly string[],
  onRefused: (refusal: ChatRefusal) => void,
): void {
  const [letters = '', ...values] = words;
  const done: Change[] = [];
  for (const change of readChanges(letters, values)) {
    try {
      if (!room.isRunBy(user)) throw REFUSALS.notOperator(room.name);
      const made = makeChange(house, user, room, change);
      if (made) done.push(made);
    } catch (error) {
      if (!(error instanceof ChatRefusal)) throw error;
      onRefused(error);
      if (error.numeric === '482') break;
    }
  }
  if (done.length > 0) announce(house, user, room, done);
}

/** Does a mode's letter alone ask for its list: `+b` without a mask? */
export function asksForBans(words: readonly string[]): boolean {
  const [letters = '', ...values] = words;
  return /^[+-]?b$/.test(letters) && values.length === 0;
}

function readChanges(letters: string, values: readonly string[]): Change[] {
  let sign: '+' | '-' = '+';
  let next = 0;
  const changes: Change[] = [];
  for (const letter of letters) {
    if (letter === '+' || letter === '-') {
      sign = letter;
      continue;
    }
    const takes = TAKES_VALUE[sign]?.includes(letter) === true;
    if (takes && next >= MAX_MODE_CHANGES) continue;
    changes.push({ sign, letter, value: takes ? values[next] : undefined });
    if (takes) next += 1;
    if (changes.length === MAX_LETTERS) break;
  }
  return changes;
}

/** What was changed, as it is told; undefined where it was so already. */
function makeChange(house: House, user: User, room: Room, change: Change): Change | undefined {
  const { letter } = change;
  if (FLAGS.has(letter)) return setFlag(room, change);
  if (letter === 'o' || letter === 'v') return setRank(house, room, change);
  if (letter === 'b') return setBan(house, user, room, change);
  if (letter === 'k') return setPassword(room, change);
  if (letter === 'l') return setLimit(room, change);
  throw REFUSALS.unknownMode(letter);
}

function setFlag(room: Room, change: Change): Change | undefined {
  const flag = change.letter as RoomFlag;
  if (room.flags.has(flag) === (change.sign === '+')) return undefined;
  if (change.sign === '+') room.flags.add(flag);
  else room.flags.delete(flag);
  return change;
}

function setRank(house: House, room: Room, change: Change): Change | undefined {
  if (change.value === undefined) throw REFUSALS.needMore('MODE');
  const other = house.findUser(change.value);
  if (!other) throw REFUSALS.noSuchNick(change.value);
  const member = room.members.get(other);
  if (!member) throw REFUSALS.notInRoom(other.nick, room.name);
  const rank = change.letter === 'o' ? 'isOperator' : 'isVoiced';
  if (member[rank] === (change.sign === '+')) return undefined;
  member[rank] = change.sign === '+';
  return { ...change, value: other.nick };
}

function setBan(house: House, user: User, room: Room, change: Change): Change | undefined {
  // A list that is asked for among other changes is nothing to change.
  if (change.value === undefined) return undefined;
  const mask = wholeMask(change.value);
  if (!/^[^\s:]\S*$/.test(change.value) || Buffer.byteLength(mask) > MAX_MASK_BYTES) {
    throw REFUSALS.badParameter(room.name, 'b', '*');
  }
  const key = foldIrc(mask);
  const known = room.bans.get(key);
  if (change.sign === '-') return room.bans.delete(key) && known ? { ...change, value: known.mask } : undefined;
  if (known) return undefined;
  if (room.bans.size >= MAX_LIST_LENGTH) throw REFUSALS.listFull(room.name, mask);
  room.bans.set(key, { mask, by: user.source, at: house.now() });
  return { ...change, value: mask };
}

function setPassword(room: Room, change: Change): Change | undefined {
  if (change.sign === '-') {
    if (room.password === undefined) return undefined;
    room.password = undefined;
    return { ...change, value: '*' };
  }
  const { value } = change;
  if (value === undefined) throw REFUSALS.needMore('MODE');
  if (!/^[\x21-\x2b\x2d-\x7e]+$/.test(value) || value.startsWith(':') || value.length > LENGTHS.key) {
    throw REFUSALS.badParameter(room.name, 'k', '*');
  }
  room.password = value;
  return change;
}

function setLimit(room: Room, change: Change): Change | undefined {
  if (change.sign === '-') {
    if (room.limit === undefined) return undefined;
    room.limit = undefined;
    return change;
  }
  if (change.value === undefined) throw REFUSALS.needMore('MODE');
  const limit = /^\d{1,6}$/.test(change.value) ? Number(change.value) : 0;
  if (limit < 1) throw REFUSALS.badParameter(room.name, 'l', change.value.slice(0, LENGTHS.nick) || '*');
  if (room.limit === limit) return undefined;
  room.limit = limit;
  return { ...change, value: String(limit) };
}

function announce(house: House, user: User, room: Room, done: readonly Change[]): void {
  const head = `:${user.source} MODE ${room.name} `;
  // The key is for members; they are all who hear it.
  for (const words of wordsOf(done, MAX_IRC_BYTES - 2 - head.length)) {
    const plain = `* ${user.nick} sets ${words} in ${room.plainName}`;
    house.announce({ lines: [head + words], plain }, room.members.keys());
  }
}

/** Changes as MODE says them, in as many pieces as it takes. */
function wordsOf(done: readonly Change[], maxBytes: number): string[] {
  const pieces: string[] = [];
  let taken: Change[] = [];
  for (const change of done) {
    if (Buffer.byteLength(wordOf([...taken, change])) > maxBytes) {
      pieces.push(wordOf(taken));
      taken = [];
    }
    taken.push(change);
  }
  return [...pieces, wordOf(taken)];
}

function wordOf(changes: readonly Change[]): string {
  let letters = '';
  let sign = '';
  for (const change of changes) {
    if (change.sign !== sign) letters += change.sign;
    sign = change.sign;
    letters += change.letter;
  }
  return [letters, ...changes.flatMap(({ value }) => value ?? [])].join(' ');
}

/** The options of `chat`: who we are, where we go, and of `--listen`, what kind of chat we host. */

import { usageError } from '../../errors.ts';
import { channelOf, foldIrc, isNickname } from '../../protocols/irc.ts';
import { OUTPUT_OPTIONS, TIMEOUT_OPTION } from '../client-options.ts';
import type { CommonValues } from '../command.ts';
import type { Io } from '../io.ts';
import type { OptionSpecs, OptionValues } from '../option.ts';
import { TLS_TRUST_OPTIONS, type TlsClientValues } from '../tls-options.ts';

/** Of the client. */
export const CHAT_CLIENT_OPTIONS = {
  nick: { type: 'text', alias: 'n', placeholder: 'NICK', describe: 'our name ($USER)' },
  room: { type: 'list', alias: 'r', placeholder: 'ROOM', describe: 'a room to go into (lobby); repeat it for several' },
  password: { type: 'text', describe: "the server's password" },
  history: {
    type: 'integer',
    alias: 'H',
    min: 0,
    max: 1_000,
    placeholder: 'N',
    describe: 'show what was said before (the last 20 at a terminal, nothing in a pipe)',
  },
  stay: { type: 'flag', describe: 'in a pipe: go on listening when the input has ended' },
  ...TIMEOUT_OPTION,
  ...OUTPUT_OPTIONS,
} as const satisfies OptionSpecs;

/** Their values. */
export type ChatClientValues = OptionValues<typeof CHAT_CLIENT_OPTIONS> & CommonValues & TlsClientValues;

/** Of the client, with those of TLS. */
export const CHAT_OPTIONS = { ...CHAT_CLIENT_OPTIONS, ...TLS_TRUST_OPTIONS } as const satisfies OptionSpecs;

/** Messages shown of what was said before, to a person. */
const DEFAULT_HISTORY = 20;
const DEFAULT_ROOM = 'lobby';
const MAX_NICK_LENGTH = 30;
/** Far more than servers take. A nick that fills a line of IRC would get an answer that names no nick, and a wait for nothing. */
const MAX_TYPED_NICK_LENGTH = 64;

/** What the client does, from what was typed. */
export interface ChatPlan {
  readonly nick: string;
  readonly rooms: readonly string[];
  readonly history: number;
}

/**
 * Checks what was typed.
 *
 * @throws NettkError where a nick or room cannot be one
 */
export function planChat(args: ChatClientValues, io: Io): ChatPlan {
  const rooms = args.room.length === 0 ? [DEFAULT_ROOM] : withoutTwins(args.room);
  const wrong = rooms.find((room) => !/^(?!#$)[#&]?[^\s,:\x00-\x1f\x7f]+$/.test(room));
  if (wrong !== undefined) throw usageError(`option --room ${JSON.stringify(wrong)}`, 'not the name of a room');
  const history = args.history ?? (io.stdinIsTty ? DEFAULT_HISTORY : 0);
  return { nick: args.nick === undefined ? ownNick(io) : checkNick(args.nick), rooms, history };
}

/** Each room once, however it is written: a server does not answer who joins again. */
function withoutTwins(rooms: readonly string[]): string[] {
  return [...new Map(rooms.map((room) => [foldIrc(channelOf(room)), room])).values()];
}

function checkNick(nick: string): string {
  if (nick.length > MAX_TYPED_NICK_LENGTH) {
    throw usageError('option --nick', `${nick.length} characters, at most ${MAX_TYPED_NICK_LENGTH}`);
  }
  if (isNickname(nick)) return nick;
  throw usageError(`option --nick ${JSON.stringify(nick)}`, 'letters, digits and -_[]\\`^{|} only, a letter first');
}

/** The user's name, as far as it can be a nick. */
function ownNick({ env }: Io): string {
  const name = (env['USER'] ?? env['LOGNAME'] ?? '').replace(/[^\w-]/g, '').replace(/^[\d-]+/, '');
  return name.slice(0, MAX_NICK_LENGTH) || 'guest';
}

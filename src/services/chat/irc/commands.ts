/** IRC's commands by name: what each needs, what it costs a flooding client, and who runs it. */

import type { IrcMessage } from '../../../protocols/irc.ts';
import { HISTORY_COMMANDS } from './history-commands.ts';
import { QUERY_COMMANDS } from './query-commands.ts';
import { ROOM_COMMANDS } from './room-commands.ts';
import type { IrcSession } from './session.ts';
import { SPEECH_COMMANDS } from './speech-commands.ts';
import { USER_COMMANDS } from './user-commands.ts';

/** One command. */
export interface IrcCommand {
  /** Parameters without which it is answered 461. */
  readonly needs?: number;
  /** Tokens of flood control; 1 where left out. */
  readonly cost?: number;
  readonly isBeforeRegistration?: true;
  /** @throws ChatRefusal where it cannot be done */
  run(session: IrcSession, message: IrcMessage): void;
}

/** Commands by their names in capitals. */
export type IrcCommands = Readonly<Record<string, IrcCommand>>;

const COMMANDS: ReadonlyMap<string, IrcCommand> = new Map(
  [USER_COMMANDS, ROOM_COMMANDS, SPEECH_COMMANDS, HISTORY_COMMANDS, QUERY_COMMANDS].flatMap((some) =>
    Object.entries(some),
  ),
);

/** The command of this name, in capitals. */
export function findCommand(name: string): IrcCommand | undefined {
  return COMMANDS.get(name);
}

/** What a user may not or cannot do: IRC tells it by number, plain lines in words. */

/** A refusal; never a failure of the session. */
export class ChatRefusal extends Error {
  override readonly name = 'ChatRefusal';
  /** IRC's number: `482`. */
  readonly numeric: string;
  /** What the number is about: a nick, a room. */
  readonly params: readonly string[];
  /** The room in which it is said as a notice besides, where clients would not show it. */
  readonly noticeIn: string | undefined;

  constructor(numeric: string, params: readonly string[], text: string, noticeIn?: string) {
    super(text);
    this.noticeIn = noticeIn;
    this.numeric = numeric;
    this.params = params;
  }
}

const named =
  (numeric: string, text: string) =>
  (...params: string[]): ChatRefusal =>
    new ChatRefusal(numeric, params, text);

/** The refusals of RFC 2812, section 5.2, and of modern.ircdocs.horse, by what is wrong. */
export const REFUSALS = {
  noSuchNick: named('401', 'No such nick or room'),
  noSuchRoom: named('403', 'No such room'),
  cannotSend: named('404', 'Cannot send to this room'),
  tooManyRooms: named('405', 'You have joined too many rooms'),
  noOrigin: named('409', 'No origin specified'),
  badCap: named('410', 'Invalid CAP command'),
  noText: named('412', 'No text to send'),
  tooLong: named('417', 'Input line was too long'),
  unknownCommand: named('421', 'Unknown command'),
  noMotd: named('422', 'There is no message of the day'),
  noNick: named('431', 'No nickname given'),
  badNick: named('432', 'Not a nickname: letters, digits and -_[]\\`^{|}, a letter first, 30 at most'),
  nickInUse: named('433', 'Nickname is already in use'),
  notInRoom: named('441', "They aren't in that room"),
  notMember: named('442', "You're not in that room"),
  alreadyThere: named('443', 'is already in the room'),
  notRegistered: named('451', 'You have not registered'),
  needMore: named('461', 'Not enough parameters'),
  alreadyRegistered: named('462', 'You may not reregister'),
  badPassword: named('464', 'Password incorrect'),
  full: named('471', 'Cannot join: the room is full (+l)'),
  unknownMode: named('472', 'is an unknown mode'),
  inviteOnly: named('473', 'Cannot join: by invitation only (+i)'),
  banned: named('474', 'Cannot join: you are banned (+b)'),
  badKey: named('475', 'Cannot join: wrong key (+k)'),
  badRoomName: named('476', 'Not a room: # and letters, digits and _-.+, 64 at most'),
  listFull: named('478', 'The list is full'),
  noPrivileges: named('481', "Permission denied: you're not a server operator"),
  notOperator: named('482', "You're not an operator of the room"),
  noOperatorHost: named('491', 'There is no operator password'),
  unknownUserMode: named('501', 'Unknown mode'),
  otherUser: named('502', 'You can change your own modes only'),
  badParameter: named('696', 'Not a value for this mode'),
} as const;

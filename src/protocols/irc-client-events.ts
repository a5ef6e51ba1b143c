/** What happens in a chat, as a client hears it. Rooms are named without `#`; every text is a peer's and not to be trusted. */

/** One thing that happened. */
export type ChatEvent = ChatSpeech | ChatNews;

/** Somebody said something: in a room, or to us, or we did. */
export interface ChatSpeech {
  readonly event: 'message' | 'action' | 'notice';
  /** Undefined where it is between two people. */
  readonly room?: string | undefined;
  /** Who it is for, where it is for one. */
  readonly to?: string | undefined;
  readonly nick: string;
  readonly text: string;
  /** Unix time in milliseconds. */
  readonly at: number;
  /** It is ours. */
  readonly isOwn: boolean;
  /** It was said before we came. */
  readonly isOld: boolean;
}

/** Anything else. */
export interface ChatNews {
  readonly event:
    | 'joined'
    | 'left'
    | 'kicked'
    | 'nick'
    | 'topic'
    | 'mode'
    | 'invited'
    | 'members'
    | 'away'
    /** We asked for what cannot be done. */
    | 'refused'
    /** An answer of the server, in words. */
    | 'info';
  readonly room?: string | undefined;
  readonly nick?: string | undefined;
  /** A new nick, who was thrown out, or who is invited. */
  readonly to?: string | undefined;
  readonly text?: string | undefined;
  readonly names?: readonly string[] | undefined;
  readonly at: number;
  readonly isOwn: boolean;
}

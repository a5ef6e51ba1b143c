/** Half-duplex rooms, as IRC clients see them. */

import type { Trace } from '../trace-stage.ts';

/** Them. */
export const FLOOR_TRACES: readonly Trace[] = [
  {
    title: 'lets the host begin, and then each wait for the other: 404, and a notice in the room',
    options: { halfDuplex: true },
    steps: `
      * ann in #room
      ann> PRIVMSG #room :anybody here?
      ann< :chat.nettk 404 ann #room :Nobody else is here yet; you speak first (your line was not sent)
      ann< :chat.nettk NOTICE #room :Nobody else is here yet; you speak first (your line was not sent)

      * bob
      bob> JOIN #room
      bob< :{bob} JOIN #room
      bob< :chat.nettk 353 bob = #room :@ann bob
      bob< :chat.nettk 366 bob #room :End of /NAMES list
      bob< :chat.nettk NOTICE #room :Half-duplex: it is ann's turn
      ann< :{bob} JOIN #room
      ann< :chat.nettk NOTICE #room :Half-duplex: it is ann's turn

      bob> PRIVMSG #room :me first
      bob< :chat.nettk 404 bob #room :Not your turn: it is ann's turn (your line was not sent)
      bob< :chat.nettk NOTICE #room :Not your turn: it is ann's turn (your line was not sent)

      ann> PRIVMSG #room :hello
      ann> PRIVMSG #room :one more thing
      ann< :chat.nettk 404 ann #room :Not your turn: it is bob's turn (your line was not sent)
      ann< :chat.nettk NOTICE #room :Not your turn: it is bob's turn (your line was not sent)
      bob< :{ann} PRIVMSG #room :hello

      # What is said to one person is no turn.
      ann> PRIVMSG bob :your turn
      bob> PRIVMSG #room :hello yourself
      ann> PRIVMSG #room :one more thing
      ann< :{bob} PRIVMSG #room :hello yourself
      bob< :{ann} PRIVMSG bob :your turn
      bob< :{ann} PRIVMSG #room :one more thing
    `,
  },
  {
    title: 'lets who has the floor keep it until over, an empty message, or leaving, and says whose it is then',
    options: { halfDuplex: true, floor: 'hold' },
    steps: `
      * ann bob in #room
      ann> PRIVMSG #room :first
      ann> PRIVMSG #room :second
      bob> PRIVMSG #room :and me?
      bob> PRIVMSG #room :
      bob< :{ann} PRIVMSG #room :first
      bob< :{ann} PRIVMSG #room :second
      bob< :chat.nettk 404 bob #room :Not your turn: it is ann's turn (your line was not sent)
      bob< :chat.nettk NOTICE #room :Not your turn: it is ann's turn (your line was not sent)
      bob< :chat.nettk 412 bob :No text to send

      ann> PRIVMSG #room :over
      ann< :chat.nettk NOTICE #room :Half-duplex: it is bob's turn
      bob< :{ann} PRIVMSG #room :over
      bob< :chat.nettk NOTICE #room :Half-duplex: it is bob's turn

      bob> PRIVMSG #room :at last
      bob> PRIVMSG #room :
      ann< :{bob} PRIVMSG #room :at last
      ann< :chat.nettk NOTICE #room :Half-duplex: it is ann's turn
      bob< :chat.nettk NOTICE #room :Half-duplex: it is ann's turn

      * cat in #room
      ann> PRIVMSG #room :bye
      ann> PART #room
      ann< :{ann} PART #room
      bob< :{ann} PRIVMSG #room :bye
      bob< :{ann} PART #room
      bob< :chat.nettk NOTICE #room :Half-duplex: it is the turn of anybody else who speaks first
      cat< :{ann} PRIVMSG #room :bye
      cat< :{ann} PART #room
      cat< :chat.nettk NOTICE #room :Half-duplex: it is the turn of anybody else who speaks first
    `,
  },
  {
    title: 'says in 005 how the floor goes',
    options: { halfDuplex: true, floor: 'hold' },
    steps: `
      * ann
      ann> VERSION
      ann< :chat.nettk 351 ann nettk chat.nettk :{about}
      ann< {supported ann}
      ann< :chat.nettk 005 ann FLOOR=hold :are supported by this server
    `,
  },
];

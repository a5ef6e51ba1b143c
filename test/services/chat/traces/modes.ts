/** MODE, of rooms and of users. */

import type { Trace } from '../trace-stage.ts';

/** Steps that set as many bans as a room takes, five at once. */
function hundredBans(): string {
  const names = Array.from({ length: 20 }, (_, i) => Array.from({ length: 5 }, (_one, j) => `b${i * 5 + j}`));
  return names
    .map(
      (five) =>
        `ann> MODE #room +bbbbb ${five.join(' ')}\nann< :{ann} MODE #room +bbbbb ${five.map((one) => `${one}!*@*`).join(' ')}`,
    )
    .join('\n');
}

/** Them. */
export const MODE_TRACES: readonly Trace[] = [
  {
    title: "says a room's modes and when it was made, its key to members only: 324, 329",
    steps: `
      * ann bob in #room
      * cat
      bob> MODE #Room
      bob< :chat.nettk 324 bob #room +n
      bob< :chat.nettk 329 bob #room <unix>

      ann> MODE #room +tmslk-n 20 secret
      ann< :{ann} MODE #room +tmslk-n 20 secret
      bob< :{ann} MODE #room +tmslk-n 20 secret

      bob> MODE #room
      bob< :chat.nettk 324 bob #room +mstkl secret 20
      bob< :chat.nettk 329 bob #room <unix>

      ann> MODE #room -s
      ann< :{ann} MODE #room -s
      bob< :{ann} MODE #room -s

      cat> MODE #room
      cat< :chat.nettk 324 cat #room +mtkl * 20
      cat< :chat.nettk 329 cat #room <unix>
    `,
  },
  {
    title: 'says only what changed, letters without a sign set',
    steps: `
      * ann in #room
      ann> MODE #room n
      ann> MODE #room +n-n+n
      ann> MODE #room ts-ls+i
      ann> MODE #room -k
      ann> MODE #room +l 5
      ann> MODE #room +l 5
      ann> MODE #room -l+k secret
      ann> MODE #room -k any
      ann< :{ann} MODE #room -n+n
      ann< :{ann} MODE #room +ts-s+i
      ann< :{ann} MODE #room +l 5
      ann< :{ann} MODE #room -l+k secret
      ann< :{ann} MODE #room -k *
    `,
  },
  {
    title: 'makes operators and gives voice, and takes both',
    steps: `
      * ann bob cat in #room
      ann> MODE #room +ovv-v BOB cat bob cat
      ann< :{ann} MODE #room +ovv-v bob cat bob cat
      bob< :{ann} MODE #room +ovv-v bob cat bob cat
      cat< :{ann} MODE #room +ovv-v bob cat bob cat

      # Who has a rank keeps it, without a word.
      bob> MODE #room +o ann
      bob> MODE #room -o ann
      bob> NAMES #room
      bob< :{bob} MODE #room -o ann
      bob< :chat.nettk 353 bob = #room :ann @bob cat
      bob< :chat.nettk 366 bob #room :End of /NAMES list
      ann< :{bob} MODE #room -o ann
      cat< :{bob} MODE #room -o ann
    `,
  },
  {
    title:
      'changes nothing for who may not, is not there, or is told something wrong: 401, 403, 441, 461, 472, 482, 696',
    steps: `
      * ann bob in #room
      * cat
      bob> MODE #room +ti
      bob> MODE #none +t
      bob> MODE #none
      bob> MODE
      bob< :chat.nettk 482 bob #room :You're not an operator of the room
      bob< :chat.nettk 403 bob #none :No such room
      bob< :chat.nettk 403 bob #none :No such room
      bob< :chat.nettk 461 bob MODE :Not enough parameters

      cat> MODE #room +t
      cat< :chat.nettk 482 cat #room :You're not an operator of the room

      ann> MODE #room +o cat
      ann> MODE #room +v nobody
      ann> MODE #room +zt
      ann> MODE #room +o
      ann> MODE #room +k
      ann> MODE #room +l
      ann< :chat.nettk 441 ann cat #room :They aren't in that room
      ann< :chat.nettk 401 ann nobody :No such nick or room
      ann< :chat.nettk 472 ann z :is an unknown mode
      ann< :{ann} MODE #room +t
      ann< :chat.nettk 461 ann MODE :Not enough parameters
      ann< :chat.nettk 461 ann MODE :Not enough parameters
      ann< :chat.nettk 461 ann MODE :Not enough parameters
      bob< :{ann} MODE #room +t

      ann> MODE #room +l none
      ann> MODE #room +l 0
      ann> MODE #room +l -5
      ann> MODE #room +k a,b
      ann> MODE #room +k {k*33}
      ann> MODE #room +b :two words
      ann< :chat.nettk 696 ann #room l none :Not a value for this mode
      ann< :chat.nettk 696 ann #room l 0 :Not a value for this mode
      ann< :chat.nettk 696 ann #room l -5 :Not a value for this mode
      ann< :chat.nettk 696 ann #room k * :Not a value for this mode
      ann< :chat.nettk 696 ann #room k * :Not a value for this mode
      ann< :chat.nettk 696 ann #room b * :Not a value for this mode
    `,
  },
  {
    title: 'takes six changes with a parameter from one MODE',
    steps: `
      * ann in #room
      ann> MODE #room +bbbbbbbt a b c d e f g
      ann< :{ann} MODE #room +bbbbbbt a!*@* b!*@* c!*@* d!*@* e!*@* f!*@*
    `,
  },
  {
    title: 'keeps a list of bans, completes their masks, and says who set them when: 367, 368',
    steps: `
      * ann bob in #room
      ann> MODE #room +bbb cat *@10.0.0.* d?n!*@*
      ann< :{ann} MODE #room +bbb cat!*@* *!*@10.0.0.* d?n!*@*
      bob< :{ann} MODE #room +bbb cat!*@* *!*@10.0.0.* d?n!*@*

      bob> MODE #room b
      bob> MODE #Room +b
      bob< :chat.nettk 367 bob #room cat!*@* {ann} <unix>
      bob< :chat.nettk 367 bob #room *!*@10.0.0.* {ann} <unix>
      bob< :chat.nettk 367 bob #room d?n!*@* {ann} <unix>
      bob< :chat.nettk 368 bob #room :End of channel ban list
      bob< :chat.nettk 367 bob #room cat!*@* {ann} <unix>
      bob< :chat.nettk 367 bob #room *!*@10.0.0.* {ann} <unix>
      bob< :chat.nettk 367 bob #room d?n!*@* {ann} <unix>
      bob< :chat.nettk 368 bob #room :End of channel ban list

      ann> MODE #room +b-b cat *!*@10.0.0.*
      ann> MODE #room -b nobody
      ann< :{ann} MODE #room -b *!*@10.0.0.*
      bob< :{ann} MODE #room -b *!*@10.0.0.*

      * dan
      dan> JOIN #room
      dan< :chat.nettk 474 dan #room :Cannot join: you are banned (+b)
    `,
  },
  {
    title: 'keeps 100 bans and no more: 478',
    steps: `
      * ann in #room
      ${hundredBans()}
      ann> MODE #room +b onemore
      ann> MODE #room -b b0
      ann> MODE #room +b onemore
      ann< :chat.nettk 478 ann #room onemore!*@* :The list is full
      ann< :{ann} MODE #room -b b0!*@*
      ann< :{ann} MODE #room +b onemore!*@*
    `,
  },
  {
    title: "says and changes one's own modes, nobody else's: 221, 401, 501, 502",
    steps: `
      * ann bob
      ann> MODE ann
      ann> MODE ann +i
      ann> MODE Ann i
      ann> MODE ann
      ann> MODE ann -i+i
      ann< :chat.nettk 221 ann +
      ann< :ann MODE ann :+i
      ann< :chat.nettk 221 ann +i
      ann< :ann MODE ann :-i+i

      # Nobody becomes an operator by saying so.
      ann> MODE ann +ow-i
      ann> MODE ann
      ann< :chat.nettk 501 ann :Unknown mode
      ann< :ann MODE ann :-i
      ann< :chat.nettk 221 ann +

      ann> MODE bob
      ann> MODE bob +i
      ann> MODE nobody +i
      ann< :chat.nettk 502 ann :You can change your own modes only
      ann< :chat.nettk 502 ann :You can change your own modes only
      ann< :chat.nettk 401 ann nobody :No such nick or room
    `,
  },
];

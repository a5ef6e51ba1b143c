/** What is said: PRIVMSG, NOTICE, AWAY; lines that are too long, not UTF-8, or no command. */

import type { Trace } from '../trace-stage.ts';

/** Them. */
export const MESSAGE_TRACES: readonly Trace[] = [
  {
    title: 'passes on what is said in a room, and to one user',
    steps: `
      * ann bob cat in #room
      ann> PRIVMSG #ROOM :Hello, everybody
      ann> NOTICE #room one
      ann> PRIVMSG BOB : to you: only
      bob< :{ann} PRIVMSG #room :Hello, everybody
      bob< :{ann} NOTICE #room :one
      bob< :{ann} PRIVMSG bob : to you: only
      cat< :{ann} PRIVMSG #room :Hello, everybody
      cat< :{ann} NOTICE #room :one

      # To oneself, and what is for programs.
      ann> PRIVMSG ann :note to self
      ann> PRIVMSG #room :\\x01ACTION waves\\x01
      ann> PRIVMSG cat :\\x01VERSION\\x01
      ann> PRIVMSG cat :\\x02bold\\x02 \\x0304red
      ann< :{ann} PRIVMSG ann :note to self
      bob< :{ann} PRIVMSG #room :\\x01ACTION waves\\x01
      cat< :{ann} PRIVMSG #room :\\x01ACTION waves\\x01
      cat< :{ann} PRIVMSG cat :\\x01VERSION\\x01
      cat< :{ann} PRIVMSG cat :\\x02bold\\x02 \\x0304red
    `,
  },
  {
    title: 'passes on what is said to several, four at most, each once: 407',
    steps: `
      * ann bob in #room
      * cat dan eve
      ann> PRIVMSG #room,cat,#ROOM,nobody,dan,eve :Hi
      ann< :chat.nettk 401 ann nobody :No such nick or room
      ann< :chat.nettk 407 ann eve :Too many recipients: 4 at most
      bob< :{ann} PRIVMSG #room :Hi
      cat< :{ann} PRIVMSG cat :Hi
      dan< :{ann} PRIVMSG dan :Hi
    `,
  },
  {
    title: 'refuses what it cannot pass on: 401, 403, 411, 412',
    steps: `
      * ann
      ann> PRIVMSG nobody :hello
      ann> PRIVMSG #none :hello
      ann> PRIVMSG
      ann> PRIVMSG : 
      ann> PRIVMSG ann
      ann> PRIVMSG ann :
      ann> TAGMSG
      ann< :chat.nettk 401 ann nobody :No such nick or room
      ann< :chat.nettk 403 ann #none :No such room
      ann< :chat.nettk 411 ann :No recipient given (PRIVMSG)
      ann< :chat.nettk 411 ann :No recipient given (PRIVMSG)
      ann< :chat.nettk 412 ann :No text to send
      ann< :chat.nettk 412 ann :No text to send
      ann< :chat.nettk 411 ann :No recipient given (TAGMSG)
    `,
  },
  {
    title: 'answers no notice, whatever is wrong with it',
    steps: `
      * ann
      * bob in #room
      bob> AWAY :asleep
      bob> MODE #room +m
      bob< :chat.nettk 306 bob :You have been marked as being away
      bob< :{bob} MODE #room +m

      ann> NOTICE
      ann> NOTICE bob
      ann> NOTICE nobody,#none,#room,a,b,c :hello
      ann> NOTICE bob :are you there?
      bob< :{ann} NOTICE bob :are you there?
    `,
  },
  {
    title: 'lets nobody speak from outside, without voice, or banned: 404',
    steps: `
      * ann bob in #room
      * cat
      cat> PRIVMSG #room :let me in
      cat< :chat.nettk 404 cat #room :Cannot send to this room

      ann> MODE #room +m-n
      ann< :{ann} MODE #room +m-n
      bob< :{ann} MODE #room +m-n

      bob> PRIVMSG #room :I have no voice
      cat> PRIVMSG #room :nor do I
      ann> PRIVMSG #room :operators have
      ann> MODE #room +v bob
      bob< :chat.nettk 404 bob #room :Cannot send to this room
      bob< :{ann} PRIVMSG #room :operators have
      bob< :{ann} MODE #room +v bob
      cat< :chat.nettk 404 cat #room :Cannot send to this room
      ann< :{ann} MODE #room +v bob

      bob> PRIVMSG #room :now I have
      ann> MODE #room -m-v+b bob bob
      ann< :{bob} PRIVMSG #room :now I have
      ann< :{ann} MODE #room -mv+b bob bob!*@*
      bob< :{ann} MODE #room -mv+b bob bob!*@*

      bob> PRIVMSG #room :oh
      cat> PRIVMSG #room :from outside
      bob< :chat.nettk 404 bob #room :Cannot send to this room
      bob< :{cat} PRIVMSG #room :from outside
      ann< :{cat} PRIVMSG #room :from outside
    `,
  },
  {
    title: 'marks who is away, tells who speaks to them, and when they are back: 301, 305, 306',
    steps: `
      * ann bob in #room
      bob> AWAY :gone: fishing
      ann> PRIVMSG bob,#room :there?
      bob< :chat.nettk 306 bob :You have been marked as being away
      bob< :{ann} PRIVMSG bob :there?
      bob< :{ann} PRIVMSG #room :there?
      ann< :chat.nettk 301 ann bob :gone: fishing

      bob> AWAY :
      ann> PRIVMSG bob :and now?
      bob< :chat.nettk 305 bob :You are no longer marked as being away
      bob< :{ann} PRIVMSG bob :and now?

      bob> AWAY {é*200}
      ann> PRIVMSG bob hi
      bob> AWAY
      bob< :chat.nettk 306 bob :You have been marked as being away
      bob< :{ann} PRIVMSG bob :hi
      bob< :chat.nettk 305 bob :You are no longer marked as being away
      ann< :chat.nettk 301 ann bob {é*150}
    `,
  },
  {
    title: 'takes lines of 512 bytes with their end, and not one more: 417',
    steps: `
      * ann bob
      ann> PING {a*505}
      ann< :chat.nettk PONG chat.nettk :{a*481}

      ann> PING {a*506}
      ann> PRIVMSG bob :{a*498}
      ann> {a*9000}
      ann> {a*100000}
      ann< :chat.nettk 417 ann :Input line was too long
      ann< :chat.nettk 417 ann :Input line was too long
      ann< :chat.nettk 417 ann :Input line was too long
      ann< :chat.nettk 417 ann :Input line was too long
    `,
  },
  {
    title: 'cuts what grows too long with its sender in front, between words and characters',
    steps: `
      * ann bob
      ann> PRIVMSG bob :{word *98}word
      bob< :{ann} PRIVMSG bob :{word *94}word
      bob< :{ann} PRIVMSG bob :word word word word

      ann> PRIVMSG bob :{€*165}
      bob< :{ann} PRIVMSG bob :{€*159}
      bob< :{ann} PRIVMSG bob :{€*6}

      ann> PRIVMSG bob :\\x01ACTION {a*488}\\x01
      bob< :{ann} PRIVMSG bob :\\x01ACTION {a*468}\\x01
      bob< :{ann} PRIVMSG bob :\\x01ACTION {a*20}\\x01
    `,
  },
  {
    title: 'passes nothing on that is not UTF-8: FAIL INVALID_UTF8',
    steps: `
      * ann bob in #room
      ann> PRIVMSG #room :caf\\xe9
      ann> TOPIC #room :\\xff
      ann> AWAY \\xc3
      ann> \\xfe\\xff
      ann< :chat.nettk FAIL PRIVMSG INVALID_UTF8 :Message rejected: it is not UTF-8
      ann< :chat.nettk FAIL TOPIC INVALID_UTF8 :Message rejected: it is not UTF-8
      ann< :chat.nettk FAIL AWAY INVALID_UTF8 :Message rejected: it is not UTF-8
      ann< :chat.nettk FAIL * INVALID_UTF8 :Message rejected: it is not UTF-8

      ann> PRIVMSG #room :café €
      bob< :{ann} PRIVMSG #room :café €
    `,
  },
  {
    title: 'takes commands only: 421; blank lines are nothing, a source is not asked for',
    steps: `
      * ann bob
      ann> NOSUCH thing
      ann>
      ann> \\x20
      ann> :someone!else@h PRIVMSG bob :a forged source
      ann> constructor
      ann> __proto__
      ann> {x*60} y
      ann< :chat.nettk 421 ann NOSUCH :Unknown command
      ann< :chat.nettk 421 ann CONSTRUCTOR :Unknown command
      ann< :chat.nettk 421 ann __PROTO__ :Unknown command
      ann< :chat.nettk 421 ann {X*40} :Unknown command
      bob< :{ann} PRIVMSG bob :a forged source
    `,
  },
  {
    title: 'keeps the form of its answers, whatever they tell of',
    steps: `
      * ann
      ann> NICK :a b
      ann> NICK ::b
      ann> WHOIS :a b
      ann> JOIN :#a b
      ann> JOIN ::
      ann> PART :#a b
      ann> TOPIC :
      ann> MODE :
      ann> WHO :
      ann> NAMES :#a b
      ann> INVITE :
      ann> : :x
      ann< :chat.nettk 432 ann * :{not a nick}
      ann< :chat.nettk 432 ann * :{not a nick}
      ann< :chat.nettk 401 ann * :No such nick or room
      ann< :chat.nettk 318 ann * :End of /WHOIS list
      ann< :chat.nettk 476 ann * :{not a room}
      ann< :chat.nettk 476 ann * :{not a room}
      ann< :chat.nettk 403 ann * :No such room
      ann< :chat.nettk 403 ann * :No such room
      ann< :chat.nettk 401 ann * :No such nick or room
      ann< :chat.nettk 315 ann * :End of WHO list
      ann< :chat.nettk 366 ann * :End of /NAMES list
      ann< :chat.nettk 461 ann INVITE :Not enough parameters
      ann< :chat.nettk 421 ann * :Unknown command

      ann> WHOIS {a*500}
      ann< :chat.nettk 401 ann {a*490}
      ann< :chat.nettk 318 ann {a*490}

      # What was sent is shown again, not what it could do: control bytes stay, line ends never come.
      ann> WHOIS a\\x1b[2J\\x00b\\x0dc
      ann< :chat.nettk 401 ann a\\x1b[2Jbc :No such nick or room
      ann< :chat.nettk 318 ann a\\x1b[2Jbc :End of /WHOIS list
    `,
  },
];

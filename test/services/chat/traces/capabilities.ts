/** IRCv3: CAP, and what each capability changes. */

import type { Trace } from '../trace-stage.ts';

/** Them. */
export const CAPABILITY_TRACES: readonly Trace[] = [
  {
    title: 'lists its capabilities, and holds the welcome back until CAP END',
    steps: `
      * ann connects
      ann> CAP LS 302
      ann> NICK ann
      ann> USER ann 0 * :Ann
      ann< :chat.nettk CAP * LS :{capabilities}

      ann> CAP REQ :multi-prefix server-time
      ann> CAP LIST
      ann< :chat.nettk CAP ann ACK :multi-prefix server-time
      ann< :chat.nettk CAP ann LIST :cap-notify multi-prefix server-time

      ann> CAP END
      ann< {welcome ann ann!~ann@127.0.0.1 1}

      # Once it is in, all goes on as before.
      ann> CAP END
      ann> CAP LS
      ann< :chat.nettk CAP ann LS :{capabilities}
    `,
  },
  {
    title: 'gives version 301 no cap-notify of its own accord',
    steps: `
      * ann bob connect
      ann> CAP LS 301
      ann> CAP LIST
      ann> cap ls
      ann< :chat.nettk CAP * LS :{capabilities}
      ann< :chat.nettk CAP * LIST :
      ann< :chat.nettk CAP * LS :{capabilities}

      # Asked for by name it can be given back; by version it cannot.
      ann> CAP REQ cap-notify
      ann> CAP REQ -cap-notify
      ann> CAP LIST
      ann< :chat.nettk CAP * ACK cap-notify
      ann< :chat.nettk CAP * ACK -cap-notify
      ann< :chat.nettk CAP * LIST :

      bob> CAP LS 304
      bob> CAP REQ :-cap-notify batch
      bob> CAP REQ cap-notify
      bob> CAP LIST
      bob< :chat.nettk CAP * LS :{capabilities}
      bob< :chat.nettk CAP * NAK :-cap-notify batch
      bob< :chat.nettk CAP * ACK cap-notify
      bob< :chat.nettk CAP * LIST cap-notify
    `,
  },
  {
    title: 'takes all of a request or nothing, with or without LS before it',
    steps: `
      * ann connects
      ann> CAP REQ :batch sasl
      ann> CAP REQ :Batch
      ann> CAP REQ :batch=1
      ann> CAP LIST
      ann< :chat.nettk CAP * NAK :batch sasl
      ann< :chat.nettk CAP * NAK Batch
      ann< :chat.nettk CAP * NAK batch=1
      ann< :chat.nettk CAP * LIST :

      ann> NICK ann
      ann> USER ann 0 * :Ann
      ann> CAP REQ :batch  setname -echo-message
      ann> CAP REQ :batch
      ann> CAP LIST
      ann< :chat.nettk CAP ann ACK :batch  setname -echo-message
      ann< :chat.nettk CAP ann ACK batch
      ann< :chat.nettk CAP ann LIST :batch setname

      ann> CAP REQ :-batch -setname setname
      ann> CAP LIST
      ann> CAP END
      ann< :chat.nettk CAP ann ACK :-batch -setname setname
      ann< :chat.nettk CAP ann LIST setname
      ann< {welcome ann ann!~ann@127.0.0.1 1}
    `,
  },
  {
    title: 'takes and gives back capabilities after the welcome, and refuses other words with 410',
    steps: `
      * ann bob in #room
      ann> CAP REQ echo-message
      ann> PRIVMSG #room :one
      ann> CAP REQ -echo-message
      ann> PRIVMSG #room :two
      ann> CAP LIST
      ann< :chat.nettk CAP ann ACK echo-message
      ann< :{ann} PRIVMSG #room :one
      ann< :chat.nettk CAP ann ACK -echo-message
      ann< :chat.nettk CAP ann LIST :
      bob< :{ann} PRIVMSG #room :one
      bob< :{ann} PRIVMSG #room :two

      ann> CAP FOO
      ann> CAP ACK :echo-message
      ann> CAP :
      ann> CAP REQ sasl
      ann< :chat.nettk 410 ann FOO :Invalid CAP command
      ann< :chat.nettk 410 ann ACK :Invalid CAP command
      ann< :chat.nettk 410 ann * :Invalid CAP command
      ann< :chat.nettk CAP ann NAK sasl
    `,
  },
  {
    title: 'names all ranks of a member with multi-prefix: 353, 352, 319',
    steps: `
      * bob with multi-prefix
      * ann bob cat in #room
      ann> MODE #room +vv ann cat
      ann< :{ann} MODE #room +vv ann cat
      bob< :{ann} MODE #room +vv ann cat
      cat< :{ann} MODE #room +vv ann cat

      bob> NAMES #room
      bob> WHO #room
      bob> WHOIS ann
      bob< :chat.nettk 353 bob = #room :@+ann bob +cat
      bob< :chat.nettk 366 bob #room :End of /NAMES list
      bob< :chat.nettk 352 bob #room ~ann 127.0.0.1 chat.nettk ann H@+ :0 Ann
      bob< :chat.nettk 352 bob #room ~bob 127.0.0.1 chat.nettk bob H :0 Bob
      bob< :chat.nettk 352 bob #room ~cat 127.0.0.1 chat.nettk cat H+ :0 Cat
      bob< :chat.nettk 315 bob #room :End of WHO list
      bob< :chat.nettk 311 bob ann ~ann 127.0.0.1 * Ann
      bob< :chat.nettk 319 bob ann @+#room
      bob< :chat.nettk 312 bob ann chat.nettk :{about}
      bob< :chat.nettk 317 bob ann <idle> <unix> :seconds idle, signon time
      bob< :chat.nettk 318 bob ann :End of /WHOIS list

      cat> NAMES #room
      cat< :chat.nettk 353 cat = #room :@ann bob +cat
      cat< :chat.nettk 366 cat #room :End of /NAMES list
    `,
  },
  {
    title: 'says with server-time when a thing happened, with message-tags which message it is',
    steps: `
      * bob with server-time
      * cat with message-tags
      * dan with message-tags server-time
      * ann bob cat dan in #room
      ann> PRIVMSG #room :hello
      ann> TOPIC #room :new
      ann< :{ann} TOPIC #room :new
      bob< @time=<time> :{ann} PRIVMSG #room :hello
      bob< @time=<time> :{ann} TOPIC #room :new
      cat< @msgid=<id> :{ann} PRIVMSG #room :hello
      cat< :{ann} TOPIC #room :new
      dan< @time=<time>;msgid=<id> :{ann} PRIVMSG #room :hello
      dan< @time=<time> :{ann} TOPIC #room :new
    `,
  },
  {
    title: 'passes on the tags that are for clients, to clients that take tags, and no others',
    steps: `
      * bob with message-tags
      * cat with server-time
      * ann bob cat in #room
      ann> @+typing=active;+example.com/x;forged=1;time=2001-01-01T00:00:00.000Z;msgid=mine PRIVMSG #room :hello
      bob< @msgid=<id>;+typing=active;+example.com/x :{ann} PRIVMSG #room :hello
      cat< @time=<time> :{ann} PRIVMSG #room :hello

      # Escapes are undone and made again; of a key that comes twice the last counts, an empty value is none.
      ann> @+a=1;+b=x\\sy\\:z\\\\;+c=\\q\\;+d=;+a=2 NOTICE bob :hello
      bob< @msgid=<id>;+a=2;+b=x\\sy\\:z\\\\;+c=q;+d :{ann} NOTICE bob :hello
    `,
  },
  {
    title: 'passes on messages of tags only, to clients that take them: TAGMSG',
    steps: `
      * ann with message-tags echo-message
      * bob with message-tags
      * ann bob cat in #room
      ann> @+typing=active TAGMSG #room
      ann> @+typing=done TAGMSG bob
      ann> @+typing=done TAGMSG cat
      ann< @msgid=<id>;+typing=active :{ann} TAGMSG #room
      ann< @msgid=<id>;+typing=done :{ann} TAGMSG bob
      ann< @msgid=<id>;+typing=done :{ann} TAGMSG cat
      bob< @msgid=<id>;+typing=active :{ann} TAGMSG #room
      bob< @msgid=<id>;+typing=done :{ann} TAGMSG bob

      # Nothing to tell, nobody to tell, not allowed to.
      ann> TAGMSG #room
      ann> @forged=1 TAGMSG #room
      ann> @+x TAGMSG nobody
      ann> @+x TAGMSG #none
      ann> @+x TAGMSG
      ann< :chat.nettk 401 ann nobody :No such nick or room
      ann< :chat.nettk 403 ann #none :No such room
      ann< :chat.nettk 411 ann :No recipient given (TAGMSG)

      * dan with message-tags
      * dan
      dan> @+x TAGMSG #room
      dan< :chat.nettk 404 dan #room :Cannot send to this room
    `,
  },
  {
    title: 'takes 4,094 bytes of tags beside the line, and not one more: 417',
    steps: `
      * bob with message-tags
      * ann bob in #room
      ann> @+x={a*4091} PRIVMSG #room :hello
      ann> @+x={a*4092} PRIVMSG #room :hello
      ann> @+x={a*4091}
      ann< :chat.nettk 417 ann :Input line was too long
      bob< @msgid=<id>;+x={a*4091} :{ann} PRIVMSG #room :hello
    `,
  },
  {
    title: 'sends their own messages back to who asks for it: echo-message',
    steps: `
      * ann with echo-message
      * ann bob in #room
      ann> PRIVMSG #room :hello
      ann> NOTICE #room :note
      ann> PRIVMSG bob :psst
      ann> PRIVMSG nobody :hello
      ann> PRIVMSG #room :{word *98}word
      ann< :{ann} PRIVMSG #room :hello
      ann< :{ann} NOTICE #room :note
      ann< :{ann} PRIVMSG bob :psst
      ann< :chat.nettk 401 ann nobody :No such nick or room
      ann< :{ann} PRIVMSG #room :{word *94}word
      ann< :{ann} PRIVMSG #room :word word word word
      bob< :{ann} PRIVMSG #room :hello
      bob< :{ann} NOTICE #room :note
      bob< :{ann} PRIVMSG bob :psst
      bob< :{ann} PRIVMSG #room :{word *94}word
      bob< :{ann} PRIVMSG #room :word word word word

      # To oneself it is said, and echoed.
      ann> PRIVMSG ann :note to self
      ann< :{ann} PRIVMSG ann :note to self
      ann< :{ann} PRIVMSG ann :note to self
    `,
  },
  {
    title: 'tells who shares a room that somebody is away, came away, or is back: away-notify',
    steps: `
      * bob with away-notify
      * ann bob cat in #room
      * ann bob in #other
      ann> AWAY :asleep
      ann< :chat.nettk 306 ann :You have been marked as being away
      bob< :{ann} AWAY asleep

      * bob in #third
      ann> JOIN #third
      ann> AWAY
      ann< :{ann} JOIN #third
      ann< :chat.nettk 353 ann = #third :@bob ann
      ann< :chat.nettk 366 ann #third :End of /NAMES list
      ann< :chat.nettk 305 ann :You are no longer marked as being away
      bob< :{ann} JOIN #third
      bob< :{ann} AWAY asleep
      bob< :{ann} AWAY
    `,
  },
  {
    title: 'changes real names, and tells who takes it: setname',
    steps: `
      * ann with setname
      * bob with setname
      * ann bob cat in #room
      ann> SETNAME :Ann of Green Gables
      ann< :{ann} SETNAME :Ann of Green Gables
      bob< :{ann} SETNAME :Ann of Green Gables

      cat> SETNAME Kitty
      cat> WHO cat
      cat< :chat.nettk 352 cat * ~cat 127.0.0.1 chat.nettk cat H :0 Kitty
      cat< :chat.nettk 315 cat cat :End of WHO list
      ann< :{cat} SETNAME Kitty
      bob< :{cat} SETNAME Kitty

      ann> SETNAME
      ann> SETNAME :
      ann> SETNAME :{é*76}
      ann< :chat.nettk 461 ann SETNAME :Not enough parameters
      ann< :chat.nettk FAIL SETNAME INVALID_REALNAME :A name has a character, and 150 bytes at most
      ann< :chat.nettk FAIL SETNAME INVALID_REALNAME :A name has a character, and 150 bytes at most
    `,
  },
  {
    title: 'repeats the label of a command with its answer: labeled-response',
    steps: `
      * ann with labeled-response batch
      * ann bob in #room
      ann> @label=one PING token
      ann> @label=two WHO nobody
      ann> @label=three NOSUCH
      ann> @label=four\\s\\:x TOPIC #room :new
      ann< @label=one :chat.nettk PONG chat.nettk :token
      ann< @label=two :chat.nettk 315 ann nobody :End of WHO list
      ann< @label=three :chat.nettk 421 ann NOSUCH :Unknown command
      ann< @label=four\\s\\:x :{ann} TOPIC #room :new
      bob< :{ann} TOPIC #room :new

      # An answer of several lines is a batch.
      ann> @label=five WHOIS bob
      ann> @label=six JOIN #new
      ann> WHO nobody
      ann< @label=five :chat.nettk BATCH +1 labeled-response
      ann< @batch=1 :chat.nettk 311 ann bob ~bob 127.0.0.1 * Bob
      ann< @batch=1 :chat.nettk 319 ann bob #room
      ann< @batch=1 :chat.nettk 312 ann bob chat.nettk :{about}
      ann< @batch=1 :chat.nettk 317 ann bob <idle> <unix> :seconds idle, signon time
      ann< @batch=1 :chat.nettk 318 ann bob :End of /WHOIS list
      ann< :chat.nettk BATCH -1
      ann< @label=six :chat.nettk BATCH +2 labeled-response
      ann< @batch=2 :{ann} JOIN #new
      ann< @batch=2 :chat.nettk 353 ann = #new :@ann
      ann< @batch=2 :chat.nettk 366 ann #new :End of /NAMES list
      ann< :chat.nettk BATCH -2
      ann< :chat.nettk 315 ann nobody :End of WHO list

      # What has no answer gets one.
      ann> @label=seven PRIVMSG #room :hello
      ann> @label=eight PONG token
      ann> @label=nine NOTICE nobody :hello
      ann> @label= PING token
      ann< @label=seven :chat.nettk ACK
      ann< @label=eight :chat.nettk ACK
      ann< @label=nine :chat.nettk ACK
      ann< :chat.nettk PONG chat.nettk :token
      bob< :{ann} PRIVMSG #room :hello

      # Bob's client did not ask for labels.
      bob> @label=one PING token
      bob< :chat.nettk PONG chat.nettk :token

      ann> @label=ten QUIT :bye
      ann< @label=ten ERROR :Closing link: (127.0.0.1) [Quit: bye]
      ann< (end)
      bob< :{ann} QUIT :Quit: bye
    `,
  },
  {
    title: 'labels the echo of a message, and not what is said to oneself',
    steps: `
      * ann with labeled-response batch echo-message message-tags
      * ann bob in #room
      ann> @label=one PRIVMSG #room :hello
      ann> @label=two;+x=y NOTICE bob :psst
      ann> @label=three;+x=y TAGMSG #room
      ann< @label=one;msgid=<id> :{ann} PRIVMSG #room :hello
      ann< @label=two;msgid=<id>;+x=y :{ann} NOTICE bob :psst
      ann< @label=three;msgid=<id>;+x=y :{ann} TAGMSG #room
      bob< :{ann} PRIVMSG #room :hello
      bob< :{ann} NOTICE bob :psst

      ann> @label=four PRIVMSG ann :note to self
      ann> @label=five;+x=y TAGMSG ann
      ann< @msgid=<id> :{ann} PRIVMSG ann :note to self
      ann< @label=four;msgid=<id> :{ann} PRIVMSG ann :note to self
      ann< @msgid=<id>;+x=y :{ann} TAGMSG ann
      ann< @label=five;msgid=<id>;+x=y :{ann} TAGMSG ann

      ann> @label=six PRIVMSG bob,nobody :several
      ann< @label=six :chat.nettk BATCH +1 labeled-response
      ann< @batch=1;msgid=<id> :{ann} PRIVMSG bob :several
      ann< @batch=1 :chat.nettk 401 ann nobody :No such nick or room
      ann< :chat.nettk BATCH -1
      bob< :{ann} PRIVMSG bob :several
    `,
  },
  {
    title: 'labels nothing for a client that takes no batches',
    steps: `
      * ann with labeled-response
      * ann
      ann> @label=one WHOIS ann
      ann> @label=two PONG token
      ann< :chat.nettk 311 ann ann ~ann 127.0.0.1 * Ann
      ann< :chat.nettk 312 ann ann chat.nettk :{about}
      ann< :chat.nettk 317 ann ann <idle> <unix> :seconds idle, signon time
      ann< :chat.nettk 318 ann ann :End of /WHOIS list
    `,
  },
  {
    title: 'tells again what was said in a room, as a batch: CHATHISTORY',
    steps: `
      * ann in #room
      ann> PRIVMSG #room :one
      ann> NOTICE #room :two
      ann> PRIVMSG #room :\\x01VERSION\\x01
      ann> PRIVMSG #room :three

      * bob with draft/chathistory batch server-time message-tags
      * bob in #room
      bob> CHATHISTORY LATEST #room * 2
      bob< :chat.nettk BATCH +1 chathistory #room
      bob< @batch=1;time=<time>;msgid=<id> :{ann} NOTICE #room :two
      bob< @batch=1;time=<time>;msgid=<id> :{ann} PRIVMSG #room :three
      bob< :chat.nettk BATCH -1

      bob> CHATHISTORY BEFORE #room timestamp=2001-01-01T00:00:00.000Z 10
      bob> CHATHISTORY AFTER #room timestamp=2001-01-01T00:00:00.000Z 1
      bob> CHATHISTORY BETWEEN #room timestamp=2001-01-01T00:00:00.000Z timestamp=2101-01-01T00:00:00.000Z 1
      bob> CHATHISTORY BETWEEN #room timestamp=2101-01-01T00:00:00.000Z timestamp=2001-01-01T00:00:00.000Z 1
      bob> CHATHISTORY AROUND #room timestamp=2101-01-01T00:00:00.000Z 2
      bob< :chat.nettk BATCH +2 chathistory #room
      bob< :chat.nettk BATCH -2
      bob< :chat.nettk BATCH +3 chathistory #room
      bob< @batch=3;time=<time>;msgid=<id> :{ann} PRIVMSG #room :one
      bob< :chat.nettk BATCH -3
      bob< :chat.nettk BATCH +4 chathistory #room
      bob< @batch=4;time=<time>;msgid=<id> :{ann} PRIVMSG #room :one
      bob< :chat.nettk BATCH -4
      bob< :chat.nettk BATCH +5 chathistory #room
      bob< @batch=5;time=<time>;msgid=<id> :{ann} PRIVMSG #room :three
      bob< :chat.nettk BATCH -5
      bob< :chat.nettk BATCH +6 chathistory #room
      bob< @batch=6;time=<time>;msgid=<id> :{ann} PRIVMSG #room :three
      bob< :chat.nettk BATCH -6

      # A client that labels it gets a batch in a batch.
      * cy with draft/chathistory batch labeled-response
      * cy in #room
      cy> @label=one CHATHISTORY LATEST #room * 1
      cy< @label=one :chat.nettk BATCH +2 labeled-response
      cy< @batch=2 :chat.nettk BATCH +1 chathistory #room
      cy< @batch=1 :{ann} PRIVMSG #room :three
      cy< @batch=2 :chat.nettk BATCH -1
      cy< :chat.nettk BATCH -2

      # A client that takes no batches gets the lines alone.
      ann> CHATHISTORY LATEST #ROOM * 1
      ann< :{ann} PRIVMSG #room :three

      * cat
      cat> CHATHISTORY LATEST #room * 10
      cat> CHATHISTORY LATEST #none * 10
      cat> CHATHISTORY NEWEST #room * 10
      cat> CHATHISTORY LATEST #room yesterday 10
      cat> CHATHISTORY LATEST #room * none
      cat> CHATHISTORY LATEST #room *
      cat> CHATHISTORY LATEST
      cat< :chat.nettk FAIL CHATHISTORY INVALID_TARGET LATEST #room :You are not in that room
      cat< :chat.nettk FAIL CHATHISTORY INVALID_TARGET LATEST #none :You are not in that room
      cat< :chat.nettk FAIL CHATHISTORY UNKNOWN_COMMAND NEWEST :Not LATEST, BEFORE, AFTER, BETWEEN or AROUND
      cat< :chat.nettk FAIL CHATHISTORY INVALID_PARAMS LATEST :Not timestamp=…, msgid=… and a limit
      cat< :chat.nettk FAIL CHATHISTORY INVALID_PARAMS LATEST :Not timestamp=…, msgid=… and a limit
      cat< :chat.nettk FAIL CHATHISTORY INVALID_PARAMS LATEST :Not timestamp=…, msgid=… and a limit
      cat< :chat.nettk 461 cat CHATHISTORY :Not enough parameters
    `,
  },
];

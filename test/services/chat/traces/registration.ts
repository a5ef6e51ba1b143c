/** How a client introduces itself, and what it hears then: PASS, NICK, USER, the welcome, PING, QUIT. */

import type { Trace } from '../trace-stage.ts';

/** Them. */
export const REGISTRATION_TRACES: readonly Trace[] = [
  {
    title: 'welcomes with 001 to 005, LUSERS and the message of the day, in this order',
    steps: `
      * ann connects
      ann> NICK ann
      ann> USER ann 0 * :Ann Example
      ann< :chat.nettk 001 ann :Welcome to the nettk chat, {ann}
      ann< :chat.nettk 002 ann :Your host is chat.nettk, running nettk
      ann< :chat.nettk 003 ann :This server was started <time>
      ann< :chat.nettk 004 ann chat.nettk nettk io bklimnostv bklov
      ann< :chat.nettk 005 ann NETWORK=nettk CASEMAPPING=ascii CHANTYPES=# PREFIX=(ov)@+ CHANMODES=b,k,l,imnst NICKLEN=30 USERLEN=16 CHANNELLEN=64 TOPICLEN=300 KICKLEN=300 AWAYLEN=300 NAMELEN=150 KEYLEN=32 :are supported by this server
      ann< :chat.nettk 005 ann MODES=6 CHANLIMIT=#:50 MAXLIST=b:100 TARGMAX=JOIN:,PART:,PRIVMSG:4,NOTICE:4,TAGMSG:4,KICK:4,WHOIS:1,NAMES:1,LIST: CHATHISTORY=100 MSGREFTYPES=timestamp,msgid UTF8ONLY :are supported by this server
      ann< :chat.nettk 251 ann :There are 1 users and 0 invisible on 1 servers
      ann< :chat.nettk 254 ann 1 :rooms formed
      ann< :chat.nettk 255 ann :I have 1 clients and 0 servers
      ann< :chat.nettk 265 ann 1 1 :Current local users 1, max 1
      ann< :chat.nettk 266 ann 1 1 :Current global users 1, max 1
      ann< :chat.nettk 422 ann :There is no message of the day
    `,
  },
  {
    title: 'takes USER before NICK, and names without capitals',
    steps: `
      * ann connects
      ann> user ann 0 * ann
      ann> whois ann
      ann< :chat.nettk 451 * :You have not registered

      ann> nick Ann-2
      ann> whois Ann-2
      ann< {welcome Ann-2 Ann-2!~ann@127.0.0.1 1}
      ann< :chat.nettk 311 Ann-2 Ann-2 ~ann 127.0.0.1 * ann
      ann< :chat.nettk 312 Ann-2 Ann-2 chat.nettk :{about}
      ann< :chat.nettk 317 Ann-2 Ann-2 <idle> <unix> :seconds idle, signon time
      ann< :chat.nettk 318 Ann-2 Ann-2 :End of /WHOIS list
    `,
  },
  {
    title: 'says the message of the day at the welcome, and when it is asked for',
    options: { motd: ['Welcome to the lobby.', '', 'Be kind: it is free.'] },
    steps: `
      * ann
      ann> MOTD
      ann< :chat.nettk 375 ann :- chat.nettk Message of the day -
      ann< :chat.nettk 372 ann :- Welcome to the lobby.
      ann< :chat.nettk 372 ann :-\\x20
      ann< :chat.nettk 372 ann :- Be kind: it is free.
      ann< :chat.nettk 376 ann :End of /MOTD command

      * bob connects
      bob> NICK bob
      bob> USER bob 0 * :Bob
      bob< {greeting bob bob!~bob@127.0.0.1 2}
      bob< :chat.nettk 375 bob :- chat.nettk Message of the day -
      bob< :chat.nettk 372 bob :- Welcome to the lobby.
      bob< :chat.nettk 372 bob :-\\x20
      bob< :chat.nettk 372 bob :- Be kind: it is free.
      bob< :chat.nettk 376 bob :End of /MOTD command
    `,
  },
  {
    title: 'lets somebody unregistered do nothing but introduce themselves',
    steps: `
      * eve connects
      eve> CAP END
      eve> JOIN :
      eve> PRIVMSG ann :hello
      eve> LIST
      eve> NOSUCH
      eve< :chat.nettk 451 * :You have not registered
      eve< :chat.nettk 451 * :You have not registered
      eve< :chat.nettk 451 * :You have not registered
      eve< :chat.nettk 451 * :You have not registered

      eve> PING hello
      eve> PONG hello
      eve< :chat.nettk PONG chat.nettk :hello

      eve> QUIT :bye
      eve< ERROR :Closing link: (127.0.0.1) [Quit: bye]
      eve< (end)
    `,
  },
  {
    title: 'refuses nicks that are none, or another’s, with 431, 432 and 433',
    steps: `
      * ann
      * eve connects
      eve> NICK
      eve> NICK :
      eve< :chat.nettk 431 * :No nickname given
      eve< :chat.nettk 431 * :No nickname given

      eve> NICK 1eve
      eve> NICK #eve
      eve> NICK -eve
      eve> NICK e.ve
      eve> NICK éve
      eve> NICK {e*31}
      eve< :chat.nettk 432 * 1eve :{not a nick}
      eve< :chat.nettk 432 * #eve :{not a nick}
      eve< :chat.nettk 432 * -eve :{not a nick}
      eve< :chat.nettk 432 * e.ve :{not a nick}
      eve< :chat.nettk 432 * éve :{not a nick}
      eve< :chat.nettk 432 * {e*31} :{not a nick}

      eve> NICK ann
      eve> NICK ANN
      eve< :chat.nettk 433 * ann :Nickname is already in use
      eve< :chat.nettk 433 * ANN :Nickname is already in use

      eve> NICK eve
      eve> NICK Ann
      eve< :chat.nettk 433 eve Ann :Nickname is already in use

      # The data of names is data: these are properties of every object.
      eve> NICK __proto__
      eve> NICK toString
      eve> NICK {z*30}
    `,
  },
  {
    title: 'refuses the second of two who negotiate with the same nick, and takes another',
    steps: `
      * ann bob connect
      ann> CAP LS
      ann> NICK cat
      ann> USER ann 0 * :Ann
      ann< :chat.nettk CAP * LS :{capabilities}

      bob> CAP LS
      bob> NICK Cat
      bob> USER bob 0 * :Bob
      bob< :chat.nettk CAP * LS :{capabilities}

      ann> CAP END
      ann> AWAY
      ann< {welcome cat cat!~ann@127.0.0.1 1 1}
      ann< :chat.nettk 305 cat :You are no longer marked as being away

      bob> CAP END
      bob< :chat.nettk 433 * Cat :Nickname is already in use

      bob> NICK bob
      bob< {welcome bob bob!~bob@127.0.0.1 2}
    `,
  },
  {
    title: 'asks for what is missing with 461, and for everything once only with 462',
    steps: `
      * eve connects
      eve> USER eve 0 *
      eve> USER
      eve> PASS
      eve> CAP
      eve< :chat.nettk 461 * USER :Not enough parameters
      eve< :chat.nettk 461 * USER :Not enough parameters
      eve< :chat.nettk 461 * PASS :Not enough parameters
      eve< :chat.nettk 461 * CAP :Not enough parameters

      * ann
      ann> USER ann 0 * :Ann
      ann> PASS secret
      ann< :chat.nettk 462 ann :You may not reregister
      ann< :chat.nettk 462 ann :You may not reregister
    `,
  },
  {
    title: 'lets in who knows the password, and sends others away with 464',
    options: { password: 'open sesame' },
    steps: `
      * ann bob eve connect
      ann> PASS :wrong
      ann> PASS :open sesame
      ann> NICK ann
      ann> USER ann 0 * :Ann
      ann< {welcome ann ann!~ann@127.0.0.1 1}

      bob> PASS :open
      bob> NICK bob
      bob> USER bob 0 * :Bob
      bob< :chat.nettk 464 bob :Password incorrect
      bob< ERROR :Closing link: (127.0.0.1) [Password incorrect]
      bob< (end)

      eve> NICK eve
      eve> USER eve 0 * :Eve
      eve< :chat.nettk 464 eve :Password incorrect
      eve< ERROR :Closing link: (127.0.0.1) [Password incorrect]
      eve< (end)
    `,
  },
  {
    title: 'makes a user name of what USER says, 16 bytes with its tilde',
    steps: `
      * eve connects
      eve> NICK eve
      eve> USER a!b@c:d{e*20} x y :An address, and more
      eve> WHOIS eve
      eve< {welcome eve eve!~abcdeeeeeeeeeee@127.0.0.1 1}
      eve< :chat.nettk 311 eve eve ~abcdeeeeeeeeeee 127.0.0.1 * :An address, and more
      eve< :chat.nettk 312 eve eve chat.nettk :{about}
      eve< :chat.nettk 317 eve eve <idle> <unix> :seconds idle, signon time
      eve< :chat.nettk 318 eve eve :End of /WHOIS list
    `,
  },
  {
    title: 'answers PING with its token, and one without any with 409',
    steps: `
      * ann
      ann> PING :a token: of words
      ann> PING one two
      ann> PING
      ann> PING :
      ann> PONG whatever
      ann< :chat.nettk PONG chat.nettk :a token: of words
      ann< :chat.nettk PONG chat.nettk :one
      ann< :chat.nettk 409 ann :No origin specified
      ann< :chat.nettk 409 ann :No origin specified
    `,
  },
  {
    title: 'changes nicks, and tells everybody who shares a room, once',
    steps: `
      * ann bob in #one #two
      * cat in #three
      ann> NICK Ann
      ann< :{ann} NICK Ann
      bob< :{ann} NICK Ann

      ann> NICK bob
      ann> NICK :
      ann> NICK Ann
      ann< :chat.nettk 433 Ann bob :Nickname is already in use
      ann< :chat.nettk 431 Ann :No nickname given

      ann> NICK dan
      ann< :Ann!~ann@127.0.0.1 NICK dan
      bob< :Ann!~ann@127.0.0.1 NICK dan

      cat> NICK ann
      cat> ISON dan cat ann
      cat< :{cat} NICK ann
      cat< :chat.nettk 303 ann :dan ann
    `,
  },
  {
    title: 'says goodbye to who quits, and tells their rooms why, once',
    steps: `
      * ann bob in #one #two
      * cat in #three
      ann> QUIT :gone to have lunch
      ann< ERROR :Closing link: (127.0.0.1) [Quit: gone to have lunch]
      ann< (end)
      bob< :{ann} QUIT :Quit: gone to have lunch

      * dan in #one
      bob> QUIT
      bob< ERROR :Closing link: (127.0.0.1) [Quit: ]
      bob< (end)
      dan< :{bob} QUIT :Quit:\\x20
    `,
  },
];

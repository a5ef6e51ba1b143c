/** Questions: WHO, WHOIS, ISON, USERHOST, LUSERS, MOTD, VERSION, TIME, INFO; and operators of the server. */

import type { Trace } from '../trace-stage.ts';

/** Them. */
export const QUERY_TRACES: readonly Trace[] = [
  {
    title: 'says who is in a room: 352, 315',
    options: { operatorPassword: 'secret' },
    steps: `
      * ann bob cat in #room
      ann> MODE #room +vv ann bob
      ann> OPER ann secret
      bob> AWAY :asleep
      ann< :{ann} MODE #room +vv ann bob
      ann< :chat.nettk 381 ann :You are now an IRC operator
      ann< :ann MODE ann :+o
      bob< :{ann} MODE #room +vv ann bob
      bob< :chat.nettk 306 bob :You have been marked as being away
      cat< :{ann} MODE #room +vv ann bob

      cat> WHO #Room
      cat> WHO #room o
      cat< :chat.nettk 352 cat #room ~ann 127.0.0.1 chat.nettk ann H*@ :0 Ann
      cat< :chat.nettk 352 cat #room ~bob 127.0.0.1 chat.nettk bob G+ :0 Bob
      cat< :chat.nettk 352 cat #room ~cat 127.0.0.1 chat.nettk cat H :0 Cat
      cat< :chat.nettk 315 cat #Room :End of WHO list
      cat< :chat.nettk 352 cat #room ~ann 127.0.0.1 chat.nettk ann H*@ :0 Ann
      cat< :chat.nettk 315 cat #room :End of WHO list
    `,
  },
  {
    title: 'finds users by masks; who is invisible only with a room in common, or by the whole nick',
    steps: `
      * ann bob in #room
      * cat cy
      ann> MODE ann +i
      cat> MODE cat +i
      ann< :ann MODE ann :+i
      cat< :cat MODE cat :+i

      bob> WHO *
      bob< :chat.nettk 352 bob * ~ann 127.0.0.1 chat.nettk ann H :0 Ann
      bob< :chat.nettk 352 bob * ~bob 127.0.0.1 chat.nettk bob H :0 Bob
      bob< :chat.nettk 352 bob * ~cy 127.0.0.1 chat.nettk cy H :0 Cy
      bob< :chat.nettk 315 bob * :End of WHO list

      bob> WHO c*
      bob> WHO CAT
      bob> WHO b?b
      bob> WHO nobody
      bob> WHO #none
      bob< :chat.nettk 352 bob * ~cy 127.0.0.1 chat.nettk cy H :0 Cy
      bob< :chat.nettk 315 bob c* :End of WHO list
      bob< :chat.nettk 352 bob * ~cat 127.0.0.1 chat.nettk cat H :0 Cat
      bob< :chat.nettk 315 bob CAT :End of WHO list
      bob< :chat.nettk 352 bob * ~bob 127.0.0.1 chat.nettk bob H :0 Bob
      bob< :chat.nettk 315 bob b?b :End of WHO list
      bob< :chat.nettk 315 bob nobody :End of WHO list
      bob< :chat.nettk 315 bob #none :End of WHO list

      # From outside nobody hidden is in a room, and a secret room is none.
      cy> WHO #room
      cy< :chat.nettk 352 cy #room ~bob 127.0.0.1 chat.nettk bob H :0 Bob
      cy< :chat.nettk 315 cy #room :End of WHO list

      ann> MODE #room +s
      ann< :{ann} MODE #room +s
      bob< :{ann} MODE #room +s

      cy> WHO #room
      cy< :chat.nettk 315 cy #room :End of WHO list
    `,
  },
  {
    title: 'tells all about a user: 311, 319, 312, 313, 301, 317, 318',
    options: { operatorPassword: 'secret' },
    steps: `
      * ann in #one #two
      * bob in #one
      ann> OPER any secret
      ann> MODE #one +v bob
      ann> AWAY :gone fishing
      ann< :chat.nettk 381 ann :You are now an IRC operator
      ann< :ann MODE ann :+o
      ann< :{ann} MODE #one +v bob
      ann< :chat.nettk 306 ann :You have been marked as being away
      bob< :{ann} MODE #one +v bob

      bob> WHOIS ann
      bob< :chat.nettk 311 bob ann ~ann 127.0.0.1 * Ann
      bob< :chat.nettk 319 bob ann :@#one @#two
      bob< :chat.nettk 312 bob ann chat.nettk :{about}
      bob< :chat.nettk 313 bob ann :is an IRC operator
      bob< :chat.nettk 301 bob ann :gone fishing
      bob< :chat.nettk 317 bob ann <idle> <unix> :seconds idle, signon time
      bob< :chat.nettk 318 bob ann :End of /WHOIS list

      # Asking a server for it, as clients do who want to know how idle somebody is.
      ann> WHOIS BOB bob
      ann< :chat.nettk 311 ann bob ~bob 127.0.0.1 * Bob
      ann< :chat.nettk 319 ann bob +#one
      ann< :chat.nettk 312 ann bob chat.nettk :{about}
      ann< :chat.nettk 317 ann bob <idle> <unix> :seconds idle, signon time
      ann< :chat.nettk 318 ann bob :End of /WHOIS list
    `,
  },
  {
    title: 'tells in WHOIS whose connection is secure: 671',
    isSecure: true,
    steps: `
      * ann
      ann> WHOIS ann
      ann< :chat.nettk 311 ann ann ~ann 127.0.0.1 * Ann
      ann< :chat.nettk 312 ann ann chat.nettk :{about}
      ann< :chat.nettk 671 ann ann :is using a secure connection
      ann< :chat.nettk 317 ann ann <idle> <unix> :seconds idle, signon time
      ann< :chat.nettk 318 ann ann :End of /WHOIS list
    `,
  },
  {
    title: 'ends WHOIS with the name as it was asked for, and refuses with 401 and 431',
    steps: `
      * ann bob
      ann> WHOIS nobody
      ann> WHOIS
      ann> WHOIS :
      ann< :chat.nettk 401 ann nobody :No such nick or room
      ann< :chat.nettk 318 ann nobody :End of /WHOIS list
      ann< :chat.nettk 431 ann :No nickname given
      ann< :chat.nettk 431 ann :No nickname given

      ann> WHOIS BOB,ann
      ann< :chat.nettk 311 ann bob ~bob 127.0.0.1 * Bob
      ann< :chat.nettk 312 ann bob chat.nettk :{about}
      ann< :chat.nettk 317 ann bob <idle> <unix> :seconds idle, signon time
      ann< :chat.nettk 318 ann BOB,ann :End of /WHOIS list
    `,
  },
  {
    title: 'tells in WHOIS of secret rooms, and of those of invisible users, only to members',
    steps: `
      * ann in #open #secret
      * bob in #open
      * cat
      ann> MODE #secret +s
      ann< :{ann} MODE #secret +s

      bob> WHOIS ann
      bob< :chat.nettk 311 bob ann ~ann 127.0.0.1 * Ann
      bob< :chat.nettk 319 bob ann @#open
      bob< :chat.nettk 312 bob ann chat.nettk :{about}
      bob< :chat.nettk 317 bob ann <idle> <unix> :seconds idle, signon time
      bob< :chat.nettk 318 bob ann :End of /WHOIS list

      ann> MODE ann +i
      ann< :ann MODE ann :+i

      cat> WHOIS ann
      cat< :chat.nettk 311 cat ann ~ann 127.0.0.1 * Ann
      cat< :chat.nettk 312 cat ann chat.nettk :{about}
      cat< :chat.nettk 317 cat ann <idle> <unix> :seconds idle, signon time
      cat< :chat.nettk 318 cat ann :End of /WHOIS list
    `,
  },
  {
    title: 'says which of some nicks are there, and where: 303, 302',
    options: { operatorPassword: 'secret' },
    steps: `
      * ann bob cat
      ann> OPER any secret
      bob> AWAY :asleep
      ann< :chat.nettk 381 ann :You are now an IRC operator
      ann< :ann MODE ann :+o
      bob< :chat.nettk 306 bob :You have been marked as being away

      cat> ISON ANN nobody bob
      cat> ISON :bob ann
      cat> ISON nobody
      cat> ISON
      cat< :chat.nettk 303 cat :ann bob
      cat< :chat.nettk 303 cat :bob ann
      cat< :chat.nettk 303 cat :
      cat< :chat.nettk 461 cat ISON :Not enough parameters

      cat> USERHOST ann BOB nobody cat
      cat> USERHOST nobody
      cat> USERHOST
      cat< :chat.nettk 302 cat :ann*=+~ann@127.0.0.1 bob=-~bob@127.0.0.1 cat=+~cat@127.0.0.1
      cat< :chat.nettk 302 cat :
      cat< :chat.nettk 461 cat USERHOST :Not enough parameters
    `,
  },
  {
    title: 'counts users, operators, newcomers and rooms: 251 to 255, 265, 266',
    options: { operatorPassword: 'secret' },
    steps: `
      * ann bob in #room
      * cat
      * eve connects
      eve> CAP LS 301
      eve< :chat.nettk CAP * LS :{capabilities}

      ann> OPER any secret
      bob> MODE bob +i
      cat> QUIT
      ann< :chat.nettk 381 ann :You are now an IRC operator
      ann< :ann MODE ann :+o
      bob< :bob MODE bob :+i
      cat< ERROR :Closing link: (127.0.0.1) [Quit: ]
      cat< (end)

      ann> LUSERS
      ann< :chat.nettk 251 ann :There are 1 users and 1 invisible on 1 servers
      ann< :chat.nettk 252 ann 1 :operator(s) online
      ann< :chat.nettk 253 ann 1 :unknown connection(s)
      ann< :chat.nettk 254 ann 2 :rooms formed
      ann< :chat.nettk 255 ann :I have 2 clients and 0 servers
      ann< :chat.nettk 265 ann 2 3 :Current local users 2, max 3
      ann< :chat.nettk 266 ann 2 3 :Current global users 2, max 3
    `,
  },
  {
    title: 'tells what it is, since when, and what time it is: 351, 371, 374, 391',
    steps: `
      * ann
      ann> VERSION
      ann< :chat.nettk 351 ann nettk chat.nettk :{about}
      ann< {supported ann}

      ann> INFO
      ann< :chat.nettk 371 ann :{about}
      ann< :chat.nettk 371 ann :Running since <time>
      ann< :chat.nettk 374 ann :End of /INFO list

      ann> TIME
      ann< :chat.nettk 391 ann chat.nettk <time>

      ann> MOTD
      ann< :chat.nettk 422 ann :There is no message of the day
    `,
  },
  {
    title: 'makes operators of who knows the password, and of nobody else: 381, 464, 461',
    options: { operatorPassword: 'open sesame' },
    steps: `
      * ann bob in #room
      bob> OPER bob
      bob> OPER bob wrong
      bob> OPER bob :open sesame
      bob> MODE bob
      bob< :chat.nettk 461 bob OPER :Not enough parameters
      bob< :chat.nettk 464 bob :Password incorrect
      bob< :chat.nettk 381 bob :You are now an IRC operator
      bob< :bob MODE bob :+o
      bob< :chat.nettk 221 bob +o

      # They run every room, until they let go of it.
      bob> MODE #room +t
      bob> MODE bob -o
      bob> MODE #room -t
      bob< :{bob} MODE #room +t
      bob< :bob MODE bob :-o
      bob< :chat.nettk 482 bob #room :You're not an operator of the room
      ann< :{bob} MODE #room +t
    `,
  },
  {
    title: 'has no operators without a password: 491',
    steps: `
      * ann
      ann> OPER ann secret
      ann> OPER ann :
      ann< :chat.nettk 491 ann :There is no operator password
      ann< :chat.nettk 491 ann :There is no operator password
    `,
  },
  {
    title: 'lets operators send people away: KILL, 401, 461, 481',
    options: { operatorPassword: 'secret' },
    steps: `
      * ann bob cat in #room
      ann> KILL bob :out
      ann< :chat.nettk 481 ann :Permission denied: you're not a server operator

      ann> OPER any secret
      ann< :chat.nettk 381 ann :You are now an IRC operator
      ann< :ann MODE ann :+o

      ann> KILL nobody :out
      ann> KILL
      ann> KILL BOB :out with you
      ann< :chat.nettk 401 ann nobody :No such nick or room
      ann< :chat.nettk 461 ann KILL :Not enough parameters
      ann< :{bob} QUIT :Killed by ann: out with you
      bob< ERROR :Closing link: (127.0.0.1) [Killed by ann: out with you]
      bob< (end)
      cat< :{bob} QUIT :Killed by ann: out with you
    `,
  },
];

/** Rooms: JOIN, PART, NAMES, LIST, TOPIC, KICK, INVITE. */

import type { Trace } from '../trace-stage.ts';

/** Them. */
export const ROOM_TRACES: readonly Trace[] = [
  {
    title: 'lets in, tells the others, and says topic and names',
    steps: `
      * ann bob
      ann> JOIN #room
      ann< :{ann} JOIN #room
      ann< :chat.nettk 353 ann = #room :@ann
      ann< :chat.nettk 366 ann #room :End of /NAMES list

      ann> TOPIC #room :What we are about
      ann< :{ann} TOPIC #room :What we are about

      bob> JOIN #ROOM
      bob< :{bob} JOIN #room
      bob< :chat.nettk 332 bob #room :What we are about
      bob< :chat.nettk 333 bob #room {ann} <unix>
      bob< :chat.nettk 353 bob = #room :@ann bob
      bob< :chat.nettk 366 bob #room :End of /NAMES list
      ann< :{bob} JOIN #room

      # Who is in already is not let in again.
      bob> JOIN #room
    `,
  },
  {
    title: 'lets into several rooms, each with its key, whatever becomes of the others',
    steps: `
      * ann in #one #two #three
      ann> MODE #one +k first
      ann> MODE #three +k third
      ann< :{ann} MODE #one +k first
      ann< :{ann} MODE #three +k third

      * bob
      bob> JOIN #one,,#two,#none/such,#three first,,,,wrong
      bob< :{bob} JOIN #one
      bob< :chat.nettk 353 bob = #one :@ann bob
      bob< :chat.nettk 366 bob #one :End of /NAMES list
      bob< :{bob} JOIN #two
      bob< :chat.nettk 353 bob = #two :@ann bob
      bob< :chat.nettk 366 bob #two :End of /NAMES list
      bob< :chat.nettk 476 bob #none/such :{not a room}
      bob< :chat.nettk 475 bob #three :Cannot join: wrong key (+k)
      ann< :{bob} JOIN #one
      ann< :{bob} JOIN #two
    `,
  },
  {
    title: 'leaves all rooms at JOIN 0',
    steps: `
      * ann bob in #one #two
      bob> JOIN 0
      bob< :{bob} PART #one :Left all rooms
      bob< :{bob} PART #two :Left all rooms
      ann< :{bob} PART #one :Left all rooms
      ann< :{bob} PART #two :Left all rooms

      bob> JOIN 0
    `,
  },
  {
    title: 'refuses names that are no rooms, and asks for one, with 476 and 461',
    steps: `
      * ann
      ann> JOIN room
      ann> JOIN #
      ann> JOIN &room
      ann> JOIN #rööm
      ann> JOIN #{r*64}
      ann> JOIN
      ann< :chat.nettk 476 ann room :{not a room}
      ann< :chat.nettk 476 ann # :{not a room}
      ann< :chat.nettk 476 ann &room :{not a room}
      ann< :chat.nettk 476 ann #rööm :{not a room}
      ann< :chat.nettk 476 ann #{r*64} :{not a room}
      ann< :chat.nettk 461 ann JOIN :Not enough parameters

      ann> JOIN #__proto__
      ann> JOIN #{r*63}
      ann< :{ann} JOIN #__proto__
      ann< :chat.nettk 353 ann = #__proto__ :@ann
      ann< :chat.nettk 366 ann #__proto__ :End of /NAMES list
      ann< :{ann} JOIN #{r*63}
      ann< :chat.nettk 353 ann = #{r*63} :@ann
      ann< :chat.nettk 366 ann #{r*63} :End of /NAMES list
    `,
  },
  {
    title: 'lets nobody into more than 50 rooms: 405',
    steps: `
      * ann in {50 rooms}
      ann> JOIN #more
      ann> JOIN #R7
      ann< :chat.nettk 405 ann #more :You have joined too many rooms

      ann> PART #r7
      ann> JOIN #more
      ann< :{ann} PART #r7
      ann< :{ann} JOIN #more
      ann< :chat.nettk 353 ann = #more :@ann
      ann< :chat.nettk 366 ann #more :End of /NAMES list
    `,
  },
  {
    title: 'keeps out of full rooms, of those by invitation, and who is banned: 471, 473, 474',
    steps: `
      * ann in #full #private #exclusive
      ann> MODE #full +l 1
      ann> MODE #private +i
      ann> MODE #exclusive +b bob
      ann< :{ann} MODE #full +l 1
      ann< :{ann} MODE #private +i
      ann< :{ann} MODE #exclusive +b bob!*@*

      * bob
      bob> JOIN #full,#private,#exclusive
      bob< :chat.nettk 471 bob #full :Cannot join: the room is full (+l)
      bob< :chat.nettk 473 bob #private :Cannot join: by invitation only (+i)
      bob< :chat.nettk 474 bob #exclusive :Cannot join: you are banned (+b)
    `,
  },
  {
    title: 'lets an invitation open every door, once, but not beyond the capacity of rooms',
    options: { capacity: 2 },
    steps: `
      * ann in #room
      * bob cat
      ann> MODE #room +ikb secret bob
      ann> INVITE bob #room
      ann> INVITE cat #room
      ann< :{ann} MODE #room +ikb secret bob!*@*
      ann< :chat.nettk 341 ann bob #room
      ann< :chat.nettk 341 ann cat #room
      bob< :{ann} INVITE bob #room
      cat< :{ann} INVITE cat #room

      bob> JOIN #room
      bob< :{bob} JOIN #room
      bob< :chat.nettk 353 bob = #room :@ann bob
      bob< :chat.nettk 366 bob #room :End of /NAMES list
      ann< :{bob} JOIN #room

      cat> JOIN #room
      cat< :chat.nettk 471 cat #room :Cannot join: the room is full (+l)

      bob> PART #room :oh, you are two already?
      bob> JOIN #room
      bob< :{bob} PART #room :oh, you are two already?
      bob< :chat.nettk 473 bob #room :Cannot join: by invitation only (+i)
      ann< :{bob} PART #room :oh, you are two already?
    `,
  },
  {
    title: 'lets go with a reason or without, and refuses with 403 and 442',
    steps: `
      * ann bob in #one #two
      bob> PART #one
      bob< :{bob} PART #one
      ann< :{bob} PART #one

      bob> PART #one,#none,#TWO :see you
      bob< :chat.nettk 442 bob #one :You're not in that room
      bob< :chat.nettk 403 bob #none :No such room
      bob< :{bob} PART #two :see you
      ann< :{bob} PART #two :see you

      bob> PART
      bob< :chat.nettk 461 bob PART :Not enough parameters

      # A room is gone with its last member: who comes then is its operator.
      ann> PART #one
      bob> JOIN #one
      ann< :{ann} PART #one
      bob< :{bob} JOIN #one
      bob< :chat.nettk 353 bob = #one :@bob
      bob< :chat.nettk 366 bob #one :End of /NAMES list
    `,
  },
  {
    title: 'names the members of one room, and of a secret one only to them',
    steps: `
      * ann bob in #room #secret
      * cat
      ann> MODE #room +v bob
      ann> MODE #secret +s
      ann> MODE ann +i
      ann< :{ann} MODE #room +v bob
      ann< :{ann} MODE #secret +s
      ann< :ann MODE ann :+i
      bob< :{ann} MODE #room +v bob
      bob< :{ann} MODE #secret +s

      bob> NAMES #room
      bob> NAMES #Secret
      bob< :chat.nettk 353 bob = #room :@ann +bob
      bob< :chat.nettk 366 bob #room :End of /NAMES list
      bob< :chat.nettk 353 bob @ #secret :@ann bob
      bob< :chat.nettk 366 bob #secret :End of /NAMES list

      # Ann is invisible for who shares no room with her.
      cat> NAMES #room,#secret
      cat> NAMES #secret
      cat> NAMES #none
      cat> NAMES
      cat< :chat.nettk 353 cat = #room :+bob
      cat< :chat.nettk 366 cat #room :End of /NAMES list
      cat< :chat.nettk 366 cat #secret :End of /NAMES list
      cat< :chat.nettk 366 cat #none :End of /NAMES list
      cat< :chat.nettk 366 cat * :End of /NAMES list
    `,
  },
  {
    title: 'lists rooms with their members and topics, secret ones only for members',
    steps: `
      * ann bob in #room
      * ann in #secret
      ann> TOPIC #room :What we are about
      ann> MODE #secret +s
      ann< :{ann} TOPIC #room :What we are about
      ann< :{ann} MODE #secret +s
      bob< :{ann} TOPIC #room :What we are about

      ann> LIST
      ann< :chat.nettk 321 ann Channel :Users  Name
      ann< :chat.nettk 322 ann #lobby 0 :
      ann< :chat.nettk 322 ann #room 2 :What we are about
      ann< :chat.nettk 322 ann #secret 1 :
      ann< :chat.nettk 323 ann :End of /LIST

      bob> LIST
      bob< :chat.nettk 321 bob Channel :Users  Name
      bob< :chat.nettk 322 bob #lobby 0 :
      bob< :chat.nettk 322 bob #room 2 :What we are about
      bob< :chat.nettk 323 bob :End of /LIST

      bob> LIST #ROOM,#none,#secret
      bob< :chat.nettk 321 bob Channel :Users  Name
      bob< :chat.nettk 322 bob #room 2 :What we are about
      bob< :chat.nettk 323 bob :End of /LIST
    `,
  },
  {
    title: 'says, changes and clears the topic: 331, 332, 333',
    steps: `
      * ann bob in #room
      bob> TOPIC #room
      bob< :chat.nettk 331 bob #room :No topic is set

      bob> TOPIC #room word
      bob> TOPIC #Room
      bob< :{bob} TOPIC #room :word
      bob< :chat.nettk 332 bob #room word
      bob< :chat.nettk 333 bob #room {bob} <unix>
      ann< :{bob} TOPIC #room :word

      bob> TOPIC #room :
      bob> TOPIC #room
      bob< :{bob} TOPIC #room :
      bob< :chat.nettk 331 bob #room :No topic is set
      ann< :{bob} TOPIC #room :

      ann> TOPIC #room :{a*400}
      ann< :{ann} TOPIC #room :{a*300}
      bob< :{ann} TOPIC #room :{a*300}

      # 150 characters of two bytes, and not half of one more.
      ann> TOPIC #room :x{é*200}
      ann< :{ann} TOPIC #room :x{é*149}
      bob< :{ann} TOPIC #room :x{é*149}
    `,
  },
  {
    title: 'refuses topics of rooms one is not in, that are not there, or that operators set: 442, 403, 482',
    steps: `
      * ann bob in #room
      * cat
      ann> MODE #room +t
      ann< :{ann} MODE #room +t
      bob< :{ann} MODE #room +t

      bob> TOPIC #room :mine
      bob> TOPIC #none
      bob> TOPIC #none :mine
      bob> TOPIC
      bob< :chat.nettk 482 bob #room :You're not an operator of the room
      bob< :chat.nettk 403 bob #none :No such room
      bob< :chat.nettk 403 bob #none :No such room
      bob< :chat.nettk 461 bob TOPIC :Not enough parameters

      cat> TOPIC #room
      cat> TOPIC #room :mine
      cat< :chat.nettk 442 cat #room :You're not in that room
      cat< :chat.nettk 442 cat #room :You're not in that room

      ann> TOPIC #room :ours
      ann< :{ann} TOPIC #room :ours
      bob< :{ann} TOPIC #room :ours
    `,
  },
  {
    title: 'throws out whom an operator says, one after the other',
    steps: `
      * ann bob cat dan in #room
      ann> KICK #room bob :Speaking English
      ann< :{ann} KICK #room bob :Speaking English
      bob< :{ann} KICK #room bob :Speaking English
      cat< :{ann} KICK #room bob :Speaking English
      dan< :{ann} KICK #room bob :Speaking English

      ann> KICK #ROOM CAT,dan
      ann< :{ann} KICK #room cat ann
      ann< :{ann} KICK #room dan ann
      cat< :{ann} KICK #room cat ann
      dan< :{ann} KICK #room cat ann
      dan< :{ann} KICK #room dan ann

      bob> PRIVMSG #room :but
      bob< :chat.nettk 404 bob #room :Cannot send to this room
    `,
  },
  {
    title: 'throws nobody out who is not there, or for who may not: 401, 403, 441, 442, 461, 482',
    steps: `
      * ann bob in #room
      * cat
      bob> KICK #room ann
      bob> KICK #room
      bob> KICK #none ann
      bob< :chat.nettk 482 bob #room :You're not an operator of the room
      bob< :chat.nettk 461 bob KICK :Not enough parameters
      bob< :chat.nettk 403 bob #none :No such room

      cat> KICK #room bob
      cat< :chat.nettk 442 cat #room :You're not in that room

      ann> KICK #room cat,nobody
      ann< :chat.nettk 441 ann cat #room :They aren't in that room
      ann< :chat.nettk 401 ann nobody :No such nick or room
    `,
  },
  {
    title: 'invites, and says who is away: 341, 301',
    steps: `
      * ann in #room
      * bob cat
      bob> AWAY :asleep
      bob< :chat.nettk 306 bob :You have been marked as being away

      ann> INVITE BOB #Room
      ann< :chat.nettk 341 ann bob #room
      ann< :chat.nettk 301 ann bob asleep
      bob< :{ann} INVITE bob #room
    `,
  },
  {
    title: 'invites only into rooms one is in, and only who is not: 401, 403, 442, 443, 461, 482',
    steps: `
      * ann bob in #room
      * cat
      bob> INVITE ann #room
      bob> INVITE cat #none
      bob> INVITE nobody #room
      bob> INVITE cat
      bob< :chat.nettk 443 bob ann #room :is already in the room
      bob< :chat.nettk 403 bob #none :No such room
      bob< :chat.nettk 401 bob nobody :No such nick or room
      bob< :chat.nettk 461 bob INVITE :Not enough parameters

      cat> INVITE cat #room
      cat< :chat.nettk 442 cat #room :You're not in that room

      ann> MODE #room +i
      ann< :{ann} MODE #room +i
      bob< :{ann} MODE #room +i

      bob> INVITE cat #room
      bob< :chat.nettk 482 bob #room :You're not an operator of the room
    `,
  },
  {
    title: 'does as if a secret room were not there, for who is not in it: 403, as for no room',
    steps: `
      * ann in #Secret
      * bob cat
      ann> MODE #secret +sm
      ann< :{ann} MODE #Secret +sm

      # Not even its name is told as it is written.
      bob> MODE #SECRET
      bob> MODE #SECRET b
      bob> MODE #SECRET +o bob
      bob> TOPIC #SECRET
      bob> TOPIC #SECRET :ours
      bob> PART #SECRET
      bob> KICK #SECRET ann
      bob> INVITE cat #SECRET
      bob> PRIVMSG #SECRET :hello
      bob> NAMES #SECRET
      bob> WHO #SECRET
      bob< :chat.nettk 403 bob #SECRET :No such room
      bob< :chat.nettk 403 bob #SECRET :No such room
      bob< :chat.nettk 403 bob #SECRET :No such room
      bob< :chat.nettk 403 bob #SECRET :No such room
      bob< :chat.nettk 403 bob #SECRET :No such room
      bob< :chat.nettk 403 bob #SECRET :No such room
      bob< :chat.nettk 403 bob #SECRET :No such room
      bob< :chat.nettk 403 bob #SECRET :No such room
      bob< :chat.nettk 403 bob #SECRET :No such room
      bob< :chat.nettk 366 bob #SECRET :End of /NAMES list
      bob< :chat.nettk 315 bob #SECRET :End of WHO list

      # Where anybody may speak they are heard.
      ann> MODE #secret -mn
      ann< :{ann} MODE #Secret -mn
      bob> PRIVMSG #secret :hello
      ann< :{bob} PRIVMSG #Secret :hello
    `,
  },
];

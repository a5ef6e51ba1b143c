/** The chat page's script: what is typed, lines to say and slash commands. */

/** Saying and doing; needs the parts before it. */
export const COMMANDS = String.raw`
const HELP = [
  '/join ROOM [KEY] · /part [REASON] · /rooms · /names · /topic [TEXT] · /history [N]',
  '/me TEXT · /msg NICK TEXT · /nick NICK · /away [TEXT] · /whois NICK',
  '/invite NICK [ROOM] · /kick NICK [REASON] · /mode [CHANGES] · /oper [NAME] PASSWORD · /quit [TEXT] · /raw LINE',
  'A line that starts with a slash: //text. Tab completes a nick, arrow up brings back what you said.',
];

/* The first word of a text and what is behind it. */
function firstWord(text) {
  const [, word = '', rest = ''] = /^(\S*)\s*(.*)$/s.exec(text.trim()) ?? [];
  return [word, rest];
}

function joinRoom(name, key = '') {
  const room = findRoom(name);
  if (room?.isIn) {
    show(room);
    return;
  }
  toShow = fold(name);
  if (room !== undefined) room.key = key;
  else if (key !== '') keys.set(fold(name), key);
  if (!send('JOIN', name, ...(key === '' ? [] : [key]))) toJoin.set(name, key);
}
/* Keys of rooms that are not open yet, for coming back. */
const keys = new Map();

function closeRoom(room) {
  if (room.isRoom && room.isIn && link.state === 'open') {
    room.isClosing = true;
    send('PART', room.name);
  } else {
    toJoin.delete(room.name);
    forgetRoom(room);
  }
}

/* Says a text where it belongs; a server that does not echo leaves showing it to us. */
function say(room, text, kind = '') {
  const most = MAX_TEXT_BYTES - bytesOf(room.name);
  for (const piece of piecesOf(text, most)) {
    const words = kind === 'action' ? actionOf(piece) : piece;
    send('PRIVMSG', room.name, words);
    if (link.caps.has('echo-message')) continue;
    addLine(room, saidLine({ id: undefined, time: now(), nick: me.nick, text: piece, kind }), { isQuiet: true });
  }
}

/* The room that is looked at, where there is one to talk in. */
function here() {
  if (current.name !== '') return current;
  tell(current, 'You are in no room; try /join lobby', { isBad: true });
  return undefined;
}

function withRoom(run) {
  const room = here();
  if (room === undefined) return;
  if (room.isRoom) run(room);
  else tell(room, 'This is a private talk, not a room', { isBad: true });
}

function needing(rest, what, run) {
  if (rest === '') tell(undefined, 'Say which: ' + what, { isBad: true });
  else run(...firstWord(rest));
}

function partRoom(rest) {
  const [word, more] = firstWord(rest);
  const named = word === '' ? undefined : findRoom(asRoomName(word));
  const room = named?.isRoom ? named : here();
  const reason = room === named ? more : rest;
  if (room === undefined) return;
  if (!room.isRoom || !room.isIn) closeRoom(room);
  else {
    room.isClosing = true;
    send('PART', room.name, ...(reason === '' ? [] : [reason]));
  }
}

function showHistory(rest) {
  withRoom((room) => {
    const count = Math.min(Math.max(Number.parseInt(rest, 10) || PAST_LINES, 1), 100);
    if (link.caps.has('draft/chathistory')) askEarlier(room, count);
    else tell(room, 'This server keeps no history', { isBad: true });
  });
}

const DO = {
  help: () => {
    for (const line of HELP) tell(undefined, line);
  },
  join: (rest) => {
    const again = current.isRoom && !current.isIn ? current.name : '';
    needing(rest || again, '/join ROOM [KEY]', (room, key) => {
      for (const name of roomNamesIn(room)) joinRoom(name, key);
    });
  },
  part: partRoom,
  leave: partRoom,
  close: () => closeRoom(current),
  me: (rest) => {
    const room = here();
    if (room !== undefined && rest !== '') say(room, rest, 'action');
  },
  msg: (rest) =>
    needing(rest, '/msg NICK [TEXT]', (nick, text) => {
      const room = openRoom(nick);
      show(room);
      if (text !== '') say(room, text);
    }),
  query: (rest) => DO.msg(rest),
  nick: (rest) => needing(rest, '/nick NICK', (nick) => send('NICK', nick)),
  topic: (rest) => withRoom(({ name }) => send('TOPIC', name, ...(rest === '' ? [] : [rest]))),
  kick: (rest) =>
    needing(rest, '/kick NICK [REASON]', (nick, reason) =>
      withRoom(({ name }) => send('KICK', name, nick, ...(reason === '' ? [] : [reason]))),
    ),
  invite: (rest) =>
    needing(rest, '/invite NICK [ROOM]', (nick, room) => {
      if (room !== '') send('INVITE', nick, asRoomName(room));
      else withRoom(({ name }) => send('INVITE', nick, name));
    }),
  mode: (rest) => withRoom(({ name }) => send('MODE', name, ...rest.split(/\s+/).filter(Boolean))),
  away: (rest) => send('AWAY', ...(rest !== '' ? [rest] : me.isAway ? [] : ['away'])),
  names: () =>
    withRoom((room) => {
      room.wantsNames = true;
      send('NAMES', room.name);
    }),
  who: (rest) => DO.names(rest),
  history: showHistory,
  rooms: () => send('LIST'),
  list: () => send('LIST'),
  whois: (rest) => needing(rest, '/whois NICK', (nick) => send('WHOIS', nick)),
  oper: (rest) => needing(rest, '/oper [NAME] PASSWORD', (name, password) => send('OPER', password === '' ? me.nick : name, password || name)),
  raw: (rest) => needing(rest, '/raw LINE', () => link.socket?.send(formatLine(rest, []))),
  quit: (rest) => {
    send('QUIT', ...(rest === '' ? [] : [rest]));
    goAway();
  },
};

/* One typed line. */
function perform(line) {
  const [, name = '', rest = ''] = /^\/(\w+)\s*(.*)$/s.exec(line) ?? [];
  if (name === '' || line.startsWith('//')) {
    const room = here();
    if (room !== undefined) say(room, line.startsWith('//') ? line.slice(1) : line);
  } else if (Object.hasOwn(DO, name.toLowerCase())) DO[name.toLowerCase()](rest.trim());
  else tell(undefined, 'There is no /' + name + '; /help tells what there is', { isBad: true });
}
`;

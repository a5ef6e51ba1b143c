/** The chat page's script: what the server says: messages, the past, refusals, and which function takes what. */

/** What happens on each message; needs the parts before it. */
export const REPLIES = String.raw`
/* Batches of the past that are coming in, by their reference. */
const batches = new Map();
const PAST_LINES = 50;
/* Welcome, statistics, ends of lists: of no use to people. */
const SILENT = new Set(
  '002 003 004 250 251 252 253 254 255 265 266 312 315 318 321 323 329 333 347 349 365 368 369 374 375 376 422'.split(' '),
);
const NICK_REFUSALS = new Set(['431', '432', '433', '436', '437']);

function receive(message) {
  const batch = batches.get(message.tags.get('batch'));
  if (batch !== undefined && message.command !== 'BATCH') batch.messages.push(message);
  else if (Object.hasOwn(ON, message.command)) ON[message.command](message);
  else if (/^\d{3}$/.test(message.command)) onNumeric(message);
}

/* The room that a message is about, of those that are open. */
const roomOf = (name) => (name === undefined || name === '' ? undefined : findRoom(name));

function onNumeric({ command, params }) {
  if (SILENT.has(command)) return;
  const isBad = command >= '400';
  if (isBad && link.state === 'opening' && refusedAtTheDoor(command, params)) return;
  const words = params.slice(1);
  const text = words.pop() ?? '';
  const room = roomOf(words[0]);
  if (room !== undefined) room.refusal = text;
  const about = words.filter((one) => one !== '*' && (room === undefined || one !== words[0])).map(shownName).join(' ');
  tell(room, plainText(about === '' ? text : about + ': ' + text), { isBad });
}

function refusedAtTheDoor(command, params) {
  const text = plainText(params.at(-1) ?? '');
  if (NICK_REFUSALS.has(command)) onNickRefused((params[1] ?? me.wanted) + ': ' + text);
  else if (command === '464' || command === '465') {
    const isAsked = command === '464' && me.password === '';
    goAway(isAsked ? 'This server asks for a password.' : text);
    if (command === '464') askPassword();
  } else if (command !== '421' && command !== '451') link.lastWords = text;
  return true;
}

function onSaid(message, isPast = false) {
  const { command, source, nick, params } = message;
  const [target = '', raw = ''] = params;
  if (command === 'NOTICE' && isFromServer(source)) {
    onServerNotice(message, isPast);
    return;
  }
  const ctcp = ctcpOf(raw);
  if (ctcp !== undefined && ctcp.kind !== 'ACTION') return;
  const isOwn = isMe(nick);
  const isNotice = command === 'NOTICE';
  const talk = isRoomName(target) ? target : isOwn ? target : nick;
  // A notice to us alone starts no talk (RFC 1459: nothing may answer it by itself).
  const room = isNotice && !isRoomName(target) ? (findRoom(talk) ?? current ?? serverRoom()) : openRoom(talk);
  const text = ctcp === undefined ? raw : ctcp.text;
  const isCalling = !isOwn && calls(text, me.nick);
  const kind = ctcp === undefined ? (isNotice ? 'notice' : '') : 'action';
  const line = saidLine({ id: message.tags.get('msgid'), time: timeOf(message), nick, text, kind, isCalling });
  addLine(room, line, { isPast, isQuiet: isOwn, isCalling });
  if (!isPast && room.isRoom && !isNotice) spoke(room, nick);
}

/* What refuses a line comes twice, as a number and as a notice in the room, for clients that show only one of them. */
function onServerNotice(message, isPast) {
  const [target = '', text = ''] = message.params;
  const room = roomOf(target);
  const isRepeated = room !== undefined && room.refusal === text;
  if (!isRepeated) tell(room, plainText(text), { message, isPast });
  if (room === undefined) return;
  room.refusal = undefined;
  const [, turn] = /^Half-duplex: (.*)$/.exec(text) ?? [];
  if (turn !== undefined && !isPast) setTurn(room, turn === 'it is ' + me.nick + "'s turn" ? 'It is your turn' : capital(turn));
}

const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

/* Half-duplex: who spoke waits for another's word, or holds the floor until they give it on. */
function spoke(room, nick) {
  const isOwn = isMe(nick);
  if (link.floor === 'hold') setTurn(room, isOwn ? 'You have the floor; say "over" to give it on' : nick + ' has the floor');
  else if (link.floor === 'turns' && isOwn) setTurn(room, 'You spoke; now it is the turn of ' + (room.members.size === 2 ? otherIn(room) : 'anybody else'));
  else if (link.floor === 'turns') setTurn(room, room.members.size === 2 ? 'It is your turn' : 'It is the turn of anybody but ' + nick);
}

const otherIn = (room) => [...room.members.values()].find(({ nick }) => !isMe(nick))?.nick ?? 'the other';

function setTurn(room, text) {
  room.turn = text;
  if (room === current) drawState();
}

function onBatch({ params: [mark = '', type = '', name = ''] }) {
  const reference = mark.slice(1);
  if (mark.startsWith('+')) {
    batches.set(reference, { type, name, messages: [] });
    return;
  }
  const batch = batches.get(reference);
  batches.delete(reference);
  if (batch === undefined) return;
  const room = batch.type.includes('chathistory') ? roomOf(batch.name) : undefined;
  if (room === undefined) for (const message of batch.messages) receive({ ...message, tags: new Map() });
  else takePast(room, batch.messages);
}

function takePast(room, messages) {
  // Nobody wants the past read aloud.
  room.log.setAttribute('aria-live', 'off');
  for (const message of messages) {
    if (message.command === 'PRIVMSG' || message.command === 'NOTICE') onSaid(message, true);
  }
  // Nothing is older than what a request that found less than it asked for gave.
  if (room.asked !== undefined) room.earlier.hidden = messages.length < room.asked || room.lines.length >= MAX_LINES;
  room.asked = undefined;
  soon(() => room.log.setAttribute('aria-live', 'polite'));
}

/* A line of the same millisecond may be missing: it is asked for too, and what is there already stays once. */
const momentOf = (ms) => 'timestamp=' + new Date(ms).toISOString();

function askEarlier(room, count = PAST_LINES) {
  const oldest = oldestOf(room);
  room.asked = count;
  if (oldest === undefined) send('CHATHISTORY', 'LATEST', room.name, '*', String(count));
  else send('CHATHISTORY', 'BEFORE', room.name, momentOf(oldest + 1), String(count));
}

function askMissed(room) {
  const newest = newestOf(room);
  if (newest === undefined) askEarlier(room);
  else send('CHATHISTORY', 'LATEST', room.name, momentOf(newest - 1), String(2 * PAST_LINES));
}

async function onKeyWanted({ params }) {
  const [, name = '', text = ''] = params;
  const key = await ask({ title: shownName(name) + ' is locked', label: 'Key of the room', type: 'password' });
  if (key) joinRoom(name, key);
  else tell(roomOf(name), shownName(name) + ': ' + plainText(text), { isBad: true });
}

const ON = {
  CAP: onCap,
  PING: ({ params }) => send('PONG', ...params),
  PONG: () => {},
  ERROR: ({ params }) => {
    // Closing link: (address) [why]
    const text = params.at(-1) ?? '';
    link.lastWords = /\[(.+)\]$/.exec(text)?.[1] ?? text;
  },
  '001': onWelcome,
  '005': ({ params }) => {
    const floor = params.find((one) => one.startsWith('FLOOR='));
    if (floor !== undefined) link.floor = floor.slice('FLOOR='.length).toLowerCase();
  },
  '301': ({ params: [, nick = '', text = ''] }) => tell(findRoom(nick), nick + ' is away' + because(text)),
  '305': () => onOwnAway(false),
  '306': () => onOwnAway(true),
  '311': ({ params: [, nick = '', user = '', host = '', , name = ''] }) =>
    tell(undefined, [nickElement(nick), ' is ' + user + '@' + host + because(name)]),
  '317': ({ params: [, nick = '', seconds = ''] }) => tell(undefined, [nickElement(nick), ' has said nothing for ' + seconds + ' s']),
  '319': ({ params: [, nick = '', names = ''] }) => tell(undefined, [nickElement(nick), ' is in ' + plainText(names).replaceAll('#', '')]),
  '322': ({ params: [, name = '', count = '', topic = ''] }) =>
    tell(undefined, [roomAnchor(name), ' (' + count + ') ' + plainText(topic)]),
  '324': ({ params: [, name = '', ...modes] }) => tell(roomOf(name), 'Modes: ' + plainText(modes.join(' '))),
  '331': ({ params: [, name] }) => onTopicIs(name, ''),
  '332': ({ params: [, name, topic = ''] }) => onTopicIs(name, topic),
  '341': ({ params: [, nick = '', name = ''] }) => tell(roomOf(name), nick + ' is asked in'),
  '353': onNames,
  '366': onNamesEnd,
  '372': ({ params }) => tell(serverRoom(), linked(plainText(params.at(-1) ?? ''))),
  '475': onKeyWanted,
  PRIVMSG: (message) => onSaid(message),
  NOTICE: (message) => onSaid(message),
  JOIN: onJoin,
  PART: onPart,
  QUIT: onQuit,
  KICK: onKick,
  NICK: onNick,
  TOPIC: onTopic,
  MODE: onMode,
  AWAY: onAway,
  BATCH: onBatch,
  INVITE: (message) => {
    const [whom = '', name = ''] = message.params;
    if (isMe(whom)) tell(undefined, [nickElement(message.nick), ' asks you into ', roomAnchor(name)], { message });
    else tell(roomOf(name), [nickElement(message.nick), ' asked ', nickElement(whom), ' in'], { message });
  },
  FAIL: ({ params: [, , ...rest] }) => {
    const room = rest.slice(0, -1).map(roomOf).find((one) => one !== undefined);
    tell(room, plainText(rest.at(-1) ?? ''), { isBad: true });
  },
  WARN: (message) => ON.FAIL(message),
  NOTE: ({ params }) => tell(undefined, plainText(params.at(-1) ?? '')),
};

function onTopicIs(name, topic) {
  const room = roomOf(name);
  if (room === undefined) return;
  room.topic = topic;
  if (room === current) drawHead();
}

function onOwnAway(isAway) {
  me.isAway = isAway;
  tell(undefined, isAway ? 'You are away now' : 'You are not away any more');
  drawState();
}

const roomAnchor = (name) => make('a', { href: '#' + encodeURIComponent(shownName(name)) }, shownName(name));
`;

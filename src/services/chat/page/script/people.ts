/** The chat page's script: who comes and goes, names, topics and modes. */

/** What happens when a room changes; needs the parts before it. */
export const PEOPLE = `
function onJoin(message) {
  const { nick, params } = message;
  const room = openRoom(params[0]);
  addMember(room.members, nick);
  if (!isMe(nick)) {
    tell(room, [nickElement(nick), ' came in'], { message });
    if (room === current) soon(drawPeople);
    return;
  }
  const isBack = room.lines.length > 0;
  Object.assign(room, { isIn: true, isClosing: false, key: keys.get(fold(room.name)) ?? room.key });
  room.members.clear();
  room.incoming = undefined;
  tell(room, isBack ? 'You are back' : 'You are in ' + shownName(room.name), { message });
  if (link.caps.has('draft/chathistory')) askMissed(room);
  keepVisit();
  if (room === current || current.name === '' || fold(room.name) === toShow) show(room);
  else draw();
}

function leftRoom(room, nick, parts, message) {
  room.members.delete(fold(nick));
  tell(room, parts, { message });
  if (isMe(nick)) {
    Object.assign(room, { isIn: false, turn: '' });
    room.members.clear();
    keepVisit();
    draw();
  } else if (room === current) soon(drawPeople);
}

const because = (text) => (text === undefined || text === '' ? '' : ' (' + plainText(text) + ')');

function onPart(message) {
  const room = roomOf(message.params[0]);
  if (room === undefined) return;
  if (isMe(message.nick) && room.isClosing) {
    room.isIn = false;
    forgetRoom(room);
    keepVisit();
  } else leftRoom(room, message.nick, [nickElement(message.nick), ' left' + because(message.params[1])], message);
}

function onQuit(message) {
  for (const room of rooms.values()) {
    const isThere = room.members.has(fold(message.nick)) || room === findRoom(message.nick);
    if (isThere) leftRoom(room, message.nick, [nickElement(message.nick), ' quit' + because(message.params[0])], message);
  }
}

function onKick(message) {
  const [name, nick = '', reason] = message.params;
  const room = roomOf(name);
  if (room === undefined) return;
  const whom = isMe(nick) ? 'you' : nickElement(nick);
  leftRoom(room, nick, [nickElement(message.nick), ' threw ', whom, ' out' + because(reason)], message);
}

function onNick(message) {
  const { nick, params: [next = ''] } = message;
  const touched = renameMember(nick, next);
  const wasMe = isMe(nick);
  if (wasMe) {
    Object.assign(me, { nick: next, wanted: next });
    remember(always, 'nick', next);
    keepVisit();
  }
  renameTalk(nick, next);
  const parts = () => (wasMe ? ['You are ', nickElement(next), ' now'] : [nickElement(nick), ' is ', nickElement(next), ' now']);
  for (const room of touched) tell(room, parts(), { message });
  if (wasMe && touched.length === 0) tell(undefined, parts(), { message });
  if (current !== undefined) draw();
}

function onTopic(message) {
  const room = roomOf(message.params[0]);
  if (room === undefined) return;
  room.topic = message.params[1] ?? '';
  const what = room.topic === '' ? [' took the topic away'] : [' set the topic: ', ...linked(plainText(room.topic))];
  tell(room, [nickElement(message.nick), ...what], { message });
  if (room === current) drawHead();
}

function onMode(message) {
  const [name, ...changes] = message.params;
  const room = roomOf(name);
  if (room === undefined) return;
  applyModes(room, changes);
  tell(room, [nickElement(message.nick), ' set ' + plainText(changes.join(' '))], { message });
  if (room === current) soon(drawPeople);
}

function onAway({ nick, params: [text = ''] }) {
  for (const room of rooms.values()) {
    const member = room.members.get(fold(nick));
    if (member !== undefined) member.isAway = text !== '';
  }
  soon(drawPeople);
}

function onNames({ params }) {
  const room = roomOf(params[2]);
  if (room === undefined) return;
  room.incoming ??= new Map();
  for (const name of (params[3] ?? '').split(' ')) if (name !== '') addMember(room.incoming, name);
}

function onNamesEnd({ params }) {
  const room = roomOf(params[1]);
  if (room === undefined) return;
  const away = new Set([...room.members.values()].filter(({ isAway }) => isAway).map(({ nick }) => fold(nick)));
  if (room.isIn) room.members = room.incoming ?? new Map();
  for (const [key, member] of room.members) member.isAway = away.has(key);
  if (room.wantsNames) {
    const all = inOrder(room.incoming ?? new Map());
    tell(room, all.length + ' here: ' + all.map(({ nick, ranks }) => ranks.slice(0, 1) + nick).join(' '));
  }
  Object.assign(room, { incoming: undefined, wantsNames: false });
  if (room === current) drawPeople();
}
`;

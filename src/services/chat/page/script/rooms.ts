/** The chat page's script: rooms, private talks and who is in them; what is known, not how it looks. */

/** Rooms and people; needs the parts before it. */
export const ROOMS = `
/* Everything known about this visit. */
const me = { nick: '', wanted: '', password: '', isAway: false };
/* By folded name; a private talk stands under the other's nick. The server's own words stand under ''. */
const rooms = new Map();
let current;

/* Strangers cannot fill the memory with private talks: the oldest one goes. */
const MAX_TALKS = 100;

function makeRoom(name) {
  const talks = [...rooms.values()].filter((room) => !room.isRoom && room.name !== '' && room !== current);
  if (!isRoomName(name) && talks.length >= MAX_TALKS) forgetRoom(talks[0]);
  const log = make('div', { class: 'log', role: 'log', 'aria-label': 'Messages in ' + (shownName(name) || 'the server') });
  const earlier = make('button', { class: 'earlier', type: 'button', hidden: true }, 'Earlier messages');
  const pane = make('div', { class: 'pane', tabIndex: 0, hidden: true }, earlier, log);
  const room = {
    name, log, pane, earlier,
    isRoom: isRoomName(name),
    isIn: false,
    key: '',
    topic: '',
    turn: '',
    refusal: undefined,
    members: new Map(),
    incoming: undefined,
    lines: [],
    ids: new Set(),
    unread: 0,
    isCalled: false,
    isMarked: false,
    draft: '',
    isAtEnd: true,
    scrollTop: 0,
    wantsNames: false,
  };
  earlier.addEventListener('click', () => askEarlier(room));
  pane.addEventListener('scroll', () => onScroll(room), { passive: true });
  rooms.set(fold(name), room);
  $('panes').append(pane);
  return room;
}

const findRoom = (name) => rooms.get(fold(name));
const openRoom = (name) => findRoom(name) ?? makeRoom(name);
const roomsIn = () => [...rooms.values()].filter((room) => room.isRoom && room.isIn);
const isMe = (nick) => fold(nick) === fold(me.nick);
const serverRoom = () => openRoom('');

function forgetRoom(room) {
  rooms.delete(fold(room.name));
  room.pane.remove();
  if (current !== room) return;
  current = undefined;
  show([...rooms.values()].find((one) => one.isRoom) ?? serverRoom());
}

/* Their ranks stand in front of the nick: @ and +, with multi-prefix both. */
function addMember(members, text) {
  const nick = text.replace(/^[@+]+/, '');
  members.set(fold(nick), { nick, ranks: text.slice(0, text.length - nick.length), isAway: false });
}

function setRank(room, nick, mark, isOn) {
  const member = room.members.get(fold(nick));
  if (member === undefined) return;
  const ranks = new Set(member.ranks);
  if (isOn) ranks.add(mark);
  else ranks.delete(mark);
  member.ranks = [...'@+'].filter((one) => ranks.has(one)).join('');
}

/* Takes the changes of a MODE that are about people; the rest is only told. */
function applyModes(room, [changes = '', ...names]) {
  let isOn = true;
  for (const letter of changes) {
    if (letter === '+' || letter === '-') isOn = letter === '+';
    else if (letter === 'o' || letter === 'v') setRank(room, names.shift() ?? '', letter === 'o' ? '@' : '+', isOn);
    else if (letter === 'b' || letter === 'k' || (letter === 'l' && isOn)) names.shift();
  }
}

function renameMember(nick, next) {
  const touched = [];
  for (const room of rooms.values()) {
    const member = room.members.get(fold(nick));
    if (member === undefined) continue;
    room.members.delete(fold(nick));
    room.members.set(fold(next), { ...member, nick: next });
    touched.push(room);
  }
  return touched;
}

/* A private talk goes on under the other's new nick. */
function renameTalk(nick, next) {
  const talk = findRoom(nick);
  if (talk === undefined || talk.isRoom || findRoom(next) !== undefined) return;
  rooms.delete(fold(nick));
  talk.name = next;
  talk.log.setAttribute('aria-label', 'Messages with ' + next);
  rooms.set(fold(next), talk);
}

function inOrder(members) {
  const rankOf = ({ ranks }) => (ranks.includes('@') ? 0 : ranks.includes('+') ? 1 : 2);
  const byName = (a, b) => (fold(a.nick) < fold(b.nick) ? -1 : 1);
  return [...members.values()].sort((a, b) => rankOf(a) - rankOf(b) || byName(a, b));
}

/* What is said about a room goes there; about nothing in particular, to the room that is looked at. */
function tell(room, parts, { isBad = false, message, isPast = false } = {}) {
  const where = room ?? current ?? serverRoom();
  const line = infoLine({ id: undefined, time: timeOf(message), parts: [].concat(parts), isBad });
  addLine(where, line, { isPast, isQuiet: true });
}
`;

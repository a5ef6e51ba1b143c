/** The chat page's script: the WebSocket, introducing oneself, and coming back after the connection was lost. */

/** The connection; needs the parts before it. */
export const CONNECTION = `
const WANTED_CAPS = [
  'server-time', 'message-tags', 'echo-message', 'multi-prefix', 'away-notify', 'setname', 'batch', 'draft/chathistory',
];
const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 30_000;
/* A server that is silent for so long is asked whether it is there, and left after as long again. */
const SILENCE_MS = 40_000;
const LOOK_MS = 10_000;
/* A nick may still be held by the connection that was lost: it is asked for again once, this much later. */
const NICK_AGAIN_MS = 1_500;

/* state: closed (the form shows), opening, waiting (for the next try), open. */
const link = {
  state: 'closed', note: '', socket: undefined, caps: new Set(), offered: [], attempt: 0, timer: undefined,
  heard: 0, isPinged: false, nickTries: 0, lastWords: '', wasIn: false, isReload: false,
  /* turns or hold where the server is half-duplex. */
  floor: '',
};
/* What to join once the server has said welcome: room names and keys. */
let toJoin = new Map();
/* Of rooms that are joined, the one to look at. */
let toShow = '';

function send(command, ...params) {
  if (link.socket?.readyState !== WebSocket.OPEN) return false;
  link.socket.send(formatLine(command, params));
  return true;
}

function connect() {
  clearTimeout(link.timer);
  dropSocket();
  batches.clear();
  Object.assign(link, { state: 'opening', caps: new Set(), offered: [], isPinged: false, nickTries: 0, lastWords: '', floor: '', heard: Date.now() });
  link.note = link.wasIn ? 'Connection lost, connecting again…' : 'Connecting…';
  const address = (location.protocol === 'https:' ? 'wss://' : 'ws://') + location.host + location.pathname;
  const socket = new WebSocket(address, ['text.ircv3.net']);
  link.socket = socket;
  socket.addEventListener('open', introduce);
  socket.addEventListener('message', ({ data }) => {
    if (link.socket === socket) hear(String(data));
  });
  socket.addEventListener('close', () => {
    if (link.socket === socket) lost();
  });
  if (link.wasIn) drawState();
}

function dropSocket() {
  const { socket } = link;
  link.socket = undefined;
  socket?.close();
}

function introduce() {
  send('CAP', 'LS', '302');
  if (me.password !== '') send('PASS', me.password);
  send('NICK', me.wanted);
  send('USER', 'web', '0', '*', me.wanted);
}

function hear(line) {
  link.heard = Date.now();
  link.isPinged = false;
  const message = parseLine(line);
  const sent = Date.parse(message.tags.get('time') ?? '');
  if (!Number.isNaN(sent) && !message.tags.has('batch')) clockAhead = sent - Date.now();
  receive(message);
}

/* CAP: what is offered and wanted is taken; a server that knows no CAP says 421, and nothing is missed. */
function onCap({ params: [, verb, ...rest] }) {
  const names = (rest.at(-1) ?? '').split(' ').map((one) => one.replace(/=.*/, ''));
  if (verb === 'LS') {
    link.offered.push(...names);
    if (rest[0] === '*' && rest.length > 1) return;
    const wanted = WANTED_CAPS.filter((one) => link.offered.includes(one));
    if (wanted.length > 0) send('CAP', 'REQ', wanted.join(' '));
    else send('CAP', 'END');
  } else if (verb === 'ACK' || verb === 'NAK') {
    if (verb === 'ACK') for (const name of names) link.caps.add(name);
    if (link.state === 'opening') send('CAP', 'END');
  } else if (verb === 'DEL') {
    for (const name of names) link.caps.delete(name);
  }
}

function onWelcome({ params: [nick] }) {
  const isBack = link.wasIn;
  const isOther = fold(nick) !== fold(me.wanted);
  Object.assign(me, { nick, isAway: false });
  Object.assign(link, { state: 'open', wasIn: true, attempt: 0 });
  if (isBack && isOther) tell(undefined, me.wanted + ' is taken; you are ' + nick);
  for (const [name, key] of toJoin) send('JOIN', name, ...(key === '' ? [] : [key]));
  toJoin = new Map();
  remember(always, 'nick', me.wanted);
  keepVisit();
  $('start').hidden = true;
  $('chat').hidden = false;
  if (current === undefined) show(serverRoom());
  else draw();
  focusText();
}

/* What a reload of the page in this tab goes on with. */
function keepVisit() {
  const names = roomsIn().map(({ name }) => name);
  if (link.state === 'open') remember(thisTab, 'visit', { nick: me.wanted, rooms: names });
}

/* 433 and its kin before the welcome: somebody new is asked, somebody who comes back waits a little, then gets another. */
function onNickRefused(text) {
  const { wasIn, isReload, socket } = link;
  link.nickTries += 1;
  if ((wasIn || isReload) && link.nickTries === 1) {
    setTimeout(() => link.socket === socket && send('NICK', me.wanted), NICK_AGAIN_MS);
  } else if (wasIn) send('NICK', me.wanted.slice(0, 27) + link.nickTries);
  else {
    goAway(text);
    $('nick').select();
  }
}

function lost() {
  link.socket = undefined;
  if (!link.wasIn) {
    goAway(link.lastWords || 'The server cannot be reached.');
    return;
  }
  for (const room of roomsIn()) {
    toJoin.set(room.name, room.key);
    room.isIn = false;
    room.turn = '';
  }
  const wait = Math.min(FIRST_WAIT_MS * 2 ** link.attempt, MAX_WAIT_MS) * (0.5 + Math.random() / 2);
  const why = link.lastWords === '' ? '' : ' (' + plainText(link.lastWords) + ')';
  link.attempt += 1;
  link.state = 'waiting';
  link.note = 'Connection lost' + why + ', trying again soon…';
  link.timer = setTimeout(connect, wait);
  if (current !== undefined) draw();
}

function tryNow() {
  if (link.state === 'waiting') connect();
}

/* TCP alone may take minutes to see that nobody is there. */
function lookAtLink() {
  noteDay();
  if (link.state !== 'open' && link.state !== 'opening') return;
  const silence = Date.now() - link.heard;
  if (silence > 2 * SILENCE_MS && (link.isPinged || link.state === 'opening')) {
    dropSocket();
    lost();
  } else if (silence > SILENCE_MS && !link.isPinged) {
    link.isPinged = true;
    send('PING', 'page');
  }
}

/* Back to the form, with a word why. */
function goAway(note = '') {
  clearTimeout(link.timer);
  dropSocket();
  Object.assign(link, { state: 'closed', wasIn: false, attempt: 0 });
  remember(thisTab, 'visit', null);
  for (const room of rooms.values()) room.pane.remove();
  rooms.clear();
  current = undefined;
  toJoin = new Map();
  openForm(note);
}
`;

/** The chat page's script: what is known, on the screen. */

/** Lists, the room that is looked at, the state line; needs the parts before it. */
export const VIEW = `
const NEAR_END_PX = 48;
const RANKS = { '@': 'op', '+': 'voice' };

function addLine(room, line, { isPast = false, isQuiet = false, isCalling = false } = {}) {
  const keepsPlace = isPast && room === current && !room.isAtEnd;
  const fromEnd = keepsPlace ? room.pane.scrollHeight - room.pane.scrollTop : 0;
  if (!place(room, line, isPast)) return;
  const isSeen = room === current && !document.hidden && room.isAtEnd;
  if (!isSeen && !isPast && !isQuiet) {
    if (!room.isMarked && (room !== current || document.hidden)) markNew(room, line);
    room.unread += 1;
    room.isCalled ||= isCalling || !room.isRoom;
    drawRooms();
  }
  if (room !== current) return;
  if (keepsPlace) room.pane.scrollTop = room.pane.scrollHeight - fromEnd;
  if (room.isAtEnd) soon(stayAtEnd);
  $('to-end').hidden = room.isAtEnd;
}

/* What many lines ask for is done once, before the next frame. */
const asked = new Set();
function soon(work) {
  if (asked.size === 0) {
    requestAnimationFrame(() => {
      const all = [...asked];
      asked.clear();
      for (const one of all) one();
    });
  }
  asked.add(work);
}

function stayAtEnd() {
  if (current?.isAtEnd) toEnd(current);
}

/* The first line that came while somebody looked elsewhere. */
function markNew(room, line) {
  room.isMarked = true;
  for (const one of room.log.querySelectorAll('.first-new')) one.classList.remove('first-new');
  line.element.classList.add('first-new');
  dress(room, room.lines.lastIndexOf(line));
}

function toEnd(room) {
  room.pane.scrollTop = room.pane.scrollHeight;
  room.isAtEnd = true;
}

function onScroll(room) {
  const { pane } = room;
  if (room !== current) return;
  room.isAtEnd = pane.scrollHeight - pane.scrollTop - pane.clientHeight < NEAR_END_PX;
  room.scrollTop = pane.scrollTop;
  $('to-end').hidden = room.isAtEnd;
  if (room.isAtEnd) seen(room);
}

/* What is looked at is read. */
function seen(room) {
  if (room === undefined || document.hidden || room.unread === 0) return;
  room.unread = 0;
  room.isCalled = false;
  drawRooms();
}

function show(room) {
  closeDrawers();
  if (room !== current) {
    if (current !== undefined) {
      current.isMarked = false;
      current.draft = $('text').value;
      current.pane.hidden = true;
    }
    current = room;
    room.pane.hidden = false;
    $('text').value = room.draft;
    fitText();
    if (room.isAtEnd) toEnd(room);
    else room.pane.scrollTop = room.scrollTop;
    $('to-end').hidden = room.isAtEnd;
  }
  const hash = room.isRoom ? '#' + encodeURIComponent(shownName(room.name)) : '';
  history.replaceState(null, '', location.pathname + location.search + hash);
  seen(room);
  draw();
}

function draw() {
  drawRooms();
  drawHead();
  drawPeople();
  drawState();
}

function drawHead() {
  const { name, isRoom, topic } = current;
  $('room-name').textContent = shownName(name) || 'Server';
  $('topic').hidden = !isRoom;
  $('topic').replaceChildren(...linked(plainText(topic)));
  $('topic').title = plainText(topic);
  $('chat').classList.toggle('alone', !isRoom);
  const isOut = isRoom && !current.isIn && link.state === 'open';
  const whom = isOut ? 'You are out; /join brings you back' : name === '' ? 'Join a room to talk' : 'Message ' + shownName(name);
  $('text').placeholder = whom + '…';
  $('text').setAttribute('aria-label', whom);
}

function countElement({ unread, isCalled }) {
  const label = unread + (isCalled ? ' unread, for you' : ' unread');
  return make('span', { class: isCalled ? 'count called' : 'count', title: label, 'aria-label': label, role: 'img' }, String(Math.min(unread, 999)));
}

function roomEntry(room) {
  const go = make('button', { class: 'go', type: 'button' });
  if (!room.isRoom && room.name !== '') go.append(faceOf(room.name));
  go.append(make('span', { class: 'name' }, shownName(room.name) || 'Server'));
  if (room.unread > 0) go.append(countElement(room));
  if (room === current) go.setAttribute('aria-current', 'true');
  go.addEventListener('click', () => {
    show(room);
    focusText();
  });
  const state = [room === current && 'chosen', room.unread > 0 && 'waiting', room.isRoom && !room.isIn && link.state === 'open' && 'gone'];
  const entry = make('li', { class: ['entry', ...state].filter(Boolean).join(' ') }, go);
  if (room.name !== '') {
    const label = (room.isRoom ? 'Leave ' : 'Close ') + shownName(room.name);
    const close = make('button', { class: 'close', type: 'button', title: label, 'aria-label': label }, icon('close'));
    close.addEventListener('click', () => closeRoom(room));
    entry.append(close);
  }
  return entry;
}

/* Draws a list anew and keeps the keyboard where it was. */
function fill(list, entries) {
  const at = [...list.querySelectorAll('button')].indexOf(document.activeElement);
  list.replaceChildren(...entries);
  if (at !== -1) list.querySelectorAll('button')[at]?.focus();
}

function drawRooms() {
  const all = [...rooms.values()];
  const byName = (a, b) => (fold(a.name) < fold(b.name) ? -1 : 1);
  const isShown = (room) => room.name !== '' || room === current || room.lines.length > 0;
  const lastServer = (a, b) => (a.name === '' ? 1 : b.name === '' ? -1 : byName(a, b));
  const talks = all.filter((room) => !room.isRoom && room.name !== '').sort(byName);
  const others = all.filter((room) => (room.isRoom || room.name === '') && isShown(room)).sort(lastServer);
  fill($('room-list'), others.map(roomEntry));
  fill($('talk-list'), talks.map(roomEntry));
  $('talks-title').hidden = talks.length === 0;
  const unread = all.reduce((sum, room) => sum + room.unread, 0);
  const elsewhere = all.reduce((sum, room) => sum + (room === current ? 0 : room.unread), 0);
  $('elsewhere').hidden = elsewhere === 0;
  $('elsewhere').textContent = String(Math.min(elsewhere, 99));
  $('elsewhere').classList.toggle('called', all.some((room) => room.isCalled));
  const where = current ? shownName(current.name) || 'Server' : '';
  document.title = (unread > 0 ? '(' + unread + ') ' : '') + (where === '' ? '' : where + ' · ') + 'nettk chat';
  $('self-nick').textContent = me.nick;
  $('self-face').textContent = letterOf(me.nick);
  tint($('self-face'), me.nick);
}

function personEntry(member) {
  const go = make('button', { class: 'go', type: 'button' }, faceOf(member.nick), make('span', { class: 'name' }, member.nick));
  const rank = member.isAway ? 'away' : RANKS[member.ranks[0]];
  if (rank !== undefined) go.append(make('span', { class: 'rank' }, rank));
  if (isMe(member.nick)) go.append(make('span', { class: 'rank' }, 'you'));
  else go.title = 'Talk with ' + member.nick + ' alone';
  go.addEventListener('click', () => {
    if (isMe(member.nick)) return;
    show(openRoom(member.nick));
    focusText();
  });
  return make('li', { class: member.isAway ? 'entry away' : 'entry' }, go);
}

function drawPeople() {
  if (current === undefined || !current.isRoom) return;
  const { members } = current;
  $('people-title').textContent = members.size === 1 ? '1 person' : members.size + ' people';
  $('people-count').textContent = String(members.size);
  fill($('people-list'), inOrder(members).map(personEntry));
}

function drawState() {
  const isWaiting = link.state !== 'open';
  const turn = (current?.members.size ?? 0) > 1 ? current.turn : '';
  const text = isWaiting ? link.note : turn || 'Connected as ' + me.nick + (me.isAway ? ', away' : '');
  if ($('state-text').textContent !== text) $('state-text').textContent = text;
  $('state').className = isWaiting ? 'wait' : turn === '' ? '' : 'turn';
  $('try-now').hidden = link.state !== 'waiting';
}

function fitText() {
  const area = $('text');
  if (CSS.supports('field-sizing', 'content')) return;
  area.style.height = 'auto';
  area.style.height = area.scrollHeight + 2 + 'px';
}

/* On a phone the keyboard comes only when somebody wants to type. */
function focusText() {
  if (matchMedia('(hover: hover)').matches) $('text').focus();
}

function setDrawer(name, isOpen) {
  $('chat').classList.toggle(name + '-open', isOpen);
  $('show-' + name).setAttribute('aria-expanded', String(isOpen));
  $('shade').hidden = !isOpen;
}
/* Who closes one by the keyboard stands again where it was opened. */
function closeDrawers(isReturning = false) {
  for (const name of ['rooms', 'people']) {
    const wasOpen = $('chat').classList.contains(name + '-open');
    setDrawer(name, false);
    if (wasOpen && isReturning) $('show-' + name).focus();
  }
}

/* Asks for one thing; undefined where nobody wants to say it. */
function ask({ title, label, value = '', type = 'text' }) {
  const dialog = $('ask');
  $('ask-title').textContent = title;
  $('ask-label').textContent = label;
  Object.assign($('ask-value'), { value, type });
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes' ? $('ask-value').value : undefined), { once: true });
  });
}
`;

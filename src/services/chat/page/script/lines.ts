/** The chat page's script: the lines of a room, in order of their time, each once, and not too many. */

/** Lines as elements, and where they go; needs the parts before it. */
export const LINES = String.raw`
const MAX_LINES = 1000;
/* Lines of one person in a row stand under one name for this long. */
const SAME_BREATH_MS = 5 * 60_000;

/* How far the server's clock is ahead of ours, by the last live message. */
let clockAhead = 0;
const now = () => Date.now() + clockAhead;

function timeOf(message) {
  const ms = Date.parse(message?.tags.get('time') ?? '');
  return Number.isNaN(ms) ? now() : ms;
}

/* Does a text call this nick, as a word? */
function calls(text, nick) {
  const at = fold(text).indexOf(fold(nick));
  if (nick === '' || at === -1) return false;
  const isPart = (character) => character !== undefined && /[\w\-[\]\\^{|}]/.test(character);
  return !isPart(text[at - 1]) && !isPart(text[at + nick.length]);
}

function saidLine({ id, time, nick, text, kind = '', isCalling = false }) {
  const element = make('div', { class: ['line said', kind, isCalling ? 'called' : ''].filter(Boolean).join(' ') });
  const words = make('span', { class: 'words', dir: 'auto' }, ...linked(plainText(text)));
  element.append(faceOf(nick));
  if (kind === 'action') element.append(make('div', { class: 'text' }, nickElement(nick), ' ', words, ' ', timeElement(time)));
  else {
    element.append(make('div', { class: 'by' }, nickElement(nick), timeElement(time)));
    words.className = 'text';
    element.append(words);
  }
  return { id, time, nick, kind, element, isSaid: true };
}

function infoLine({ id, time, parts, isBad = false }) {
  const element = make('div', { class: isBad ? 'line info bad' : 'line info' });
  element.append(timeElement(time), make('div', { class: 'text' }, ...parts));
  return { id, time, nick: '', kind: 'info', element, isSaid: false };
}

/* Puts a line where it belongs; false where it is there already. Only what comes from the past is sorted in. */
function place(room, line, isPast = false) {
  const { lines } = room;
  if (line.id !== undefined && room.ids.has(line.id)) return false;
  if (line.id !== undefined) room.ids.add(line.id);
  let at = lines.length;
  while (isPast && at > 0 && lines[at - 1].time > line.time) at -= 1;
  lines.splice(at, 0, line);
  room.log.insertBefore(line.element, lines[at + 1]?.element ?? null);
  // Who reads the past does not lose it under their eyes at once.
  const most = room.isAtEnd || room !== current ? MAX_LINES : 2 * MAX_LINES;
  while (lines.length > most) dropFirst(room);
  const stands = lines.lastIndexOf(line);
  dress(room, stands);
  dress(room, stands + 1);
  return true;
}

function dropFirst(room) {
  const first = room.lines.shift();
  first.element.remove();
  room.ids.delete(first.id);
  dress(room, 0);
}

/* How a line looks depends on the one before it. */
function dress({ lines }, at) {
  const line = lines[at];
  if (line === undefined) return;
  const before = lines[at - 1];
  const isNewDay = before === undefined || dayOf(before.time) !== dayOf(line.time);
  const follows =
    !isNewDay && line.isSaid && before.isSaid && before.nick === line.nick && before.kind === line.kind && line.kind !== 'action' &&
    line.time - before.time < SAME_BREATH_MS && !line.element.classList.contains('first-new');
  line.element.classList.toggle('follows', follows);
  if (isNewDay) line.element.dataset.day = dayOf(line.time) === today ? 'Today' : dayOf(line.time);
  else delete line.element.dataset.day;
}

/* What was today is not any more after midnight. */
let today = dayOf(now());
function noteDay() {
  if (dayOf(now()) === today) return;
  today = dayOf(now());
  for (const room of rooms.values()) for (let at = 0; at < room.lines.length; at += 1) dress(room, at);
}

/* Where the past that is shown begins: the time of the first line that somebody said. */
const oldestOf = (room) => room.lines.find(({ isSaid }) => isSaid)?.time;
const newestOf = (room) => room.lines.findLast(({ isSaid }) => isSaid)?.time;
`;

/** The chat page's script: the form at the start, the keyboard, and what sets all off. */

/** Hands and eyes; the last part. */
export const START = String.raw`
const MAX_SAID = 200;
/* What was said before, for the arrow keys; the place in it, counted from the end. */
const saidBefore = [];
let placeInSaid = 0;
/* A nick that Tab completes: where it starts, which ones fit, and which one stands there. */
let completion;

function openForm(note = '') {
  $('chat').hidden = true;
  $('start').hidden = false;
  $('start-note').hidden = note === '';
  $('start-note').textContent = note;
  $('enter').disabled = false;
  $('enter').textContent = 'Join';
  $('nick').value ||= recall(always, 'nick') ?? '';
  $('first-room').value ||= roomInAddress() || 'lobby';
  document.title = 'nettk chat';
  const next = $('nick').value === '' ? $('nick') : $('password-field').hidden ? $('enter') : $('password');
  next.focus();
}

function askPassword() {
  $('password-field').hidden = false;
  $('password').value = '';
  $('password').focus();
}

function roomInAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return '';
  }
}

function enter(nick, names, password = '', isReload = false) {
  Object.assign(me, { nick, wanted: nick, password });
  link.isReload = isReload;
  toShow = fold(names[0] ?? '');
  toJoin = new Map(names.map((name) => [name, '']));
  $('start-note').hidden = true;
  $('enter').disabled = true;
  $('enter').textContent = 'Connecting…';
  connect();
}

$('start-form').addEventListener('submit', (event) => {
  event.preventDefault();
  enter($('nick').value.trim(), roomNamesIn($('first-room').value), $('password').value);
});

$('join-form').addEventListener('submit', (event) => {
  event.preventDefault();
  for (const name of roomNamesIn($('join-room').value)) joinRoom(name);
  $('join-room').value = '';
});

function submitText() {
  const lines = $('text').value.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length === 0 || current === undefined) return;
  if (link.state !== 'open' && !/^\/quit\b/.test(lines[0])) {
    tell(current, 'Not connected; your text waits here', { isBad: true });
    return;
  }
  saidBefore.push($('text').value);
  if (saidBefore.length > MAX_SAID) saidBefore.shift();
  placeInSaid = 0;
  $('text').value = '';
  fitText();
  for (const line of lines) perform(line);
  if (current !== undefined) toEnd(current);
}

$('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  submitText();
});

function recallSaid(step) {
  const next = placeInSaid + step;
  if (next < 0 || next > saidBefore.length) return;
  placeInSaid = next;
  $('text').value = next === 0 ? '' : saidBefore[saidBefore.length - next];
  fitText();
}

/* Completes the nick before the caret; true where there was one. */
function complete(step) {
  const area = $('text');
  if (completion === undefined) {
    const head = area.value.slice(0, area.selectionStart);
    const start = head.search(/\S+$/);
    if (start === -1 || area.selectionStart !== area.selectionEnd) return false;
    const prefix = fold(head.slice(start).replace(/^@/, ''));
    const nicks = inOrder(current.members).map(({ nick }) => nick);
    const fits = nicks.filter((nick) => fold(nick).startsWith(prefix) && !isMe(nick));
    if (prefix === '' || fits.length === 0) return false;
    completion = { start, fits, at: step > 0 ? -1 : 0, end: area.selectionStart };
  }
  const { start, fits } = completion;
  completion.at = (completion.at + step + fits.length) % fits.length;
  const text = fits[completion.at] + (start === 0 ? ': ' : ' ');
  area.setRangeText(text, start, completion.end, 'end');
  completion.end = start + text.length;
  return true;
}

function nextRoom(step) {
  const buttons = [...document.querySelectorAll('#rooms .go')];
  const at = buttons.findIndex((one) => one.getAttribute('aria-current') === 'true');
  buttons[(at + step + buttons.length) % buttons.length]?.click();
}

$('text').addEventListener('keydown', (event) => {
  const area = $('text');
  if (event.isComposing) return;
  const isPlain = !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey;
  if (event.key === 'Tab' && !event.ctrlKey && !event.altKey && !event.metaKey) {
    if (complete(event.shiftKey ? -1 : 1)) event.preventDefault();
    return;
  }
  completion = undefined;
  if (event.key === 'Enter' && isPlain) {
    event.preventDefault();
    submitText();
  } else if (event.key === 'ArrowUp' && isPlain && !area.value.slice(0, area.selectionStart).includes('\n')) {
    event.preventDefault();
    recallSaid(1);
  } else if (event.key === 'ArrowDown' && isPlain && placeInSaid > 0 && !area.value.slice(area.selectionEnd).includes('\n')) {
    event.preventDefault();
    recallSaid(-1);
  }
});
$('text').addEventListener('input', () => {
  completion = undefined;
  fitText();
});

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') closeDrawers(true);
  if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown') && !$('chat').hidden) {
    event.preventDefault();
    nextRoom(event.key === 'ArrowUp' ? -1 : 1);
  }
});

$('show-rooms').addEventListener('click', () => {
  setDrawer('rooms', true);
  $('rooms').querySelector('.chosen .go')?.focus();
});
$('show-people').addEventListener('click', () => {
  setDrawer('people', true);
  $('people').querySelector('.go')?.focus();
});
$('shade').addEventListener('click', () => closeDrawers());
$('to-end').addEventListener('click', () => {
  toEnd(current);
  seen(current);
  $('to-end').hidden = true;
});
$('try-now').addEventListener('click', tryNow);
$('leave').addEventListener('click', () => DO.quit(''));
$('self-nick').addEventListener('click', async () => {
  const nick = await ask({ title: 'Your nick', label: 'Nick', value: me.nick });
  if (nick) send('NICK', nick.trim());
});
$('edit-topic').addEventListener('click', async () => {
  const { name, topic } = current;
  const text = await ask({ title: 'Topic of ' + shownName(name), label: 'Topic', value: topic });
  if (text !== undefined && text !== topic) send('TOPIC', name, text);
});
$('ask-no').addEventListener('click', () => $('ask').close());

window.addEventListener('hashchange', () => {
  const [name] = roomNamesIn(roomInAddress());
  if (name !== undefined && !$('chat').hidden) joinRoom(name);
});
window.addEventListener('online', tryNow);
document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    if (current !== undefined) current.isMarked = false;
    return;
  }
  tryNow();
  if (current?.isAtEnd) seen(current);
});
new ResizeObserver(stayAtEnd).observe($('panes'));
setInterval(lookAtLink, LOOK_MS);

/* A reload goes on where it was. */
const visit = recall(thisTab, 'visit');
if (typeof visit?.nick === 'string' && Array.isArray(visit.rooms)) {
  openForm();
  $('nick').value = visit.nick;
  const names = new Set([...roomNamesIn(roomInAddress()), ...visit.rooms.filter((name) => typeof name === 'string')]);
  enter(visit.nick, names.size > 0 ? [...names] : ['#lobby'], '', true);
} else openForm();
`;

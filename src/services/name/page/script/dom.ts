/** The status page's script: elements and times. What comes from others becomes text, never markup. */

/** How elements are made; needs nothing else. */
export const DOM = `
const $ = (id) => document.getElementById(id);

function make(tag, className, ...children) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
}

/* How long ago, in the largest unit that says something. */
function ago(date, now) {
  const seconds = Math.max(0, Math.round((now - Date.parse(date)) / 1000));
  if (seconds < 60) return seconds + ' s ago';
  if (seconds < 3600) return Math.floor(seconds / 60) + ' min ago';
  if (seconds < 86400) return Math.floor(seconds / 3600) + ' h ago';
  return Math.floor(seconds / 86400) + ' d ago';
}

/* An element that says how long ago something was, and goes on saying it. */
function makeAgo(date) {
  const element = make('span', 'when', ago(date, Date.now()));
  element.title = new Date(date).toLocaleString();
  element.dataset.since = date;
  return element;
}

function refreshTimes() {
  for (const element of document.querySelectorAll('[data-since]')) {
    element.textContent = ago(element.dataset.since, Date.now());
  }
}

async function fetchJson(path) {
  const answer = await fetch(path, { headers: { accept: 'application/json' } });
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw new Error(path + ': ' + answer.status);
  return answer.json();
}

/* A badge for a status, with a count where there may be several. */
function badge(status, count) {
  return make('span', 'state ' + status, count === undefined ? status : count + ' ' + status);
}
`;

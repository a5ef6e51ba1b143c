/** The status page's script: what is fetched, and what happens meanwhile by server-sent events. */

/** Keeps the page up to date; needs all other parts. */
export const LIVE = `
/* Changes are shown together, so that a storm of them costs little. */
const SETTLE_MS = 250;
/* Of more changed services than these, all are fetched. */
const MAX_SINGLE = 8;
const FIGURES_MS = 2000;

const changed = new Set();
let isPlanned = false;
let isAllWanted = true;

function plan() {
  if (isPlanned) return;
  isPlanned = true;
  setTimeout(update, SETTLE_MS);
}

async function update() {
  const names = [...changed];
  const all = isAllWanted || names.length > MAX_SINGLE;
  changed.clear();
  isAllWanted = false;
  try {
    if (all) setServices((await fetchJson('/services')).services);
    else for (const name of names) setService(name, await fetchService(name));
    if (!all) showServices();
    for (const name of all ? opened : names) if (rows.has(name)) openRow(name);
    await showFigures();
  } catch {
    isAllWanted = true;
  }
  isPlanned = false;
  if (changed.size > 0 || isAllWanted) setTimeout(plan, isAllWanted ? FIGURES_MS : 0);
}

async function fetchService(name) {
  const { services: found } = await fetchJson('/services?prefix=' + encodeURIComponent(name));
  return found.find((service) => service.name === name);
}

async function showFigures() {
  const status = await fetchJson('/status');
  const { statuses, instances, lookups, hits } = status;
  const figures = [
    ['services', services.size],
    ['instances', instances],
    ['up', statuses.up + statuses.new],
    ['failing', statuses.failing + statuses.suspect],
    ['down', statuses.down],
    ['lookups', lookups],
    ['from cache', lookups === 0 ? '–' : Math.floor((100 * hits) / lookups) + ' %'],
  ];
  $('figures').replaceChildren(...figures.map(([name, value]) => {
    const [term, text] = [document.createElement('dt'), document.createElement('dd')];
    term.textContent = name;
    text.textContent = String(value);
    return make('div', '', term, text);
  }));
  const alarms = [
    status.isSuspicious ? 'Most servers fail at once: they are suspect, and are still told to those who ask.' : '',
    status.isUnsaved ? 'Registrations cannot be saved, and are refused; lookups go on.' : '',
  ];
  $('alarm').textContent = alarms.filter(Boolean).join(' ');
  $('alarm').hidden = $('alarm').textContent === '';
}

function listen() {
  const changes = new EventSource('/events');
  const showLink = (isLive) => {
    $('link').textContent = isLive ? 'live' : 'not connected, trying again';
    $('link').classList.toggle('live', isLive);
  };
  changes.addEventListener('open', () => showLink(true));
  changes.addEventListener('error', () => {
    showLink(false);
    /* A server that refused to listen is not asked again by the browser. */
    if (changes.readyState === EventSource.CLOSED) setTimeout(listen, FIGURES_MS);
  });
  changes.addEventListener('reset', () => {
    isAllWanted = true;
    plan();
  });
  for (const kind of ['registered', 'updated', 'dropped', ...STATUSES]) {
    changes.addEventListener(kind, ({ data }) => {
      changed.add(JSON.parse(data).name);
      plan();
    });
  }
}

async function follow() {
  const { records } = await fetchJson('/log?limit=' + MAX_RECORDS);
  for (const record of records.reverse()) addRecord(record);
  const log = new EventSource('/log/events');
  log.addEventListener('message', ({ data }) => addRecord(JSON.parse(data)));
  /* What was written while nobody listened. */
  log.addEventListener('open', async () => {
    const missed = await fetchJson('/log?limit=' + MAX_RECORDS).catch(() => undefined);
    for (const record of missed?.records.reverse() ?? []) addRecord(record);
  });
}

$('filter').addEventListener('input', showServices);
$('lookups').addEventListener('change', () => $('log').classList.toggle('terse', !$('lookups').checked));
setInterval(refreshTimes, 1000);
setInterval(() => showFigures().catch(() => {}), FIGURES_MS);
listen();
follow().catch(() => setTimeout(follow, FIGURES_MS));
`;

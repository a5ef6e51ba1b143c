/** The status page's script: the list of services, each with its instances where it is opened. */

/** Services; needs the parts before it. */
export const SERVICES = `
const STATUSES = ['up', 'new', 'failing', 'suspect', 'down'];
/* More would make the page slow; the filter finds the rest. */
const MAX_SHOWN = 500;

/* By name: what the server says of it. */
const services = new Map();
/* By name: the elements of those that are shown. */
const rows = new Map();
const opened = new Set();

function setServices(list) {
  services.clear();
  for (const service of list) services.set(service.name, service);
  showServices();
}

function setService(name, service) {
  if (service === undefined) services.delete(name);
  else services.set(name, service);
}

function isWanted(service, text) {
  return text === '' || service.name.includes(text) || (service.description ?? '').toLowerCase().includes(text);
}

/* Those with something wrong come first. */
function troubleOf({ statuses }) {
  if (statuses.down) return 0;
  return statuses.failing || statuses.suspect ? 1 : 2;
}

function byTrouble(one, other) {
  return troubleOf(one) - troubleOf(other) || (one.name < other.name ? -1 : 1);
}

function showServices() {
  const text = $('filter').value.trim().toLowerCase();
  const wanted = [...services.values()].filter((service) => isWanted(service, text)).sort(byTrouble);
  const shown = wanted.slice(0, MAX_SHOWN);
  const names = new Set(shown.map(({ name }) => name));
  for (const [name, row] of rows) {
    if (names.has(name)) continue;
    row.element.remove();
    rows.delete(name);
  }
  shown.forEach((service, place) => {
    const row = rows.get(service.name) ?? makeRow(service.name);
    fillRow(row, service);
    const at = $('services').children[place];
    if (at !== row.element) $('services').insertBefore(row.element, at ?? null);
  });
  $('none').hidden = services.size > 0;
  $('more').hidden = wanted.length <= MAX_SHOWN;
  $('more').textContent = (wanted.length - MAX_SHOWN) + ' more: filter to see them';
}

function makeRow(name) {
  const button = make('button', '');
  button.type = 'button';
  const instances = make('ul', 'instances');
  const element = make('li', 'service', button, instances);
  const row = { element, button, instances };
  rows.set(name, row);
  button.addEventListener('click', () => {
    if (opened.has(name)) opened.delete(name);
    else opened.add(name);
    openRow(name);
  });
  openRow(name);
  return row;
}

function fillRow({ button }, { name, description, statuses, since, asked }) {
  const states = STATUSES.filter((status) => statuses[status]).map((status) => badge(status, statuses[status]));
  const when = makeAgo(since);
  button.replaceChildren(
    make('span', 'name', name),
    make('span', 'states', ...states),
    make('span', 'about', [description, asked ? 'asked ' + asked + ' times' : ''].filter(Boolean).join(' · ')),
    when,
  );
}

async function openRow(name) {
  const { button, instances } = rows.get(name);
  const isOpen = opened.has(name);
  button.setAttribute('aria-expanded', String(isOpen));
  instances.hidden = !isOpen;
  if (!isOpen) return;
  const found = await fetchJson('/instances?service=' + encodeURIComponent(name)).catch(() => undefined);
  if (found === undefined || rows.get(name)?.instances !== instances) return;
  const list = found.instances.slice(0, MAX_SHOWN).map(makeInstance);
  const rest = found.instances.length + (found.more ?? 0) - list.length;
  instances.replaceChildren(...list, ...(rest > 0 ? [make('li', 'soft', rest + ' more')] : []));
}

function makeInstance(instance) {
  const { id, host, port, status, since, protocol, tags, meta, owner, lease, checks, word } = instance;
  const target = host.includes(':') ? '[' + host + ']:' + port : host + ':' + port;
  const found = [...checks.map(checkText), ...(word ? [checkText(word)] : [])];
  const facts = [
    id === target ? '' : 'id ' + id,
    protocol === 'udp' ? 'udp' : '',
    found.join(', ') || (lease ? '' : 'not checked'),
    lease ? 'lease of ' + lease + ' s' : '',
    tags.join(', '),
    Object.entries(meta).map(([key, value]) => key + '=' + value).join(', '),
    owner === host ? '' : 'from ' + owner,
  ];
  return make(
    'li', 'instance',
    badge(status), make('span', 'mono', target), makeAgo(since),
    make('span', 'facts', facts.filter(Boolean).join(' · ')),
  );
}

function checkText({ kind, status, failures, output }) {
  return [kind ?? 'own word', status, failures > 1 ? failures + ' times' : ''].filter(Boolean).join(' ') +
    (output ? ': ' + output : '');
}
`;

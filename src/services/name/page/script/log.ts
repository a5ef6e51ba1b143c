/** The status page's script: the end of the log, the newest first. */

/** The log; needs the parts before it. */
export const LOG = `
const MAX_RECORDS = 200;
let newest = 0;

function addRecord(record) {
  if (record.number <= newest) return;
  newest = record.number;
  $('log').prepend(makeRecord(record));
  while ($('log').children.length > MAX_RECORDS) $('log').lastChild.remove();
}

function makeRecord({ time, event, name, id, client, port, face, answer, cached, count }) {
  const clock = document.createElement('time');
  clock.dateTime = time;
  clock.textContent = new Date(time).toLocaleTimeString();
  clock.title = new Date(time).toLocaleString();
  const what = make('span', 'what ' + event, event + (count > 1 ? ' × ' + count : ''));
  const rest = [
    id && id !== answer ? id : '',
    answer,
    client ? 'by ' + client + (face ? ' (' + face + ')' : '') : '',
    cached ? 'from cache' : '',
  ];
  return make(
    'li', event,
    make('div', 'head', what, make('span', 'mono', name), clock),
    make('div', 'rest', rest.filter(Boolean).join(' · ')),
  );
}
`;

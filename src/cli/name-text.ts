/** What a name server answered, for people; where it is a lookup, for scripts too. */

import { printable } from '../stream/printable.ts';
import { columns } from './columns.ts';

type Facts = Readonly<Record<string, unknown>>;

/**
 * The answer to an action of `nettk name` as text: `ADDRESS:PORT` lines of a lookup, tables of lists, one line for whatever
 * else happens. Nothing in it can drive a terminal.
 */
export function nameText(action: string, all: readonly Facts[]): string {
  const write = TEXTS[action];
  return write ? write(all) : all.map(changed).join('');
}

const TEXTS: Readonly<Record<string, (all: readonly Facts[]) => string>> = {
  lookup: (all) => all.map((one) => `${targetOf(one)}\n`).join(''),
  show: (all) => all.map(portrait).join('\n'),
  list: (all) =>
    columns([
      ['SERVICE', 'SERVED', 'DESCRIPTION'],
      ...all.map((one) => [text(one['name']), servedOf(one), text(one['description'])]),
    ]),
  top: (all) =>
    columns([
      ['SERVICE', 'ASKED', 'FROM CACHE', 'LAST'],
      ...all.map((one) => [text(one['name']), text(one['asked']), text(one['hits']), text(one['last'])]),
    ]),
  watch: (all) => all.map(event).join(''),
  log: (all) => all.map(logLine).join(''),
};

const text = (value: unknown): string => (value === undefined ? '' : String(value));

function targetOf({ host, port }: Facts): string {
  return text(host).includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function subjectOf({ name, id }: Facts): string {
  return text(id) === '' ? text(name) : `${name}/${id}`;
}

function changed(one: Facts): string {
  return words([subjectOf(one), one['status']]);
}

/** The server cuts long lists, and says by how much. */
function servedOf({ more, served, instances }: Facts): string {
  return more === undefined ? `${served} of ${instances}` : `${more} more`;
}

function portrait(one: Facts): string {
  const { name: _, id: __, host: ___, port: ____, ...rest } = one;
  const rows = Object.entries(rest).flatMap(([key, value]) => rowsOf(key, value));
  return `${printable(subjectOf(one))}\n${columns([['target', targetOf(one)], ...rows].map(([key = '', value = '']) => [' ', key, value]))}`;
}

function rowsOf(key: string, value: unknown): string[][] {
  if (Array.isArray(value)) return value.map((each) => [key, String(each)]);
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).map(([name, each]) => [`${key}.${name}`, String(each)]);
  }
  return value === '' ? [] : [[key, text(value)]];
}

function event(one: Facts): string {
  const { index, time, event, status } = one;
  const where = one['host'] === undefined ? [] : [subjectOf(one), targetOf(one), event === status ? '' : status];
  return words([time, index, event, ...where]);
}

function logLine(one: Facts): string {
  const { time, event, client, face, answer, cached, count } = one;
  const from = client === undefined ? '' : `by ${client} (${face})`;
  const times = [cached === true && 'from cache', count !== undefined && `${count} times`].filter(Boolean).join(', ');
  const head = [time, event, subjectOf(one), from].filter((word) => word !== '').join(' ');
  return words([answer === undefined ? head : `${head}: ${answer}`, times && `(${times})`]);
}

function words(all: readonly unknown[]): string {
  return `${printable(all.filter((one) => one !== undefined && one !== '').join(' '))}\n`;
}

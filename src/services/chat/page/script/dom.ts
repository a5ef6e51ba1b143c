/** The chat page's script: elements, links, colours and times. What comes from others becomes text, never markup. */

/** How elements are made; needs nothing else. */
export const DOM = String.raw`
const SVG = 'http://www.w3.org/2000/svg';
const HUES = 24;

const $ = (id) => document.getElementById(id);

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'class') element.className = value;
    else if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  const use = document.createElementNS(SVG, 'use');
  svg.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', '#icon-' + name);
  svg.append(use);
  return svg;
}

/* The same nick has the same colour for everybody. */
function hueOf(nick) {
  let hash = 2166136261;
  for (const character of fold(nick)) hash = Math.imul(hash ^ character.codePointAt(0), 16777619);
  hash ^= hash >>> 15;
  return ((hash >>> 0) % HUES) * (360 / HUES);
}

function tint(element, nick) {
  element.style.setProperty('--hue', String(hueOf(nick)));
  return element;
}

const letterOf = (nick) => (/[a-z0-9]/i.exec(nick) ?? [nick])[0];
const faceOf = (nick) => tint(make('span', { class: 'face', 'aria-hidden': 'true' }, letterOf(nick)), nick);
const nickElement = (nick) => tint(make('span', { class: 'nick' }, nick), nick);

/* An address ends before the sentence's own marks, and before a bracket that it did not open. */
function addressOf(text) {
  let address = text;
  for (;;) {
    const last = address.at(-1);
    const open = { ')': '(', ']': '[', '}': '{' }[last];
    const count = (one) => address.split(one).length;
    const isOver = open === undefined ? /[.,;:!?'"*_]/.test(last ?? '') : count(last) > count(open);
    if (!isOver) return address;
    address = address.slice(0, -1);
  }
}

function anchorOf(address) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return undefined;
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  return make('a', { href: url.href, target: '_blank', rel: 'noopener noreferrer', title: url.href }, address);
}

/* A text as nodes, with its addresses as links. */
function linked(text) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(/\bhttps?:\/\/[^\s<>"]+/gi)) {
    const address = addressOf(found[0]);
    const anchor = anchorOf(address);
    if (anchor === undefined) continue;
    nodes.push(text.slice(at, found.index), anchor);
    at = found.index + address.length;
  }
  return [...nodes, text.slice(at)];
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const dayOf = (ms) => DAY.format(ms);

function timeElement(ms) {
  const date = new Date(ms);
  return make('time', { dateTime: date.toISOString(), title: MOMENT.format(date) }, CLOCK.format(date));
}

/* What the browser keeps for us, where it may. */
function recall(store, name) {
  try {
    return JSON.parse(store().getItem('nettk-chat-' + name) ?? 'null');
  } catch {
    return null;
  }
}
function remember(store, name, value) {
  try {
    store().setItem('nettk-chat-' + name, JSON.stringify(value));
  } catch {
    /* Nothing is kept in a private window. */
  }
}
const always = () => localStorage;
const thisTab = () => sessionStorage;
`;

/** The chat page: one document with nothing outside it, and the headers that keep it so. */

import { createHash } from 'node:crypto';
import { MARKUP } from './markup.ts';
import { COMMANDS } from './script/commands.ts';
import { CONNECTION } from './script/connection.ts';
import { DOM } from './script/dom.ts';
import { IRC } from './script/irc.ts';
import { LINES } from './script/lines.ts';
import { PEOPLE } from './script/people.ts';
import { REPLIES } from './script/replies.ts';
import { ROOMS } from './script/rooms.ts';
import { START } from './script/start.ts';
import { VIEW } from './script/view.ts';
import { LAYOUT } from './style/layout.ts';
import { LOOK } from './style/look.ts';

/** The script, the parts in the order in which they need each other. */
const SCRIPT = ["'use strict';", IRC, DOM, LINES, ROOMS, VIEW, CONNECTION, PEOPLE, REPLIES, COMMANDS, START].join('\n');
const STYLE = [LOOK, LAYOUT].join('\n');

const HTML = MARKUP.replace('/* style */', () => STYLE).replace('/* script */', () => SCRIPT);

/** As CSP names an inline element: by the hash of what stands between its tags. */
const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** What the page may do: run its own script in its own style, and talk with its own server. */
const RULES = [
  "default-src 'none'",
  `script-src ${hashOf(SCRIPT)}`,
  `style-src ${hashOf(STYLE)}`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  // No text ever becomes markup: the browser itself refuses innerHTML and its kin.
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
];

/** A host and perhaps a port, and nothing that could become a rule of its own. */
const HOST = /^[\w.-]+(:\d+)?$|^\[[\da-f:.]+\](:\d+)?$/i;

/** The page as it goes to a browser that asked for this host. */
export function pageFor(host: string | undefined): { headers: Record<string, string>; body: string } {
  // Not every browser takes 'self' for WebSocket too (CSP 3 says so, CSP 2 did not).
  const sockets = host !== undefined && HOST.test(host) ? ` ws://${host} wss://${host}` : '';
  return {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': [...RULES, `connect-src 'self'${sockets}`].join('; '),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-cache',
    },
    body: HTML,
  };
}

/** The chat page. */

import { composeWebPage } from '../../../stream/web-page.ts';
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

const PAGE = composeWebPage({ markup: MARKUP, style: STYLE, script: SCRIPT });

/** A host and perhaps a port, and nothing that could become a rule of its own. */
const HOST = /^[\w.-]+(:\d+)?$|^\[[\da-f:.]+\](:\d+)?$/i;

/** The page as it goes to a browser that asked for this host. */
export function pageFor(host: string | undefined): { headers: Record<string, string>; body: string } {
  // Not every browser takes 'self' for WebSocket too (CSP 3 says so, CSP 2 did not).
  const sockets = host !== undefined && HOST.test(host) ? ` ws://${host} wss://${host}` : '';
  return {
    headers: { ...PAGE.headers, 'content-security-policy': `${PAGE.policy}; connect-src 'self'${sockets}` },
    body: PAGE.html,
  };
}

/** The status page: services, their health and the log, live. */

import type { HttpAnswer } from '../../../stream/http.ts';
import { composeWebPage, type WebPage } from '../../../stream/web-page.ts';
import { MARKUP } from './markup.ts';
import { DOM } from './script/dom.ts';
import { LIVE } from './script/live.ts';
import { LOG } from './script/log.ts';
import { SERVICES } from './script/services.ts';
import { STYLE } from './style.ts';

let page: WebPage | undefined;

/** `GET /`. */
export function showPage(): HttpAnswer {
  page ??= composeWebPage({
    markup: MARKUP,
    style: STYLE,
    // The parts in the order in which they need each other.
    script: ["'use strict';", DOM, SERVICES, LOG, LIVE].join('\n'),
  });
  const policy = `${page.policy}; connect-src 'self'`;
  return { status: 200, headers: { ...page.headers, 'content-security-policy': policy }, body: page.html };
}

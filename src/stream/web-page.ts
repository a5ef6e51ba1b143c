/** A document with nothing outside it, and the headers that keep it so (Content Security Policy Level 3). */

import { createHash } from 'node:crypto';

/** A document as it goes to browsers. */
export interface WebPage {
  readonly html: string;
  /** What the page may do: run its own script in its own style. What it may connect to is for its server to add. */
  readonly policy: string;
  /** Everything but the policy. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What it is made of. */
export interface WebPageParts {
  /** The document, with `/* style *\/` and `/* script *\/` where they go. */
  readonly markup: string;
  readonly style: string;
  readonly script: string;
}

/** As CSP names an inline element: by the hash of what stands between its tags. */
const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Puts a document together. */
export function composeWebPage({ markup, style, script }: WebPageParts): WebPage {
  const rules = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // No text ever becomes markup: the browser itself refuses innerHTML and its kin.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return {
    html: markup.replace('/* style */', () => style).replace('/* script */', () => script),
    policy: rules.join('; '),
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-cache',
    },
  };
}

/** Somebody at the chat page in a real browser. */

import type { Browser } from 'playwright-core';
import { openPage } from './browser.ts';
import { type ChatClient, look, pattern, VISIT_MS } from './chat-clients.ts';

/** Opens the page on the port for browsers, and comes into the lobby. */
export async function visitPage(browser: Browser, port: number, nick: string): Promise<ChatClient> {
  const view = await openPage(browser, `http://127.0.0.1:${port}/`);
  const { page } = view;
  const deadline = performance.now() + VISIT_MS;
  await page.getByLabel('Nick', { exact: true }).fill(nick);
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByText('You are in lobby').waitFor();
  const text = page.getByRole('textbox', { name: 'Message lobby' });
  const types = async (line: string): Promise<void> => {
    await text.fill(line);
    await text.press('Enter');
  };
  // A line each, as `nick: text` or what happened; the time of day left out.
  const shown = (): Promise<string> =>
    page.locator('.line').evaluateAll((lines) =>
      lines
        .map((line) => {
          const by = line.querySelector('.by .nick')?.textContent;
          const words = line.querySelector('.text')?.textContent ?? '';
          return by === undefined ? words : `${by}: ${words}`;
        })
        .join('\n'),
    );
  const sees = (wanted: RegExp): Promise<void> => look(`the page of ${nick}`, wanted, deadline, shown);
  return {
    nick,
    types,
    sees,
    lists: (members, topic) => types('/list').then(() => sees(pattern`^lobby \(${String(members)}\) ${topic}$`)),
    finds: (who) => types(`/whois ${who}`).then(() => sees(pattern`^${who} is ~.*@127\.0\.0\.1`)),
    phrases: {
      said: (who, words) => pattern`^${who}: ${words}$`,
      joined: (who) => pattern`^${who} came in$`,
      parted: (who) => pattern`^${who} left`,
      quit: (who) => pattern`^${who} quit`,
      renamed: (who, other) => pattern`^${who} is ${other} now$`,
      topic: (who, words) => pattern`^${who} set the topic: ${words}$`,
    },
    [Symbol.asyncDispose]: () => view[Symbol.asyncDispose](),
  };
}

/** The name server's status page in a real browser: what happens on the server shows by itself. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { openBrowser, openPage } from '../support/browser.ts';
import { needs } from '../support/needs.ts';
import { type Running, startNettk } from '../support/nettk.ts';

const PHONE = { width: 390, height: 844 };

let browser: Promise<Browser> | undefined;
afterAll(async () => (await browser)?.close());

const startNames = (...more: readonly string[]): Promise<Running> =>
  startNettk(
    [
      'name-server',
      '--port',
      '0',
      '--http-port',
      '0',
      '--interval',
      '50ms',
      '--fail',
      '2',
      '--drop-after',
      '0',
      ...more,
    ],
    { ready: 2 },
  );

const urlOf = (server: Running): string => `http://127.0.0.1:${server.ports[1]}`;

async function visit(context: TestContext, server: Running) {
  needs(context, 'chromium');
  browser ??= openBrowser();
  const view = await openPage(await browser, `${urlOf(server)}/`);
  await view.page.locator('#link.live').waitFor();
  return view;
}

async function register(server: Running, name: string, registration: object): Promise<void> {
  const answer = await fetch(`${urlOf(server)}/services/${name}`, {
    method: 'POST',
    body: JSON.stringify(registration),
  });
  expect(answer.status, await answer.text()).toBe(200);
}

async function listenSomewhere(): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => void socket.on('error', () => {}).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as { port: number }).port };
}

describe('the status page', () => {
  it('shows who registers, that it goes down and comes back, and that it is dropped, without being loaded again', async (context) => {
    await using names = await startNames();
    await using view = await visit(context, names);
    const { page } = view;
    await page.getByText('Nobody has registered yet').waitFor();
    const { server, port } = await listenSomewhere();
    await register(names, 'shop', { port, description: 'The <b>pages</b>', checks: [{ kind: 'tcp' }] });
    const row = page.locator('.service', { hasText: 'shop' });
    await row.getByText('1 up').waitFor();
    await row.getByText('The <b>pages</b>').waitFor();
    await row.getByRole('button').click();
    await row.getByText(`127.0.0.1:${port}`).waitFor();
    server.close();
    await row.getByText('1 down').waitFor();
    await row.getByText(/tcp down .*connection refused/).waitFor();
    await page.locator('#log .what.down').first().waitFor();
    server.listen(port, '127.0.0.1');
    await row.getByText('1 up').waitFor();
    await fetch(`${urlOf(names)}/services/shop`);
    await page.locator('#log li.lookup', { hasText: 'shop' }).waitFor();
    await fetch(`${urlOf(names)}/services/shop/${encodeURIComponent(`127.0.0.1:${port}`)}`, { method: 'DELETE' });
    await row.waitFor({ state: 'detached' });
    server.close();
    expect(view.complaints).toEqual([]);
  });

  it('fits a phone, filters, and leaves lookups out of the log where that is wanted', async (context) => {
    await using names = await startNames();
    const long = 'a-service-with-a-name-as-long-as-a-label-in-dns-may-be-63-letters';
    await register(names, long.slice(0, 63), { port: 1, description: 'x'.repeat(500), checks: [] });
    await register(names, 'mail', {
      port: 2,
      description: 'Sends letters',
      checks: [],
      meta: { key: 'v'.repeat(400) },
    });
    await fetch(`${urlOf(names)}/services/mail`);
    await using view = await visit(context, names);
    const { page } = view;
    await page.setViewportSize(PHONE);
    await page.locator('.service').nth(1).waitFor();
    for (const button of await page.locator('.service button').all()) await button.click();
    await page.locator('.instance').nth(1).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
    await page.getByRole('searchbox').fill('LETTERS');
    await page.locator('.service').nth(1).waitFor({ state: 'detached' });
    expect(await page.locator('.service .name').allInnerTexts()).toEqual(['mail']);
    await page.locator('#log li.lookup').waitFor();
    await page.getByLabel('lookups').uncheck();
    expect(await page.locator('#log li.lookup').isVisible()).toBe(false);
    expect(view.complaints).toEqual([]);
  });

  it('says when the server is gone, and goes on when it is back', async (context) => {
    const names = await startNames();
    await using view = await visit(context, names);
    const [, port] = names.ports;
    names.child.kill('SIGKILL');
    await view.page.getByText('not connected, trying again').waitFor();
    await using again = await startNettk(['name-server', '--port', '0', '--http-port', String(port)], { ready: 2 });
    await register(again, 'back', { port: 3, checks: [] });
    await view.page.locator('.service', { hasText: 'back' }).waitFor();
  });
});

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { openBrowser, openPage } from '../support/browser.ts';
import { needs } from '../support/needs.ts';
import { type Running, runNettk, startNettk } from '../support/nettk.ts';
import { request } from '../support/web-sockets.ts';

let browser: Promise<Browser> | undefined;
afterAll(async () => (await browser)?.close());

function startChat(...args: readonly string[]): Promise<Running> {
  return startNettk(['chat-server', '--port', '0', '--web-port', '0', ...args], { ready: 2 });
}

/** Opens the page on the port for browsers, and comes in. */
async function visit(context: TestContext, server: Running, nick: string, scheme = 'http') {
  needs(context, 'chromium');
  browser ??= openBrowser();
  const url = `${scheme}://127.0.0.1:${server.ports[1]}/`;
  const view = await openPage(await browser, url, { ignoreHTTPSErrors: true });
  await view.page.getByLabel('Nick', { exact: true }).fill(nick);
  await view.page.getByRole('button', { name: 'Join' }).click();
  await view.page.getByText('You are in lobby').waitFor();
  return view;
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message lobby' }).fill(text);
  await page.getByRole('textbox', { name: 'Message lobby' }).press('Enter');
}

/** Somebody with nc. */
async function plain(server: Running): Promise<{ socket: Socket; hears(text: string): Promise<void> }> {
  const socket = connect({ port: server.ports[0] as number, host: '127.0.0.1' });
  await once(socket, 'connect');
  let heard = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    heard += chunk;
  });
  const hears = async (text: string): Promise<void> => {
    while (!heard.includes(text)) await once(socket, 'data');
  };
  return { socket, hears };
}

describe('the chat page of a real server', () => {
  it('is in one room with another page and somebody with nc: lines, joins, the topic, the past', async (context) => {
    await using server = await startChat();
    await using ann = await visit(context, server, 'ann');
    const { socket, hears } = await plain(server);
    socket.write('nina\nhello from nc\n');
    await ann.page.getByText('nina came in').waitFor();
    await ann.page.getByText('hello from nc').waitFor();
    await say(ann.page, 'hello from a page');
    await hears('[lobby] ann: hello from a page');
    await using bob = await visit(context, server, 'bob');
    await bob.page.getByText('hello from nc').waitFor();
    await ann.page.getByText('bob came in').waitFor();
    await say(ann.page, '/topic Tea at four');
    await bob.page.locator('#topic').getByText('Tea at four').waitFor();
    await hears('Tea at four');
    await say(bob.page, '/me waves');
    await ann.page.getByText('bob waves').waitFor();
    expect(await ann.page.locator('#people-list .name').allInnerTexts()).toEqual(['ann', 'bob', 'nina']);
    socket.end();
    await bob.page.getByText(/nina (quit|left)/).waitFor();
    expect([...ann.complaints, ...bob.complaints]).toEqual([]);
  });

  it('comes over TLS, and speaks over it', async (context) => {
    await using server = await startChat('--tls');
    await using ann = await visit(context, server, 'ann', 'https');
    await say(ann.page, '/whois ann');
    await ann.page.getByText('is using a secure connection').waitFor();
    expect(ann.complaints).toEqual([]);
  });

  it('asks for the password of the server', async (context) => {
    await using server = await startChat('--password', 's3cret');
    needs(context, 'chromium');
    browser ??= openBrowser();
    await using view = await openPage(await browser, `http://127.0.0.1:${server.ports[1]}/`);
    await view.page.getByLabel('Nick', { exact: true }).fill('ann');
    await view.page.getByRole('button', { name: 'Join' }).click();
    await view.page.getByLabel(/^Password/).fill('wrong');
    await view.page.getByRole('button', { name: 'Join' }).click();
    await view.page
      .getByRole('alert')
      .getByText(/password/i)
      .waitFor();
    await view.page.getByLabel(/^Password/).fill('s3cret');
    await view.page.getByRole('button', { name: 'Join' }).click();
    await view.page.getByText('You are in lobby').waitFor();
  });

  it('says whose turn it is where the server is half-duplex', async (context) => {
    await using server = await startChat('--half-duplex');
    await using ann = await visit(context, server, 'ann');
    await using bob = await visit(context, server, 'bob');
    await bob.page.getByRole('status').getByText("It is ann's turn").waitFor();
    await say(bob.page, 'too soon');
    await bob.page.getByText('your line was not sent').waitFor();
    await say(ann.page, 'first');
    await bob.page.getByRole('status').getByText('It is your turn').waitFor();
    await ann.page.getByRole('status').getByText('now it is the turn of bob').waitFor();
    expect(await bob.page.getByText('too soon').count()).toBe(0);
  });

  it('hears that the server closes, and waits for it to come back', async (context) => {
    await using server = await startChat();
    await using ann = await visit(context, server, 'ann');
    expect((await server.stop()).code).toBe(0);
    await ann.page.getByRole('status').getByText('Connection lost (The server is closing)').waitFor();
  });

  it('says nothing on the port for browsers before it is asked, unlike on the other one', async () => {
    await using server = await startChat();
    const [mainPort, webPort] = server.ports as [number, number];
    const web = connect({ port: webPort, host: '127.0.0.1' });
    await once(web, 'connect');
    const main = connect({ port: mainPort, host: '127.0.0.1' });
    expect(String((await once(main, 'data'))[0])).toContain('your nick?');
    // The other came before it, and has been silent for longer.
    web.write('GET /favicon.ico HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(String((await once(web, 'data'))[0])).toMatch(/^HTTP\/1\.1 204 /);
    for (const socket of [main, web]) socket.destroy();
  });

  it('is for its own pages, and for those that its owner names: another one gets no WebSocket', async () => {
    await using server = await startChat('--web-origin', 'https://chat.example/');
    const port = server.ports[1] as number;
    const ask = async (origin: string, host: string): Promise<string> => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.write(request([`Origin: ${origin}`], '/', host));
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      socket.destroy();
      return chunk.toString();
    };
    expect(await ask('https://chat.example', 'chat.example')).toMatch(/^HTTP\/1\.1 101 /);
    const refusal = await ask('http://evil.example', `127.0.0.1:${port}`);
    expect(refusal).toMatch(/^HTTP\/1\.1 403 [\s\S]* --web-origin\n$/);
    expect((await runNettk(['chat-server', '--port', '0', '--web-origin', 'chat'])).code).toBe(2);
  });
});

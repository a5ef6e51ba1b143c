import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { openBrowser, openPage, type WatchedPage } from '../../support/browser.ts';
import { type IrcPage, type IrcTalk, startIrcPage } from '../../support/irc-page.ts';
import { needs } from '../../support/needs.ts';

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const LINE = '.pane:not([hidden]) .line';

let browser: Promise<Browser> | undefined;
afterAll(async () => (await browser)?.close());

/** A page at a server by hand. */
interface Visit extends AsyncDisposable {
  readonly page: Page;
  readonly server: IrcPage;
  readonly view: WatchedPage;
}

async function visit(context: TestContext, options: BrowserContextOptions = {}, hash = ''): Promise<Visit> {
  needs(context, 'chromium');
  browser ??= openBrowser();
  const server = await startIrcPage();
  const view = await openPage(await browser, server.url + hash, options);
  return {
    page: view.page,
    server,
    view,
    [Symbol.asyncDispose]: async () => {
      await view[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Fills in the form, and takes the page in as far as its room. */
async function comeIn({ page, server }: Visit, past: readonly string[] = [], nick = 'ann'): Promise<IrcTalk> {
  await page.getByLabel('Nick', { exact: true }).fill(nick);
  await page.getByRole('button', { name: 'Join' }).click();
  const talk = await server.talk();
  await talk.welcome();
  await talk.letIn(nick, '#lobby', '@bob +carla', past);
  await page.getByRole('heading', { name: 'lobby' }).waitFor();
  return talk;
}

const write = (page: Page): ReturnType<Page['getByRole']> => page.getByRole('textbox', { name: 'Message lobby' });

async function type(page: Page, text: string): Promise<void> {
  await write(page).fill(text);
  await write(page).press('Enter');
}

/** What the lines of the room say, as one sees them. */
const texts = (page: Page): Promise<string[]> => page.locator(`${LINE} .text`).allInnerTexts();

describe('the page', () => {
  it('shows the past, who is there, the topic, who comes, speaks and goes', async (context) => {
    await using here = await visit(context);
    const { page, view } = here;
    const talk = await comeIn(here, [
      '@time=2026-01-02T10:00:00.000Z;msgid=1 :bob!b@h PRIVMSG #lobby :good morning',
      '@time=2026-01-02T10:01:00.000Z;msgid=2 :bob!b@h PRIVMSG #lobby :\x01ACTION yawns\x01',
    ]);
    talk.say(
      ':bob!b@h TOPIC #lobby :Tea at four',
      ':dora!d@h JOIN #lobby',
      '@msgid=3 :dora!d@h PRIVMSG #lobby :hello all',
      ':carla!c@h PART #lobby :lunch',
      ':bob!b@h MODE #lobby +v dora',
      ':dora!d@h NICK dorothy',
    );
    await page.getByText('is dorothy now').waitFor();
    expect(await texts(page)).toEqual([
      'good morning',
      expect.stringMatching(/^bob yawns/),
      'You are in lobby',
      'bob set the topic: Tea at four',
      'dora came in',
      'hello all',
      'carla left (lunch)',
      'bob set +v dora',
      'dora is dorothy now',
    ]);
    expect(await page.locator('#topic').innerText()).toBe('Tea at four');
    expect(await page.locator('#people-list .name').allInnerTexts()).toEqual(['bob', 'dorothy', 'ann']);
    expect(await page.locator('#people-list .rank').allInnerTexts()).toEqual(['op', 'voice', 'you']);
    expect(await page.getByRole('log', { name: 'Messages in lobby' }).isVisible()).toBe(true);
    expect(view.complaints).toEqual([]);
  });

  it('sends what is typed, and shows it when the server echoes it', async (context) => {
    await using here = await visit(context);
    const { page } = here;
    const talk = await comeIn(here);
    await type(page, 'hello there');
    expect(await talk.hear('PRIVMSG')).toBe('PRIVMSG #lobby :hello there');
    talk.say('@msgid=1 :ann!web@host PRIVMSG #lobby :hello there');
    await page.getByText('hello there').waitFor();
    expect(await page.getByText('hello there').count()).toBe(1);
    await write(page).fill('one\ntwo');
    await page.getByRole('button', { name: 'Send' }).click();
    expect([await talk.hear('PRIVMSG'), await talk.hear('PRIVMSG')]).toEqual([
      'PRIVMSG #lobby one',
      'PRIVMSG #lobby two',
    ]);
    await type(page, 'é'.repeat(400));
    const pieces = [await talk.hear('PRIVMSG'), await talk.hear('PRIVMSG'), await talk.hear('PRIVMSG')];
    expect(pieces.map((one) => one.replace('PRIVMSG #lobby ', '')).join('')).toBe('é'.repeat(400));
    for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThan(450);
  });

  it('turns slash commands into IRC', async (context) => {
    await using here = await visit(context);
    const { page } = here;
    const talk = await comeIn(here);
    for (const [typed, sent] of [
      ['/me waves', 'PRIVMSG #lobby :\x01ACTION waves\x01'],
      ['//me', 'PRIVMSG #lobby /me'],
      ['/nick anna', 'NICK anna'],
      ['/topic Tea at five', 'TOPIC #lobby :Tea at five'],
      ['/kick bob too loud', 'KICK #lobby bob :too loud'],
      ['/invite dora', 'INVITE dora #lobby'],
      ['/mode +o carla', 'MODE #lobby +o carla'],
      ['/away', 'AWAY away'],
      ['/names', 'NAMES #lobby'],
      ['/history 7', 'CHATHISTORY LATEST #lobby * 7'],
      ['/rooms', 'LIST'],
      ['/raw PING me', 'PING me'],
      ['/join ops secret', 'JOIN #ops secret'],
      ['/part see you', 'PART #lobby :see you'],
    ] as const) {
      await type(page, typed);
      expect(await talk.hear(sent)).toBe(sent);
    }
    await type(page, '/dance');
    await page.getByText('There is no /dance').waitFor();
    await type(page, '/quit bye');
    expect(await talk.hear('QUIT')).toBe('QUIT bye');
    await page.getByRole('button', { name: 'Join' }).waitFor();
  });

  it('shows markup and scripts as the text they are, and links without a way back', async (context) => {
    await using here = await visit(context);
    const { page, view } = here;
    const evil = '<img src=x onerror=alert(1)><script>document.title="owned"</script>';
    const talk = await comeIn(here);
    talk.say(
      `:bob!b@h PRIVMSG #lobby :${evil}`,
      `:bob!b@h TOPIC #lobby :${evil}`,
      ':bob!b@h PRIVMSG #lobby :see (https://a.example/x?y=1&z), javascript:alert(1) and http://[bad',
    );
    await page.getByText('javascript:alert(1)').waitFor();
    const shown = await texts(page);
    expect(shown.at(-3)).toBe(evil);
    expect(shown.at(-2)).toBe(`bob set the topic: ${evil}`);
    expect(await page.locator('#topic').innerText()).toBe(evil);
    expect(await page.locator('#chat img, #chat script').count()).toBe(0);
    const links = page.locator(`${LINE} a`);
    expect(await links.count()).toBe(1);
    expect(await links.first().getAttribute('href')).toBe('https://a.example/x?y=1&z');
    expect(await links.first().getAttribute('rel')).toBe('noopener noreferrer');
    expect(await page.title()).not.toContain('owned');
    expect(view.complaints).toEqual([]);
    const refused = await page.evaluate("try { document.body.innerHTML = '<b>'; 'made' } catch { 'refused' }");
    expect(refused).toBe('refused');
  });

  it('asks again where the nick is taken, and for the passwords of the server and of a room', async (context) => {
    await using here = await visit(context);
    const { page, server } = here;
    const enter = async (): Promise<IrcTalk> => {
      await page.getByRole('button', { name: 'Join' }).click();
      const talk = await server.talk();
      await talk.hear('USER');
      return talk;
    };
    await page.getByLabel('Nick', { exact: true }).fill('bob');
    (await enter()).say(':irc.test 433 * bob :Nickname is already in use');
    await page.getByRole('alert').getByText('bob: Nickname is already in use').waitFor();
    expect(await page.getByLabel(/^Password/).isVisible()).toBe(false);
    await page.getByLabel('Nick', { exact: true }).fill('ann');
    (await enter()).say(':irc.test 464 ann :Password incorrect', 'ERROR :Closing link: (h) [wrong]');
    await page.getByText('This server asks for a password.').waitFor();
    await page.getByLabel(/^Password/).fill('s3cret pass');
    await page.getByRole('button', { name: 'Join' }).click();
    const talk = await server.talk();
    expect(await talk.hear('PASS')).toBe('PASS :s3cret pass');
    talk.say(':irc.test 001 ann :Welcome');
    await talk.hear('JOIN #lobby');
    talk.say(':irc.test 475 ann #lobby :Cannot join channel (+k)');
    await page.getByRole('dialog').getByLabel('Key of the room').fill('key');
    await page.getByRole('dialog').getByRole('button', { name: 'OK' }).click();
    expect(await talk.hear('JOIN')).toBe('JOIN #lobby key');
  });

  it('counts what is said in other rooms and in private, and marks where the new begins', async (context) => {
    await using here = await visit(context);
    const { page } = here;
    const talk = await comeIn(here);
    await page.getByRole('textbox', { name: 'Join a room' }).fill('ops');
    await page.getByRole('textbox', { name: 'Join a room' }).press('Enter');
    await talk.letIn('ann', '#ops', 'bob');
    await page.getByRole('heading', { name: 'ops' }).waitFor();
    expect(new URL(page.url()).hash).toBe('#ops');
    talk.say(
      ':bob!b@h PRIVMSG #lobby :one',
      ':bob!b@h PRIVMSG #lobby :two',
      ':carla!c@h PRIVMSG ann :psst',
      ':bob!b@h PRIVMSG #ops :Ann: here too',
    );
    await page.getByText('here too').waitFor();
    expect(await page.title()).toBe('(3) ops · nettk chat');
    expect(await page.locator('#room-list .go').allInnerTexts()).toEqual(['lobby\n2', 'ops']);
    expect(await page.locator(`${LINE}.called`).innerText()).toContain('here too');
    await page.locator('#talk-list .go').click();
    await page.getByRole('heading', { name: 'carla' }).waitFor();
    await page.getByRole('textbox', { name: 'Message carla' }).fill('yes?');
    await page.getByRole('textbox', { name: 'Message carla' }).press('Enter');
    expect(await talk.hear('PRIVMSG')).toBe('PRIVMSG carla yes?');
    await page.goto(`${page.url().replace(/#.*/, '')}#lobby`);
    await page.getByRole('heading', { name: 'lobby' }).waitFor();
    expect(await page.locator(`${LINE}.first-new`).innerText()).toContain('one');
    expect(await page.title()).toBe('lobby · nettk chat');
  });

  it('comes back after the connection was lost, with what it missed, and nothing twice', async (context) => {
    await using here = await visit(context);
    const { page, server } = here;
    const old = '@time=2026-01-02T10:00:00.000Z;msgid=1 :bob!b@h PRIVMSG #lobby :before';
    const talk = await comeIn(here, [old]);
    await page.getByText('before').waitFor();
    talk.cut();
    await page.getByRole('button', { name: 'Try now' }).click();
    const again = await server.talk();
    await again.welcome();
    await again.hear('JOIN #lobby');
    again.say(':ann!web@host JOIN #lobby', ':irc.test 353 ann = #lobby :ann @bob', ':irc.test 366 ann #lobby :End');
    expect(await again.hear('CHATHISTORY')).toBe('CHATHISTORY LATEST #lobby timestamp=2026-01-02T09:59:59.999Z 100');
    again.tellPast('#lobby', [old, '@time=2026-01-02T10:05:00.000Z;msgid=2 :bob!b@h PRIVMSG #lobby :meanwhile']);
    await page.getByText('meanwhile').waitFor();
    expect(await texts(page)).toEqual(['before', 'meanwhile', 'You are in lobby', 'You are back']);
    expect(await page.getByRole('status').innerText()).toContain('Connected as ann');
  });

  it('takes another nick where the lost connection still holds the old one', async (context) => {
    await using here = await visit(context);
    const { page, server } = here;
    (await comeIn(here)).cut();
    await page.getByRole('button', { name: 'Try now' }).click();
    const again = await server.talk();
    const taken = ':irc.test 433 * ann :Nickname is already in use';
    await again.hear('USER');
    again.say(taken);
    expect(await again.hear('NICK')).toBe('NICK ann');
    again.say(taken);
    expect(await again.hear('NICK')).toBe('NICK ann2');
    again.say(':irc.test 001 ann2 :Welcome');
    await page.getByText('ann is taken; you are ann2').waitFor();
  });

  it('goes on where it was when it is loaded again', async (context) => {
    await using here = await visit(context);
    const { page, server } = here;
    await comeIn(here);
    await page.reload();
    const talk = await server.talk();
    expect(await talk.welcome()).toBe('ann');
    await talk.letIn('ann', '#lobby', 'bob');
    await page.getByText('You are in lobby').waitFor();
  });

  it('goes to the room that its address names', async (context) => {
    await using here = await visit(context, {}, '#tea.room');
    await here.page.getByLabel('Nick', { exact: true }).fill('ann');
    await here.page.getByRole('button', { name: 'Join' }).click();
    const talk = await here.server.talk();
    await talk.welcome();
    expect(await talk.hear('JOIN')).toBe('JOIN #tea.room');
  });

  it('loads earlier lines on demand, and keeps no more than a thousand', async (context) => {
    await using here = await visit(context);
    const { page } = here;
    const past = (from: number, count: number): string[] =>
      Array.from({ length: count }, (_, i) => {
        const time = new Date(Date.UTC(2026, 0, 2, 10, 0, from + i)).toISOString();
        return `@time=${time};msgid=m${from + i} :bob!b@h PRIVMSG #lobby :line ${from + i}`;
      });
    const talk = await comeIn(here, past(100, 50));
    await page.getByRole('button', { name: 'Earlier messages' }).click();
    expect(await talk.hear('CHATHISTORY')).toBe('CHATHISTORY BEFORE #lobby timestamp=2026-01-02T10:01:40.001Z 50');
    talk.tellPast('#lobby', past(70, 31));
    await page.getByText('line 70', { exact: true }).waitFor();
    expect((await texts(page)).slice(0, 80)).toEqual(Array.from({ length: 80 }, (_, i) => `line ${70 + i}`));
    expect(await page.getByRole('button', { name: 'Earlier messages' }).isVisible()).toBe(false);
    talk.say(...Array.from({ length: 1_100 }, (_, i) => `:bob!b@h PRIVMSG #lobby :more ${i}`));
    await page.getByText('more 1099', { exact: true }).waitFor();
    // Who reads the past stays there, and goes back to the end by themselves.
    expect(await page.getByText('line 70', { exact: true }).isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Newest' }).click();
    talk.say(':bob!b@h PRIVMSG #lobby :the last one');
    await page.getByText('the last one').waitFor();
    expect(await page.locator(LINE).count()).toBe(1_000);
    const left = (): Promise<number> =>
      page.locator('.pane:not([hidden])').evaluate((pane) => pane.scrollHeight - pane.scrollTop - pane.clientHeight);
    await expect.poll(left).toBeLessThan(2);
  });

  it('says whose turn it is in a half-duplex room, and each refusal once', async (context) => {
    await using here = await visit(context);
    const { page } = here;
    const talk = await comeIn(here);
    const state = page.getByRole('status');
    talk.say(':irc.test 005 ann FLOOR=turns :are supported', ':carla!c@h PART #lobby');
    talk.say(":irc.test NOTICE #lobby :Half-duplex: it is bob's turn");
    await state.getByText("It is bob's turn").waitFor();
    talk.say(
      ":irc.test 404 ann #lobby :Not your turn: it is bob's turn",
      ":irc.test NOTICE #lobby :Not your turn: it is bob's turn",
    );
    talk.say(':bob!b@h PRIVMSG #lobby :hello');
    await state.getByText('It is your turn').waitFor();
    expect(await page.getByText('Not your turn').count()).toBe(1);
    talk.say(':ann!web@h PRIVMSG #lobby :hello bob');
    await state.getByText('now it is the turn of bob').waitFor();
  });

  it('completes nicks, brings back what was said, and switches rooms from the keyboard', async (context) => {
    await using here = await visit(context);
    const { page } = here;
    const talk = await comeIn(here);
    await write(page).pressSequentially('ca');
    await write(page).press('Tab');
    expect(await write(page).inputValue()).toBe('carla: ');
    await write(page).pressSequentially('hi');
    await write(page).press('Enter');
    expect(await talk.hear('PRIVMSG')).toBe('PRIVMSG #lobby :carla: hi');
    await write(page).press('ArrowUp');
    expect(await write(page).inputValue()).toBe('carla: hi');
    await write(page).press('ArrowDown');
    expect(await write(page).inputValue()).toBe('');
    await type(page, '/msg bob');
    await page.getByRole('heading', { name: 'bob' }).waitFor();
    await page.keyboard.press('Alt+ArrowUp');
    await page.getByRole('heading', { name: 'lobby' }).waitFor();
  });

  it('fits a phone, with rooms and people behind buttons', async (context) => {
    await using here = await visit(context, PHONE);
    const { page, view } = here;
    const width = 'Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)';
    expect(await page.evaluate(width)).toBe(390);
    const talk = await comeIn(here);
    talk.say(
      `:irc.test 332 ann #lobby :${'A long topic that goes on '.repeat(10)}`,
      `:bob!b@h PRIVMSG #lobby :${'w'.repeat(300)}`,
      `:${'n'.repeat(30)}!b@h PRIVMSG #lobby :https://example.com/${'x'.repeat(200)}`,
    );
    await page.getByText('https://example.com').waitFor();
    expect(await page.evaluate(width)).toBe(390);
    expect(await page.locator('.pane:not([hidden])').evaluate((pane) => pane.scrollWidth - pane.clientWidth)).toBe(0);
    const rooms = page.getByRole('navigation', { name: 'Rooms' });
    expect(await rooms.isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Rooms' }).click();
    await rooms.getByRole('textbox', { name: 'Join a room' }).waitFor();
    await page.keyboard.press('Escape');
    await rooms.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'People in this room' }).click();
    await page.getByRole('complementary').getByRole('button', { name: 'bob' }).click();
    await page.getByRole('heading', { name: 'bob' }).waitFor();
    await page.getByRole('complementary').waitFor({ state: 'hidden' });
    expect(view.complaints).toEqual([]);
  });

  it('gives a stranger no way to fill its memory', async (context) => {
    await using here = await visit(context);
    const { page } = here;
    const talk = await comeIn(here);
    talk.say(...Array.from({ length: 150 }, (_, i) => `:n${i}!x@h PRIVMSG ann :hi`));
    await page.locator('#talk-list').getByText('n149', { exact: true }).waitFor();
    expect(await page.locator('.pane').count()).toBeLessThan(110);
  });
});

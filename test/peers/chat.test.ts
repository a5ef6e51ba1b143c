/** People with other people's chat clients in one room: on ngIRCd, to see that they are driven right, and on nettk. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { type ChatClient, type ChatProgram, startIrssi, startNc, startWeechat } from '../support/chat-clients.ts';
import { visitPage } from '../support/chat-visitor.ts';
import { needs } from '../support/needs.ts';
import { startNettk } from '../support/nettk.ts';
import { freePort, startPeer } from '../support/peers.ts';

const TOPIC = 'Tea at four (or *five*)';

/** ngIRCd on a free port, with nothing that takes its time. */
async function startNgircd(): Promise<{ readonly port: number } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'nettk-ngircd-'));
  const config = join(folder, 'ngircd.conf');
  const port = await freePort();
  const global = ['[Global]', 'Name = irc.test', `Ports = ${port}`, 'Listen = 127.0.0.1', 'MotdPhrase = hello'];
  const options = ['[Options]', 'DNS = no', 'Ident = no', 'PAM = no', '[Limits]', 'MaxPenaltyTime = 0'];
  await writeFile(config, [...global, ...options, ''].join('\n'));
  const peer = await startPeer('ngircd', ['--nodaemon', '--config', config], { ready: [`tcp:${port}`] });
  return { port, [Symbol.asyncDispose]: () => peer.kill().then(() => rm(folder, { recursive: true })) };
}

/** Waits until all of them see it. */
const allSee = (people: readonly ChatClient[], what: (person: ChatClient) => RegExp): Promise<unknown> =>
  Promise.all(people.map((person) => person.sees(what(person))));

const others = <P extends ChatClient>(people: readonly P[], one: ChatClient): P[] =>
  people.filter((two) => two !== one);

/** Everybody who came after others was seen by those, and everybody is heard by all. */
async function talk(people: readonly ChatClient[]): Promise<void> {
  for (const [i, { nick }] of people.entries()) {
    await allSee(people.slice(0, i), ({ phrases }) => phrases.joined(nick));
  }
  for (const one of people) {
    const text = `Hello (from ${one.nick}), is the café open? [yes]`;
    await one.types(text);
    await allSee(others(people, one), ({ phrases }) => phrases.said(one.nick, text));
  }
}

/** Each sets the topic, finds the room and another, and takes a nick of two; all see it. */
async function change(people: readonly ChatClient[]): Promise<void> {
  for (const one of people) {
    const topic = `${TOPIC}, says ${one.nick}`;
    await one.types(`/topic ${topic}`);
    await allSee(others(people, one), ({ phrases }) => phrases.topic(one.nick, topic));
    await one.lists(people.length, topic);
    await one.finds(others(people, one)[0]?.nick ?? '');
  }
  for (const one of people) {
    await one.types(`/nick ${one.nick}-2`);
    await allSee(others(people, one), ({ phrases }) => phrases.renamed(one.nick, `${one.nick}-2`));
  }
}

/** One leaves the room, then the server; then the others, one after the other. */
async function leave(people: readonly ChatProgram[], witnesses: readonly ChatClient[]): Promise<void> {
  for (const [i, one] of people.entries()) {
    const left = [...people.slice(i + 1), ...witnesses];
    const nick = `${one.nick}-2`;
    if (i === 0) {
      await one.types('/part');
      await allSee(left, ({ phrases }) => phrases.parted(nick));
    }
    await one.quits();
    if (i > 0) await allSee(left, ({ phrases }) => phrases.quit(nick));
  }
}

describe('people with irssi and weechat', () => {
  it('talk, change things and leave on ngIRCd', async (context) => {
    needs(context, 'ngircd', 'irssi', 'tmux', 'weechat-headless');
    await using server = await startNgircd();
    await using ann = await startIrssi(server.port, 'ann');
    await using wes = await startWeechat(server.port, 'wes');
    await talk([ann, wes]);
    await change([ann, wes]);
    await leave([wes, ann], []);
  });

  it('talk, change things and leave on nettk, with somebody who has nc', async (context) => {
    needs(context, 'irssi', 'tmux', 'weechat-headless', 'nc.openbsd');
    await using server = await startNettk(['chat-server', '--port', '0']);
    const [port = 0] = server.ports;
    await using ann = await startIrssi(port, 'ann');
    await using nina = await startNc(port, 'nina');
    await using wes = await startWeechat(port, 'wes');
    await talk([ann, nina, wes]);
    await change([ann, nina, wes]);
    await leave([wes, nina, ann], []);
  });

  it('do so with somebody at the page too', async (context) => {
    needs(context, 'irssi', 'tmux', 'weechat-headless', 'nc.openbsd', 'chromium');
    const browser = await openBrowser();
    await using server = await startNettk(['chat-server', '--port', '0', '--web-port', '0'], { ready: 2 });
    const [port = 0, webPort = 0] = server.ports;
    try {
      await using ann = await startIrssi(port, 'ann');
      await using pam = await visitPage(browser, webPort, 'pam');
      await using wes = await startWeechat(port, 'wes');
      await using nina = await startNc(port, 'nina');
      await talk([ann, pam, wes, nina]);
      await change([pam, nina, wes, ann]);
      await leave([ann, nina, wes], [pam]);
    } finally {
      await browser.close();
    }
  });
});

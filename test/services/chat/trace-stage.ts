/**
 * Plays conversations with the chat service, in process and over real sockets. A trace is text:
 *
 *     * ann bob in #room          they have come, and joined; what they heard doing so is left out
 *     * ann with batch setname    before they come: the capabilities their clients ask for
 *     * eve connects              a connection that has said nothing yet
 *     ann> PRIVMSG #room :hello   what a client sends
 *     bob< :{ann} PRIVMSG #room :hello   what a client hears, and nobody hears anything else
 *     bob< (end)                  the server has closed the connection
 *
 * Lines sent one behind the other are sent in one go, what is heard of them stands behind them; a blank line is a pause. `{ann}` is Ann's whole source,
 * `{a*500}` is 500 times `a`, `\xff` a byte (and `\x20` a blank at the end), `<unix>`, `<time>`, `<idle>` and `<id>` what differs from run to run.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { expect } from 'vitest';
import { dial } from '../../../src/net/dial.ts';
import { type Server, serve } from '../../../src/net/serve.ts';
import { chat } from '../../../src/services/chat.ts';
import { LineSplitter } from '../../../src/stream/lines.ts';
import { optionsOf } from '../../support/service-stages.ts';
import { connectTo } from '../../support/sockets.ts';
import { bytesOf, expand, shown } from './trace-phrases.ts';

/** One conversation. */
export interface Trace {
  /** A sentence in the present tense: what the server does. */
  readonly title: string;
  readonly steps: string;
  /** The server's options where they matter; `motd` are the file's lines. */
  readonly options?: Readonly<Record<string, unknown>> & { readonly motd?: readonly string[] };
  /** All connections are encrypted. */
  readonly isSecure?: true;
}

/** What was sent in one go, and what each client heard of it. */
interface Turn {
  readonly sent: [name: string, text: string][];
  readonly heard: [name: string, text: string][];
}

const END = '(end)';

/** One client of a trace. */
class Talker {
  readonly name: string;
  readonly #socket: Duplex;
  readonly #splitter = new LineSplitter();
  #heard: string[] = [];
  #onHeard = (): void => {};
  #barriers = 0;
  isOver = false;
  hasSpoken = false;

  constructor(name: string, socket: Duplex) {
    this.name = name;
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      for (const line of this.#splitter.push(chunk)) this.#heard.push(shown(line));
      this.#onHeard();
    });
    socket.on('close', () => this.#end()).on('end', () => this.#end());
  }

  say(bytes: Buffer): void {
    this.hasSpoken = true;
    this.#socket.write(bytes);
  }

  /** Waits until the server has answered all that was said: it does in order, so that the answer to a PING is the last. */
  async settle(): Promise<void> {
    if (this.isOver || !this.hasSpoken) return;
    this.#barriers += 1;
    const token = `barrier-${this.#barriers}`;
    this.#socket.write(`PING ${token}\r\n`);
    await this.#until(`:chat.nettk PONG chat.nettk :${token}`);
  }

  /** What was heard since this was asked last. */
  async hear(): Promise<string[]> {
    await this.settle();
    const heard = this.#heard.filter((line) => !line.startsWith(':chat.nettk PONG chat.nettk :barrier-'));
    this.#heard = [];
    return heard;
  }

  leave(): void {
    this.#socket.destroy();
  }

  #end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#heard.push(END);
    this.#onHeard();
  }

  #until(line: string): Promise<void> {
    return new Promise((resolve) => {
      this.#onHeard = () => {
        if (this.isOver || this.#heard.includes(line)) resolve();
      };
      this.#onHeard();
    });
  }
}

/** A chat server, and who talks to it. */
class TraceStage {
  readonly #server: Server;
  readonly #talkers = new Map<string, Talker>();
  readonly #capabilities = new Map<string, string>();

  constructor(server: Server) {
    this.#server = server;
  }

  /** `ann bob in #room`, `ann with batch`, `eve connects`. */
  async arrange(text: string): Promise<void> {
    const [names = '', verb = '', rest = ''] = text.split(/ (in|with|connects?)\b ?/);
    for (const name of names.split(' ')) {
      if (verb === 'with') this.#capabilities.set(name, rest);
      else if (verb.startsWith('connect')) await this.#connect(name);
      else await this.#enter(name, rest === '' ? [] : expand(rest).split(' '));
    }
  }

  /** Plays a turn, and gives what really was heard, as the trace would say it. */
  async play({ sent }: Turn): Promise<string> {
    for (const [i, [name, text]] of sent.entries()) {
      const talker = this.#talker(name);
      talker.say(bytesOf(text));
      // What several say is said one after the other: who spoke is through before the next begins.
      if (sent[i + 1]?.[0] !== name) await talker.settle();
    }
    const heard: [string, string][] = [];
    for (const talker of this.#talkers.values()) {
      for (const line of await talker.hear()) heard.push([talker.name, line]);
    }
    return shownTurn({ sent, heard });
  }

  leave(): void {
    for (const talker of this.#talkers.values()) talker.leave();
  }

  #talker(name: string): Talker {
    const talker = this.#talkers.get(name);
    if (!talker) throw new Error(`nobody is called ${name} in this trace`);
    return talker;
  }

  async #connect(name: string): Promise<Talker> {
    const endpoint = this.#server.endpoints[0]!;
    const certificate = this.#server.certificateOf(endpoint);
    const talker = new Talker(
      name,
      await (certificate ? dial(endpoint, { tls: { pins: [certificate.fingerprint] } }) : connectTo(endpoint)),
    );
    this.#talkers.set(name, talker);
    return talker;
  }

  async #enter(name: string, rooms: readonly string[]): Promise<void> {
    const known = this.#talkers.get(name);
    const talker = known ?? (await this.#connect(name));
    const capabilities = this.#capabilities.get(name);
    const lines = [
      ...(known ? [] : [`NICK ${name}`, `USER ${name} 0 * :${name[0]?.toUpperCase()}${name.slice(1)}`]),
      ...(known || capabilities === undefined ? [] : [`CAP REQ :${capabilities}`, 'CAP END']),
      ...rooms.map((room) => `JOIN ${room}`),
    ];
    // A capability that is asked for last is asked for in time only if the client waits with its nick.
    if (capabilities !== undefined && !known) lines.unshift('CAP LS 302');
    talker.say(Buffer.from(lines.map((line) => `${line}\r\n`).join('')));
    await talker.settle();
    for (const one of this.#talkers.values()) await one.hear();
  }
}

/** Plays a trace; fails at the first turn that goes otherwise. */
export async function playTrace({ steps, options = {}, isSecure }: Trace): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'nettk-trace-'));
  const motd = join(folder, 'motd');
  if (options.motd) await writeFile(motd, options.motd.join('\n'));
  const given = options.motd ? { ...options, motd } : options;
  const server = await serve(chat, {
    endpoints: [isSecure ? 'tls://127.0.0.1:0' : 'tcp://127.0.0.1:0'],
    options: (await optionsOf(chat as never, given)) as never,
  });
  const bugs: unknown[] = [];
  server.on('failed', (_peer, error) => bugs.push(error));
  const stage = new TraceStage(server);
  try {
    for (const step of stepsOf(steps)) {
      if (typeof step === 'string') await stage.arrange(step);
      else expect(await stage.play(step)).toBe(shownTurn(step));
    }
  } finally {
    stage.leave();
    await server.close();
    await rm(folder, { recursive: true });
  }
  expect(bugs).toEqual([]);
}

/** The numbers that the server says in a trace. */
export function numericsOf({ steps }: Trace): string[] {
  return [...steps.matchAll(/^\s*\w+< (?:@\S+ )?:chat\.nettk (\d{3}) /gm)].map((match) => match[1]!);
}

/** Arrangements as they are written, turns taken apart. */
function stepsOf(text: string): (string | Turn)[] {
  const steps: (string | Turn)[] = [];
  let isNew = true;
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line.startsWith('#')) continue;
    if (line === '') {
      isNew = true;
      continue;
    }
    if (line.startsWith('* ')) {
      steps.push(line.slice(2));
      continue;
    }
    const [, name, sign, words = ''] = /^(\w+)([<>])(?: (.*))?$/.exec(line) ?? [];
    if (name === undefined) throw new Error(`not a step of a trace: ${line}`);
    const last = steps.at(-1);
    if (sign === '<' && typeof last === 'object') {
      for (const one of expand(words).split('\n')) last.heard.push([name, one]);
    } else if (!isNew && typeof last === 'object' && last.heard.length === 0) last.sent.push([name, words]);
    else steps.push({ sent: [[name, words]], heard: [] });
    isNew = false;
  }
  return steps;
}

/** A turn as text: what was sent, then what each client heard, those who spoke first. */
function shownTurn({ sent, heard }: Turn): string {
  const names = [
    ...new Set([...sent, ...heard.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))].map(([name]) => name)),
  ];
  return [
    ...sent.map(([name, text]) => `${name}> ${text}`),
    ...names.flatMap((name) => heard.filter(([one]) => one === name).map(([, text]) => `${name}< ${text}`)),
  ].join('\n');
}

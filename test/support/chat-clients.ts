/** People at chat clients that are not ours: irssi on a terminal, weechat-headless behind a pipe, nc. */

import { execFile } from 'node:child_process';
import { constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startPeer } from './peers.ts';

const run = promisify(execFile);

/** All that one person does and waits for takes less, in milliseconds; what is slower has failed. */
export const VISIT_MS = 50_000;
/** How often what a client shows is looked at, in milliseconds. */
const POLL_MS = 25;

/** How a client tells of a thing: a pattern in what it shows. */
export interface Phrases {
  said(nick: string, text: string): RegExp;
  joined(nick: string): RegExp;
  /** Left the room. */
  parted(nick: string): RegExp;
  /** Left the server. */
  quit(nick: string): RegExp;
  renamed(nick: string, other: string): RegExp;
  topic(nick: string, text: string): RegExp;
}

/** Somebody at a client, in the room `lobby`. */
export interface ChatClient extends AsyncDisposable {
  readonly nick: string;
  readonly phrases: Phrases;
  /** Types a line: a command, or something to say in the room. */
  types(line: string): Promise<void>;
  /** Waits until the client shows it in the room. */
  sees(pattern: RegExp): Promise<void>;
  /** Lists the rooms, and waits for this one to be among them. */
  lists(members: number, topic: string): Promise<void>;
  /** Asks who somebody is, and waits for the answer. */
  finds(nick: string): Promise<void>;
}

/** Somebody whose client is a program of its own. */
export interface ChatProgram extends ChatClient {
  readonly pid: number;
  /** Waits until the client shows it, where it shows what the server says. */
  hears(pattern: RegExp): Promise<void>;
  /** Leaves the server, and waits until the client has ended. */
  quits(): Promise<void>;
}

const quoted = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
/** A pattern of lines, in which texts stand for themselves. */
export const pattern = (parts: TemplateStringsArray, ...texts: readonly string[]): RegExp =>
  new RegExp(String.raw(parts, ...texts.map(quoted)), 'm');

/** Waits until this holds; fails with what is told when the visit takes too long. */
async function until(holds: () => boolean | Promise<boolean>, deadline: number, tell: () => string): Promise<void> {
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(tell());
    await delay(POLL_MS);
  }
}

/** Looks until a client shows something; fails with what it shows instead. */
export async function look(
  who: string,
  wanted: RegExp,
  deadline: number,
  show: () => string | Promise<string>,
): Promise<void> {
  let shown = '';
  const holds = async (): Promise<boolean> => {
    shown = await show();
    return wanted.test(shown);
  };
  await until(holds, deadline, () => `${who} does not show ${wanted}, but:\n${shown}`);
}

const IN_NC: Phrases = {
  said: (who, text) => pattern`^\[lobby\] ${who}: ${text}$`,
  joined: (who) => pattern`^\* ${who} joined lobby$`,
  parted: (who) => pattern`^\* ${who} left lobby`,
  quit: (who) => pattern`^\* ${who} left: `,
  renamed: (who, other) => pattern`^\* ${who} is now ${other}$`,
  topic: (who, text) => pattern`^\* ${who} sets the topic of lobby: ${text}$`,
};

/** Lets somebody come in; a client that cannot is ended. */
async function entering<P extends AsyncDisposable>(person: P, comeIn: () => Promise<void>): Promise<P> {
  try {
    await comeIn();
    return person;
  } catch (error) {
    await person[Symbol.asyncDispose]();
    throw error;
  }
}

/** Somebody with nc, who says their nick. */
export async function startNc(port: number, nick: string): Promise<ChatProgram> {
  const peer = await startPeer('nc.openbsd', ['127.0.0.1', String(port)]);
  const deadline = performance.now() + VISIT_MS;
  const types = async (line: string): Promise<void> => void peer.child.stdin?.write(`${line}\n`);
  const sees = (wanted: RegExp): Promise<void> => look(`nc of ${nick}`, wanted, deadline, () => String(peer.stdout()));
  const person: ChatProgram = {
    nick,
    pid: peer.pid,
    types,
    sees,
    hears: sees,
    lists: (members, topic) => types('/rooms').then(() => sees(pattern`^\* lobby \(${String(members)}\): ${topic}$`)),
    finds: (who) => types('/who').then(() => sees(pattern`^\* in lobby: .*${who}`)),
    // nc ends when both sides have: the server, and whoever types, with ^D.
    async quits() {
      await types('/quit');
      await sees(/^\* goodbye: /m);
      await peer.finish();
    },
    phrases: IN_NC,
    [Symbol.asyncDispose]: peer.kill,
  };
  return entering(person, async () => {
    await types(nick);
    await sees(pattern`^\* in lobby: .*${nick}`);
  });
}

const IN_WEECHAT: Phrases = {
  said: (who, text) => pattern`\t[@+]?${who}\t${text}$`,
  joined: (who) => pattern`\t${who} \(.*\) has joined #lobby$`,
  parted: (who) => pattern`\t${who} \(.*\) has left #lobby`,
  quit: (who) => pattern`\t${who} \(.*\) has quit \(`,
  renamed: (who, other) => pattern`\t${who} is now known as ${other}$`,
  topic: (who, text) => pattern`\t${who} has (?:changed|set) topic for #lobby .*to "${text}"$`,
};

/** Somebody at weechat-headless, which types what comes through a pipe and writes down what it would show. */
export async function startWeechat(port: number, nick: string): Promise<ChatProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'nettk-weechat-'));
  const pipe = join(folder, 'pipe');
  const commands = [
    '/set logger.file.flush_delay 0',
    // It would keep lines back so as not to flood the server.
    '/set irc.server_default.anti_flood_prio_high 0',
    '/set irc.server_default.anti_flood_prio_low 0',
    `/set fifo.file.path ${pipe}`,
    `/server add chat 127.0.0.1/${port} -nicks=${nick} -username=${nick} -notls`,
    '/connect chat',
  ];
  const args = ['-d', folder, '-a', '-P', 'irc,fifo,logger', ...commands.flatMap((line) => ['-r', line])];
  const peer = await startPeer('weechat-headless', args, { ready: [`unix:${pipe}`], env: { HOME: folder } });
  const deadline = performance.now() + VISIT_MS;
  let buffer = 'irc.server.chat';
  const types = async (line: string): Promise<void> => {
    const end = await open(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    await end.write(`${buffer} *${line}\n`);
    await end.close();
  };
  const sees = (wanted: RegExp): Promise<void> =>
    look(`weechat of ${nick}`, wanted, deadline, () => logsIn(join(folder, 'logs')));
  const person: ChatProgram = {
    nick,
    pid: peer.pid,
    types,
    sees,
    hears: sees,
    lists: (members, topic) => types('/list').then(() => sees(pattern`\t#lobby\(${String(members)}\): ${topic}$`)),
    finds: (who) => types(`/whois ${who}`).then(() => sees(pattern`\t\[${who}\] \(~.*\): `)),
    async quits() {
      await types('/quit');
      await until(
        () => peer.child.exitCode !== null,
        deadline,
        () => `weechat of ${nick} does not end`,
      );
    },
    phrases: IN_WEECHAT,
    [Symbol.asyncDispose]: () => peer.kill().then(() => rm(folder, { recursive: true })),
  };
  return entering(person, async () => {
    await sees(/\tWelcome to the /);
    await types('/join #lobby');
    await sees(IN_WEECHAT.joined(nick));
    buffer = 'irc.chat.#lobby';
  });
}

/** All that weechat has written down. */
function logsIn(folder: string): string {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
}

/** No window but one for what the server says and one for the room; no lines kept back so as not to flood the server. */
const IRSSI_CONFIG = `
settings = {
  core = { real_name = "Somebody"; user_name = "somebody"; };
  "irc/core" = { cmds_max_at_once = "1000"; cmd_queue_speed = "10msec"; };
};
`;

/** A terminal of its own, big enough for all that a test says. */
class Terminal {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async tmux(...args: readonly string[]): Promise<string> {
    // A server of tmux for each terminal: its socket is in the folder, and nobody else's tmux hears of it.
    const env = { ...process.env, TMUX_TMPDIR: this.#folder, HOME: this.#folder, LC_ALL: 'C.UTF-8' };
    delete (env as NodeJS.ProcessEnv)['TMUX'];
    const { stdout } = await run('tmux', ['-f', '/dev/null', ...args], { env });
    return stdout.trimEnd();
  }

  start(...command: readonly string[]): Promise<string> {
    return this.tmux('new-session', '-d', '-x', '160', '-y', '100', ...command);
  }

  async types(line: string): Promise<void> {
    await this.tmux('send-keys', '-l', '--', line);
    await this.tmux('send-keys', 'Enter');
  }

  /** The screen, long lines in one piece; empty once the terminal is closed. */
  shows(): Promise<string> {
    return this.tmux('capture-pane', '-p', '-J').catch(() => '');
  }
}

const IN_IRSSI: Phrases = {
  said: (who, text) => pattern`<[ @+]${who}> ${text} *$`,
  joined: (who) => pattern`-!- ${who} \[.*\] has joined #lobby *$`,
  parted: (who) => pattern`-!- ${who} \[.*\] has left #lobby`,
  quit: (who) => pattern`-!- ${who} \[.*\] has quit \[`,
  renamed: (who, other) => pattern`-!- ${who} is now known as ${other} *$`,
  topic: (who, text) => pattern`-!- ${who} changed the topic of #lobby to: ${text} *$`,
};

/** Somebody at irssi, on a terminal. */
export async function startIrssi(port: number, nick: string): Promise<ChatProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'nettk-irssi-'));
  await writeFile(join(folder, 'config'), IRSSI_CONFIG);
  const terminal = new Terminal(folder);
  await terminal.start('irssi', '--home', folder, '-c', '127.0.0.1', '-p', String(port), '-n', nick);
  const [pid = 0, server = 0] = (await terminal.tmux('display', '-p', '#{pane_pid} #{pid}')).split(' ').map(Number);
  const deadline = performance.now() + VISIT_MS;
  const sees = (wanted: RegExp): Promise<void> => look(`irssi of ${nick}`, wanted, deadline, () => terminal.shows());
  // What the server says is in the first window, what the room says in the second.
  const asks = async (line: string, answer: RegExp): Promise<void> => {
    await terminal.types(line);
    await terminal.types('/window 1');
    await sees(answer);
    await terminal.types('/window 2');
    await sees(/^\[#lobby\]/m);
  };
  const person: ChatProgram = {
    nick,
    pid,
    types: (line) => terminal.types(line),
    sees,
    hears: (wanted) => terminal.types('/window 1').then(() => sees(wanted)),
    lists: (members, topic) => asks('/list -YES', pattern`-!- #lobby ${String(members)} ${topic} *$`),
    finds: (who) => asks(`/whois ${who}`, pattern`-!- ${who} \[~.*\]`),
    async quits() {
      await terminal.types('/quit');
      await until(
        () => !isRunning(pid),
        deadline,
        () => `irssi of ${nick} does not end`,
      );
    },
    phrases: IN_IRSSI,
    async [Symbol.asyncDispose]() {
      await killed([pid, server]);
      await rm(folder, { recursive: true });
    },
  };
  return entering(person, async () => {
    await sees(/-!- Mode change \[\+i\] for user /);
    await terminal.types('/join #lobby');
    await sees(/-!- Irssi: #lobby: Total of /);
  });
}

/** Kills processes that are not our children, and waits for their ends. */
async function killed(pids: readonly number[]): Promise<void> {
  const running = pids.filter(isRunning);
  for (const pid of running) process.kill(pid, 'SIGKILL');
  await until(
    () => !running.some(isRunning),
    performance.now() + VISIT_MS,
    () => `${running} cannot be killed`,
  );
}

/** Does a process that is not our child still run? */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

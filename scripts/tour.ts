/**
 * A tour of the binary on loopback: starts its servers, asks each one, fetches a page, looks ports and addresses up,
 * and shows every command line with its true output. Ends 0 only if every answer made sense.
 *
 * `node scripts/tour.ts [--binary PATH]`, or NETTK=PATH, tours another copy of the binary.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** No command of the tour needs more than a second or two. */
const STEP_LIMIT_MS = 20_000;
const SLEEP_MS = 250;
const CTIME = String.raw`\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}`;
const PAGE = '<!doctype html>\n<title>nettk</title>\n<p>This page came whole, or not at all.\n';
const READY = /^nettk: \S+ listening on \w+:\/\/127\.0\.0\.1:(\d+)$/gm;

const { values } = parseArgs({ options: { binary: { type: 'string' } } });
const binary = resolve(values.binary ?? process.env['NETTK'] ?? join(import.meta.dirname, '../dist/nettk'));
const folder = await mkdtemp(join(tmpdir(), 'nettk-tour-'));
const running = new Set<Started>();
let answers = 0;
let failures = 0;

interface Started {
  readonly child: ChildProcess;
  readonly name: string;
  readonly output: { stdout: string; stderr: string };
  /** The exit status, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** What an answer has to be. */
interface Expected {
  readonly stdin?: string;
  /** What standard output, or standard error where the exit status is not 0, matches. */
  readonly prints: RegExp;
  readonly exit?: number;
}

/** Starts the binary in an empty folder, with no PATH: it finds no Node but its own. */
function start(args: readonly string[]): Started {
  const child = spawn(binary, [...args], { cwd: folder, env: { PATH: '' }, stdio: 'pipe', timeout: 3 * STEP_LIMIT_MS });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk;
  });
  child.stdin.on('error', () => {});
  const ended = new Promise<number | string>((done) => {
    child.on('error', (error) => done(error.message));
    child.on('close', (code, signal) => done(code ?? signal ?? 'no exit status'));
  });
  const started = { child, name: args[0] as string, output, ended };
  running.add(started);
  ended.then(() => running.delete(started));
  return started;
}

function show(text: string): void {
  process.stdout.write(text);
}

function title(text: string): void {
  show(process.stdout.isTTY ? `\n\x1b[1m${text}\x1b[0m\n` : `\n${text}\n`);
}

/** Notes one answer: right, or what was expected and what came. */
function check(isRight: boolean, expected: string, got: string): void {
  if (isRight) answers += 1;
  else failures += 1;
  if (!isRight) show(`  FAILED: expected ${expected}\n          got ${got}\n`);
}

/** Starts a server on a free port; resolves with the port once its ready lines are there. */
async function startServer(name: string, readyLines: number): Promise<string> {
  show(`$ nettk ${name} --port 0 &\n`);
  const { child, output, ended } = start([name, '--port', '0']);
  const ready = (): string[] => [...output.stderr.matchAll(READY)].map((match) => match[1] as string);
  await new Promise<void>((done) => {
    const timer = setTimeout(done, STEP_LIMIT_MS);
    const finish = (): void => {
      clearTimeout(timer);
      done();
    };
    child.stderr?.on('data', () => ready().length >= readyLines && finish());
    ended.then(finish);
  });
  show(output.stderr);
  const [port] = ready();
  if (port !== undefined) return port;
  throw new Error(`${name}: expected its ready line within ${STEP_LIMIT_MS / 1_000} s, got ${JSON.stringify(output)}`);
}

/** Runs one command, shows it as typed with its output, checks both. */
async function ask(args: readonly string[], { stdin, prints, exit = 0 }: Expected): Promise<void> {
  const typed = stdin === undefined ? '' : `echo ${stdin} | `;
  show(`$ ${typed}nettk ${args.join(' ')}\n`);
  const { child, output, ended } = start(args);
  const timer = setTimeout(() => child.kill('SIGKILL'), STEP_LIMIT_MS);
  child.stdin?.end(stdin === undefined ? '' : `${stdin}\n`);
  const status = await ended;
  clearTimeout(timer);
  show(output.stdout + output.stderr);
  const text = exit === 0 ? output.stdout : output.stderr;
  check(
    status === exit && prints.test(text),
    `exit ${exit} and ${prints}`,
    `exit ${status} and ${JSON.stringify(text)}`,
  );
}

async function askServers(): Promise<void> {
  title('Six servers, each on a free port');
  const daytime = await startServer('daytime-server', 2);
  const echo = await startServer('echo-server', 2);
  const timestamp = await startServer('timestamp-server', 2);
  const sleep = await startServer('sleep-server', 2);
  const chat = await startServer('chat-server', 1);
  const name = await startServer('name-server', 1);

  title('Ask each one');
  await ask(['daytime', '127.0.0.1', daytime], { prints: new RegExp(`^${CTIME}\n$`) });
  await ask(['daytime', '--tcp', `127.0.0.1:${daytime}`, '--json'], {
    prints: new RegExp(`^{"answer":"${CTIME}"}\n$`),
  });
  await ask(['echo', `127.0.0.1:${echo}`], { stdin: 'hello', prints: /^hello\n$/ });
  await ask(['timestamp', `127.0.0.1:${timestamp}`], {
    stdin: 'hello',
    prints: new RegExp(`^\\[${CTIME}\\] hello\n$`),
  });
  const udp = ['timestamp', '--udp', '127.0.0.1', timestamp];
  await ask(udp, { stdin: 'hello', prints: new RegExp(`^\\[${CTIME}\\] hello\n$`) });
  const begun = performance.now();
  await ask(['sleep', `127.0.0.1:${sleep}`, `${SLEEP_MS}ms`], { prints: /^slept 0\.(2[5-9]|[3-9])\d* s\n$/ });
  const took = performance.now() - begun;
  check(took >= SLEEP_MS, `an answer after ${SLEEP_MS} ms, not before`, `one after ${took} ms`);

  title('Chat, and look a service up by its name');
  await ask(['chat', `127.0.0.1:${chat}`, '--nick', 'builder', '--json'], {
    stdin: 'the build is done',
    prints: /"event":"message","room":"lobby","nick":"builder","text":"the build is done"/,
  });
  const at = ['--server', `127.0.0.1:${name}`];
  await ask(['name', 'register', 'echo', `127.0.0.1:${echo}`, ...at], {
    prints: new RegExp(`^echo/127.0.0.1:${echo} `),
  });
  await ask(['name', 'lookup', 'echo', ...at], { prints: new RegExp(`^127.0.0.1:${echo}\n$`) });
}

async function fetchPage(): Promise<void> {
  title('Fetch a page to a file');
  const server = createServer((_request, response) => response.end(PAGE));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await ask(['web', `http://127.0.0.1:${port}/`, '-o', 'page.html', '--json'], {
    prints: /^{"url":.*"status":200,.*}\n$/,
  });
  server.close();
  const file = await readFile(join(folder, 'page.html'), 'utf8').catch((error: Error) => error.message);
  show(`$ cat page.html\n${file}`);
  check(file === PAGE, JSON.stringify(PAGE), JSON.stringify(file));
}

async function lookUp(): Promise<void> {
  title('Look ports and addresses up');
  await ask(['port', 'http'], { prints: /^http +80\/tcp\b/m });
  await ask(['port', '53', 'udp'], { prints: /^domain +53\/udp\b/m });
  await ask(['address', '127.0.0.1'], { prints: /^127\.0\.0\.1 +loopback\b/m });
  await ask(['address', '10.0.0.0/8'], { prints: /^broadcast +10\.255\.255\.255\naddresses +16777216$/m });

  title('What is wrong is said in one line');
  const wrong = /^nettk: .*"nosuchservice".*\n$/;
  await ask(['daytime', '127.0.0.1', 'nosuchservice'], { prints: wrong, exit: 2 });
}

/** Ends every server as ^C does: they drain and exit 0. */
async function stopServers(): Promise<void> {
  title('End the servers with ^C: they finish what they do, and exit 0');
  for (const { child, name, ended } of [...running]) {
    const timer = setTimeout(() => child.kill('SIGKILL'), STEP_LIMIT_MS);
    child.kill('SIGINT');
    const status = await ended;
    clearTimeout(timer);
    show(`${name}: exit ${status}\n`);
    check(status === 0, 'exit 0', `exit ${status}`);
  }
}

show(`The binary: ${binary}\nIt runs in an empty folder and with an empty PATH.\n`);
try {
  if (!existsSync(binary)) throw new Error('there is no such file; npm run build makes it');
  for (const part of [askServers, fetchPage, lookUp, stopServers]) await part();
} catch (error) {
  failures += 1;
  show(`  FAILED: ${(error as Error).message}\n`);
} finally {
  for (const { child } of running) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
}
title(failures === 0 ? `All ${answers} answers were right.` : `${failures} wrong, ${answers} right.`);
process.exitCode = failures === 0 ? 0 : 1;

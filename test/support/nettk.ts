/** Runs dist/nettk as a person would: a command to its end, a server until its ready lines, a whole shell line. */

import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, resolve } from 'node:path';

/** The single executable. */
export const NETTK = resolve(import.meta.dirname, '../../dist/nettk');
/** How long a command may take before the test gives it up; far more than any needs. */
const COMMAND_LIMIT_MS = 40_000;

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  /** Added to the environment; undefined removes. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly timeoutMs?: number;
  /** A program that runs it, and that program's arguments: `prlimit --nofile=64`. */
  readonly via?: readonly string[];
}

export interface Finished {
  /** The exit status; null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs dist/nettk to its end; stdin is empty where not given. */
export function runNettk(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return runProgram(NETTK, args, options);
}

/** Runs any program to its end; stdin is empty where not given. */
export function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return finish(start(program, args, options), options);
}

/** Runs a line with bash (pipefail), `nettk` on its PATH. */
export function runShell(line: string, options: RunOptions = {}): Promise<Finished> {
  const env = { PATH: `${dirname(NETTK)}:${process.env['PATH']}`, ...options.env };
  return finish(start('bash', ['-o', 'pipefail', '-c', line], { ...options, env }), options);
}

/** A server that is up; killed where a test leaves it running. */
export interface Running extends AsyncDisposable {
  /** As its ready lines name them, main face first. */
  readonly endpoints: readonly string[];
  /** Their port numbers; 0 for a Unix socket. */
  readonly ports: readonly number[];
  readonly pid: number;
  readonly child: ChildProcess;
  /** What it has written to standard error so far. */
  stderr(): string;
  /** What it has written to standard output so far. */
  stdout(): string;
  /** Sends a signal (SIGTERM) and waits for the end; harmless where it has ended already. */
  stop(signal?: NodeJS.Signals): Promise<Finished>;
}

/** How many endpoints to wait for where it is not one. */
export interface StartOptions extends RunOptions {
  readonly ready?: number;
}

const READY_LINE = /^nettk: (?:.* )?listening on (\S+)$/gm;

/** Starts a server command and waits for its ready lines; throws with its stderr where it ends before. */
export async function startNettk(args: readonly string[], options: StartOptions = {}): Promise<Running> {
  const child = start(NETTK, args, options);
  const seen = collect(child);
  const ended = new Promise<Finished>((done) => {
    child.on('close', (code, signal) => done({ code, signal, stdout: seen.stdout(), stderr: seen.stderr() }));
  });
  const stop = (signal: NodeJS.Signals = 'SIGTERM'): Promise<Finished> => {
    child.kill(signal);
    return ended;
  };
  const endpoints = (): string[] => [...seen.stderr().matchAll(READY_LINE)].map((match) => match[1] ?? '');
  await new Promise<void>((ready, failed) => {
    const limit = setTimeout(() => {
      child.kill('SIGKILL');
      failed(new Error(`nettk ${args.join(' ')}: not ready; it said: ${seen.stderr()}`));
    }, options.timeoutMs ?? COMMAND_LIMIT_MS);
    const check = (): void => {
      if (endpoints().length < (options.ready ?? 1)) return;
      clearTimeout(limit);
      ready();
    };
    child.stderr?.on('data', check);
    ended.then(({ stderr }) => {
      clearTimeout(limit);
      failed(new Error(`nettk ${args.join(' ')}: ended before it was ready: ${stderr}`));
    });
  });
  const found = endpoints();
  return {
    endpoints: found,
    ports: found.map((endpoint) => Number(/:(\d+)(?:\/.*)?$/.exec(endpoint)?.[1] ?? 0)),
    pid: child.pid as number,
    child,
    stderr: seen.stderr,
    stdout: () => seen.stdout().toString(),
    stop,
    [Symbol.asyncDispose]: async () => void (await stop('SIGKILL')),
  };
}

function start(program: string, args: readonly string[], options: RunOptions): ChildProcess {
  // A cache below a device cannot be written: what one test's name server said must not be another's answer.
  const env: Record<string, string | undefined> = { ...process.env, XDG_CACHE_HOME: '/dev/null', ...options.env };
  // Vitest sets these for its own workers; a person's shell does not.
  for (const name of ['NODE_OPTIONS', 'NODE_ENV', 'FORCE_COLOR']) if (!(name in (options.env ?? {}))) delete env[name];
  const [first = program, ...rest] = [...(options.via ?? []), program, ...args];
  return spawn(first, rest, { env, cwd: options.cwd, stdio: ['pipe', 'pipe', 'pipe'] });
}

function collect(child: ChildProcess) {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin?.on('error', () => {});
  return { stdout: () => Buffer.concat(out), stderr: () => Buffer.concat(err).toString() };
}

function finish(child: ChildProcess, options: RunOptions): Promise<Finished> {
  const seen = collect(child);
  child.stdin?.end(options.stdin ?? '');
  return new Promise((done, failed) => {
    const limit = setTimeout(() => {
      child.kill('SIGKILL');
      failed(new Error(`${child.spawnargs.join(' ')}: still running; it said: ${seen.stderr()}`));
    }, options.timeoutMs ?? COMMAND_LIMIT_MS);
    child.on('error', failed);
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      done({ code, signal, stdout: seen.stdout(), stderr: seen.stderr() });
    });
  });
}

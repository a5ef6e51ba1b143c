/** Runs the examples as child processes on the pinned Node. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const NODE = resolve(ROOT, 'node_modules/node/bin/node');
/** What ctime looks like, day and year the other way round. */
const STAMP = String.raw`\[\w{3} \w{3} \d\d \d{4} \d\d:\d\d:\d\d\]`;

/** What a client run printed and how it ended. */
export interface ClientRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A started example server. */
export interface ExampleServer {
  readonly port: string;
  stdout(): string;
  /** Sends SIGINT and resolves with the exit status. */
  stop(): Promise<number | null>;
}

/** A pattern for lines that were sent back with the time in front. */
export function stamped(...lines: readonly string[]): RegExp {
  return new RegExp(`^${lines.map((line) => `${STAMP} ${line}\n`).join('')}$`);
}

/** Starts a server example on a free port and waits for its ready line. */
export async function startExample(name: string): Promise<ExampleServer> {
  const child = spawnExample(name, ['127.0.0.1', '0']);
  const output = collect(child);
  const closed = once(child, 'close');
  const ready = (): RegExpExecArray | null => /^listening on \w+:\/\/127\.0\.0\.1:(\d+)$/m.exec(output.stdout());
  while (!ready()) {
    const event = await Promise.race([
      once(child.stdout as NodeJS.ReadableStream, 'data'),
      closed.then(() => 'closed'),
    ]);
    if (event === 'closed') throw new Error(`${name} ended before it was ready: ${output.stderr()}`);
  }
  return {
    port: ready()?.[1] as string,
    stdout: output.stdout,
    async stop() {
      child.kill('SIGINT');
      const [code] = await closed;
      return code;
    },
  };
}

/** Runs a client example against a port of 127.0.0.1 to its end. */
export async function runExample(name: string, port: string, input: string): Promise<ClientRun> {
  const child = spawnExample(name, ['127.0.0.1', port]);
  const output = collect(child);
  child.stdin?.on('error', () => {}).end(input);
  const [code] = await once(child, 'close');
  return { code, stdout: output.stdout(), stderr: output.stderr() };
}

function spawnExample(name: string, args: readonly string[]): ChildProcess {
  return spawn(NODE, [resolve(ROOT, 'examples', `${name}.ts`), ...args], { stdio: 'pipe', env: {} });
}

function collect(child: ChildProcess) {
  const parts = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => {
    parts.stdout += chunk;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    parts.stderr += chunk;
  });
  return { stdout: () => parts.stdout, stderr: () => parts.stderr };
}

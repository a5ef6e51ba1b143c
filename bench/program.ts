/** Programs of the benches: helpers run to their end, and how much memory a process took. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { runProgram } from '../test/support/nettk.ts';

const PROGRAM_LIMIT_MS = 120_000;

/** Runs a file beside this one with Node, and gives the JSON that it prints. */
export async function program<T>(path: string, ...args: (number | string)[]): Promise<T> {
  const words = [resolve(import.meta.dirname, path), ...args.map(String)];
  const { code, stdout, stderr } = await runProgram(process.execPath, words, { timeoutMs: PROGRAM_LIMIT_MS });
  if (code !== 0) throw new Error(`${path}: ${stderr}`);
  return JSON.parse(stdout.toString()) as T;
}

/** The most memory a process has had in use at once, in MiB. */
export function peakMemoryMib(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
}

/** What every command does: it is named and explained alike, and its examples do what they say. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../commands/index.ts';
import { COMMON_OPTIONS, type Example } from '../../src/cli/command.ts';
import { commandHelp } from '../../src/cli/help.ts';
import type { OptionSpec } from '../../src/cli/option.ts';
import { parseLine, RUNNER_OPTIONS } from '../../src/cli/parse.ts';
import { optionValues } from '../../src/cli/values.ts';
import { NETTK, type Running, runShell, startNettk } from '../support/nettk.ts';
import { nettkCommands } from '../support/shell-words.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const KEBAB = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const SHARED: Readonly<Record<string, OptionSpec>> = { ...COMMON_OPTIONS, ...RUNNER_OPTIONS };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-command-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the command table', () => {
  it('names each command once', () => {
    const names = commands.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe.each(commands.map((command) => ({ name: command.name, command })))('$name', ({ command }) => {
  const { name, summary, options = {}, positionals = {}, examples } = command;

  it('has a name in kebab-case and a summary of one line that starts with a verb', () => {
    expect(name).toMatch(KEBAB);
    expect(summary).toMatch(/^[A-Z][a-z]+s .*[^.\s]$|^[A-Z][a-z]+s$/);
    expect(summary).not.toContain('\n');
  });

  it('describes every option and positional in one line', () => {
    for (const { describe: text } of [...Object.values(options), ...Object.values(positionals)]) {
      expect(text).toMatch(/^\S.*\S$/);
      expect(text).not.toMatch(/\n|\.$/);
    }
  });

  it('has options in kebab-case that leave the shared ones alone, letters included', () => {
    const letters = new Set(Object.values(SHARED).map(({ alias }) => alias));
    for (const [option, { alias }] of Object.entries(options)) {
      expect(option).toMatch(KEBAB);
      expect(Object.keys(SHARED)).not.toContain(option);
      if (alias === undefined) continue;
      expect(alias).toMatch(/^[A-Za-z0-9]$/);
      expect(letters).not.toContain(alias);
      letters.add(alias);
    }
  });

  it('has help for terminals of 80 columns; only an example may be longer', () => {
    const lines = examples.map(({ line }) => `  ${line}`);
    const long = commandHelp(command).split('\n');
    expect(long.filter((line) => line.length > 80 && !lines.includes(line))).toEqual([]);
  });

  it('has defaults that it would take itself', async () => {
    await expect(optionValues(options, () => undefined)).resolves.toBeTypeOf('object');
  });

  it('has examples, each of which it understands', async () => {
    expect(examples.length).toBeGreaterThan(0);
    for (const { line, does, exit = 0 } of examples) {
      expect(does).toMatch(/^[^A-Z\n].*[^.]$|^JSON|^TCP/);
      const typed = nettkCommands(line).filter(([first]) => first === name);
      expect(typed.length).toBeGreaterThan(0);
      for (const words of typed) {
        const parsed = parseLine(words, commands);
        expect(parsed.command?.name).toBe(name);
        if (exit !== 2) await parsed.values();
      }
    }
  });

  for (const example of examples) {
    const { line, unrun, serves } = example;
    if (unrun !== undefined) it.skip(`does what it says (${unrun}): ${line}`);
    else it(`does what it says: ${line}`, () => (serves ? expectToServe(example) : expectToRun(example)));
  }
});

/** A server: waits for its first ready line and ends it with SIGTERM. */
async function expectToServe({ line, exit = 0 }: Example): Promise<void> {
  const [words = []] = nettkCommands(line);
  const child = spawn(NETTK, words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const ready = new Promise<void>((done) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (/^nettk: .*listening on |"event":"listening"/m.test(said)) done();
      });
    }
  });
  const ended = once(child, 'close');
  await Promise.race([ready, ended]);
  child.kill('SIGTERM');
  expect({ end: await ended, said }).toMatchObject({ end: [exit, null] });
}

/** A client: starts its servers on free ports, runs the line with those, and checks what it prints. */
async function expectToRun({ line, servers = {}, prints, exit = 0 }: Example): Promise<void> {
  const running: Running[] = [];
  let typed = line;
  let pattern = prints?.source ?? '';
  try {
    for (const [port, server] of Object.entries(servers)) {
      const started = await startNettk([...server.split(' '), '--port', '0'], { cwd: ROOT });
      running.push(started);
      typed = typed.replaceAll(port, String(started.ports[0]));
      pattern = pattern.replaceAll(port, String(started.ports[0]));
    }
    const { code, stdout, stderr } = await runShell(typed, { cwd: folder });
    expect({ typed, code, stderr }).toMatchObject({ code: exit });
    const whole = new RegExp(`^(?:${pattern})$`, prints?.flags);
    if (prints) expect(stdout.toString()).toMatch(whole);
    if (exit !== 0) expect(stderr).toMatch(/^nettk: .+\n|^$/);
  } finally {
    await Promise.all(running.map((server) => server.stop()));
  }
}

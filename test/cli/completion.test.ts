import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { completionScript } from '../../src/cli/completion.ts';
import { needs } from '../support/needs.ts';
import { commands } from './fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'nettk-completion-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(shell: 'bash' | 'zsh' | 'fish'): string {
  const path = join(folder, `nettk.${shell}`);
  writeFileSync(path, completionScript(shell, commands));
  return path;
}

/** What bash offers for the last of some words. */
function offers(...words: string[]): string[] {
  const script = `source ${write('bash')}; COMP_WORDS=(nettk "$@"); COMP_CWORD=$#; _nettk; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);
}

describe('the bash script', () => {
  it('completes commands', () => {
    expect(offers('w')).toEqual(['web', 'wait']);
    expect(offers('--json', 'po')).toEqual(['port']);
    expect(offers('--color', 'always', 'po')).toEqual(['port']);
  });

  it("completes a command's own options and the shared ones", () => {
    expect(offers('web', '--o')).toEqual(['--output']);
    expect(offers('web', 'u', '--')).toEqual(expect.arrayContaining(['--max-size', '--json', '--help']));
    expect(offers('port', '--o')).toEqual([]);
  });

  it('offers options after a dash only', () => {
    expect(offers('web', '')).toEqual([]);
    expect(offers('')).toEqual(commands.map(({ name }) => name));
    expect(offers('-')).toEqual(expect.arrayContaining(['--help', '-h']));
    expect(offers('web', '-')).toEqual(expect.arrayContaining(['--output', '-o']));
  });

  it('completes the choices of an option', () => {
    expect(offers('web', '--as', '')).toEqual(['raw', 'text']);
    expect(offers('--color', '')).toEqual(['auto', 'always', 'never']);
  });

  it('offers nothing of its own where a file name fits', () => {
    expect(offers('web', 'page')).toEqual([]);
  });
});

describe('the other scripts', () => {
  it('start no nettk', () => {
    for (const shell of ['bash', 'zsh', 'fish'] as const) {
      expect(completionScript(shell, commands)).not.toMatch(/\$\(nettk|^ *nettk /m);
    }
  });

  it('are read by zsh', (context) => {
    needs(context, 'zsh');
    execFileSync('zsh', ['-n', write('zsh')]);
  });

  it('are read by fish', (context) => {
    needs(context, 'fish');
    execFileSync('fish', ['--no-execute', write('fish')]);
  });
});

import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkProgram, programOf, shellCommandOf } from '../../src/host/child-command.ts';

const wordsOf = (line: string): string[] => {
  const { file, args } = programOf(line);
  return [file, ...args];
};

describe('programOf', () => {
  it.each([
    ['ncat -l -k', ['ncat', '-l', '-k']],
    ['./ncat scanme.nmap.org 80', ['./ncat', 'scanme.nmap.org', '80']],
    ['t\\ p\\ s hello world how are you?', ['t p s', 'hello', 'world', 'how', 'are', 'you?']],
    ['t\\ p\\ s hello world how\\ are you?', ['t p s', 'hello', 'world', 'how are', 'you?']],
    ['ncat\\', ['ncat']],
    ['a\\nb', ['anb']],
    [' ncat a ', ['ncat', 'a']],
    ['\\ncat \\a', ['ncat', 'a']],
    ['ncat\\\\ a', ['ncat\\', 'a']],
    ['ncat\\ \\', ['ncat ']],
    ['a\tb\nc', ['a', 'b', 'c']],
  ])("splits %j as ncat's own tests do", (line, words) => {
    expect(wordsOf(line)).toEqual(words);
  });

  it('leaves everything of the shell as it is', () => {
    const words = ['echo', '$(id)', ';id', '`id`', '"a', "b'", '|', '>', 'x', '*', '$HOME', '-la', '--help'];
    expect(wordsOf(words.join(' '))).toEqual(words);
  });

  it.each(['', '  ', '\\', 'a\0b'])('refuses %j', (line) => {
    expect(() => programOf(line)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

describe('shellCommandOf', () => {
  it('hands the line to the shell as one word', () => {
    expect(shellCommandOf('echo "$HOME" | cat')).toMatchObject({
      file: '/bin/sh',
      args: ['-c', '--', 'echo "$HOME" | cat'],
    });
  });

  it.each(['', ' \t', 'a\0b'])('refuses %j', (line) => {
    expect(() => shellCommandOf(line)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

describe('checkProgram', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nettk-program-'));
  writeFileSync(join(folder, 'plain'), 'text');
  writeFileSync(join(folder, 'tool'), '#!/bin/sh\n');
  chmodSync(join(folder, 'tool'), 0o755);

  it('takes a path, and a name on the PATH', () => {
    checkProgram(programOf(join(folder, 'tool')));
    checkProgram(programOf('tool'), `/nowhere:${folder}`);
    checkProgram(programOf('sh'));
  });

  it.each([
    [join(folder, 'missing'), undefined, 'ENOENT'],
    ['missing', folder, 'ENOENT'],
    [join(folder, 'plain'), undefined, 'EACCES'],
    ['plain', `/nowhere:${folder}`, 'EACCES'],
    [folder, undefined, 'EACCES'],
  ])('refuses %j on PATH %j with %s', (file, path, code) => {
    expect(() => checkProgram(programOf(file), path)).toThrow(expect.objectContaining({ code, exit: 2 }));
  });
});

import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AnswerFile } from '../../src/clients/answer-file.ts';
import { parseRecord } from '../../src/protocols/record-line.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nettk-answers-'));
  path = join(folder, 'nettk', 'names');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const answer = (line: string, at = 1) => ({ records: [parseRecord(line)], at });
const LINE = '127.0.0.1:7 name=echo ttl=5 description="The \\"echo\\"\\n"';

describe('a file of answers', () => {
  it('gives what another process kept, for its own server only', () => {
    new AnswerFile(path, 'tcp://a:1').save('echo', answer(LINE, 7));
    expect(new AnswerFile(path, 'tcp://a:1').load('echo')).toEqual(answer(LINE, 7));
    expect(new AnswerFile(path, 'tcp://b:1').load('echo')).toBeUndefined();
    expect(new AnswerFile(path, 'tcp://a:1').load('other')).toBeUndefined();
  });

  it('is for the eyes of its owner', () => {
    new AnswerFile(path, 's').save('echo', answer(LINE));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'nettk')).mode & 0o777).toBe(0o700);
  });

  it('replaces a link, and leaves what it leads to alone', () => {
    const other = join(folder, 'other');
    writeFileSync(other, 'mine');
    mkdirSync(join(folder, 'nettk'));
    symlinkSync(other, path);
    new AnswerFile(path, 's').save('echo', answer(LINE));
    expect(readFileSync(other, 'utf8')).toBe('mine');
    expect(new AnswerFile(path, 's').load('echo')).toEqual(answer(LINE));
  });

  it('forgets one, or all of its server', () => {
    const [one, other] = [new AnswerFile(path, 's'), new AnswerFile(path, 't')];
    for (const file of [one, other]) for (const name of ['a', 'b']) file.save(name, answer(LINE));
    one.drop('a');
    expect([one.load('a'), one.load('b')]).toEqual([undefined, answer(LINE)]);
    one.drop();
    expect([one.load('b'), other.load('a'), other.load('b')]).toEqual([undefined, answer(LINE), answer(LINE)]);
  });

  it('keeps the newest 200', () => {
    const file = new AnswerFile(path, 's');
    for (let i = 0; i < 210; i += 1) file.save(`n${i}`, answer(LINE, i));
    expect(file.load('n9')).toBeUndefined();
    expect(file.load('n10')).toBeDefined();
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(1 + 200 + 1);
  });

  it('keeps nothing of an answer that is too long', () => {
    const file = new AnswerFile(path, 's');
    file.save('echo', answer(LINE));
    file.save('echo', { at: 2, records: Array.from({ length: 2_000 }, () => parseRecord(LINE)) });
    expect(file.load('echo')).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['another version', 'nettk names 2\n["s echo",1,["127.0.0.1:7"]]\n'],
    ['junk', 'nettk names 1\n\u0000\n{}\n[]\n["s echo"]\n["s echo","1",[]]\n["s echo",1,["a b"]]\nnull\n7\n'],
  ])('takes %s for no answer, and can be written again', (_what, text) => {
    mkdirSync(join(folder, 'nettk'));
    writeFileSync(path, text);
    const file = new AnswerFile(path, 's');
    expect(file.load('echo')).toBeUndefined();
    file.save('echo', answer(LINE));
    expect(file.load('echo')).toEqual(answer(LINE));
  });

  it('is no loss where it cannot be', () => {
    const file = new AnswerFile('/dev/null/nettk/names', 's');
    file.save('echo', answer(LINE));
    expect(file.load('echo')).toBeUndefined();
    file.drop();
  });
});

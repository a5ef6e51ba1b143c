import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NettkError } from '../../src/errors.ts';
import { type GateOptions, type LiveGate, openGate } from '../../src/net/gate.ts';
import { MAX_RULE_FILE_BYTES } from '../../src/net/rule-file.ts';

let folder: string;
let gate: LiveGate | undefined;
let notes: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-gate-'));
  notes = [];
});
afterEach(async () => {
  gate?.close();
  gate = undefined;
  await rm(folder, { recursive: true });
});

async function open(options: GateOptions): Promise<LiveGate> {
  gate = await openGate({ ...options, onNote: (line) => notes.push(line) });
  return gate;
}

async function writeRules(text: string, name = 'rules'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/** A change holds once two looks have seen it. */
async function lookTwice(): Promise<void> {
  await gate?.look();
  await gate?.look();
}

const answers = (one: LiveGate, ...addresses: string[]) => addresses.map((address) => one.refusal(address) ?? 'in');

describe('a gate of rules', () => {
  it('lets everybody in who is not denied', async () => {
    const one = await open({ deny: ['10.0.0.0/8'] });
    expect(answers(one, '10.1.2.3', '192.0.2.1', '::1')).toEqual(['denied', 'in', 'in']);
  });

  it('with an allow rule lets nobody else in', async () => {
    const one = await open({ allow: ['10.0.0.0/8', '::1'] });
    expect(answers(one, '10.1.2.3', '192.0.2.1', '::1', '::2')).toEqual(['in', 'not allowed', 'in', 'not allowed']);
  });

  it('lets denials win over allowances', async () => {
    const one = await open({ allow: ['10.0.0.0/8'], deny: ['10.0.0.1'] });
    expect(answers(one, '10.0.0.1', '10.0.0.2', '11.0.0.1')).toEqual(['denied', 'in', 'not allowed']);
  });

  it('takes a v4-mapped peer for the IPv4 one, and does not look at zones', async () => {
    const one = await open({ allow: ['127.0.0.0/8', 'fe80::/10'] });
    expect(answers(one, '::ffff:127.0.0.1', '::ffff:10.0.0.1', 'fe80::1%eth0')).toEqual(['in', 'not allowed', 'in']);
  });

  it.each([
    '',
    '127.1',
    '010.0.0.1',
    '0x7f.1',
    '2130706433',
    '１２７.0.0.1',
    'localhost',
  ])('lets %j not in, which no socket calls a peer', async (address) => {
    expect((await open({ allow: ['0.0.0.0/0', '::/0'] })).refusal(address)).toBe('no address');
  });

  it('fails where a rule is none', async () => {
    await expect(open({ allow: ['127.1'] })).rejects.toMatchObject({ code: 'BAD_ENDPOINT', exit: 2 });
  });
});

describe('a gate with names', () => {
  it('knows all addresses of a name', async () => {
    const lookup = async () => [{ address: '192.0.2.1' }, { address: '2001:db8::1' }];
    const one = await open({ allow: ['host.example'], lookup });
    expect(answers(one, '192.0.2.1', '2001:db8::1', '192.0.2.2')).toEqual(['in', 'in', 'not allowed']);
  });

  it('knows localhost as the system does', async () => {
    expect((await open({ allow: ['localhost'] })).refusal('127.0.0.1')).toBeUndefined();
  });

  it('follows a name that moves', async () => {
    let address = '192.0.2.1';
    const one = await open({ deny: ['host.example'], lookup: async () => [{ address }] });
    address = '192.0.2.2';
    await one.refresh();
    expect(answers(one, '192.0.2.1', '192.0.2.2')).toEqual(['in', 'denied']);
  });

  it('keeps the addresses of a name that is lost, and says so once', async () => {
    let isLost = false;
    const lookup = async () => {
      if (isLost) throw new NettkError({ code: 'ENOTFOUND', action: 'look up host.example' });
      return [{ address: '192.0.2.1' }];
    };
    const one = await open({ deny: ['host.example'], lookup });
    isLost = true;
    await one.refresh();
    await one.refresh();
    expect(one.refusal('192.0.2.1')).toBe('denied');
    expect(notes).toEqual(['look up host.example: host name not found (ENOTFOUND); its addresses found before stay']);
  });

  it('fails where a name cannot be found at the start', async () => {
    await expect(open({ deny: ['nobody.invalid'] })).rejects.toMatchObject({ exit: 1 });
  });

  it('takes 256 names and not one more', async () => {
    const lookup = async () => [{ address: '192.0.2.1' }];
    const names = Array.from({ length: 256 }, (_, i) => `host${i}.example`);
    await open({ allow: names, lookup });
    await expect(open({ allow: names, deny: ['more.example'], lookup })).rejects.toThrow('more than 256 names');
  });
});

describe('a gate with files', () => {
  it('reads a rule a line, comments and blank lines left out', async () => {
    const path = await writeRules('# friends\n10.0.0.1\r\n\n  192.0.2.0/24 # a net\n10.0.0.3-10.0.0.5, ::1\n#10.9.9.9');
    const one = await open({ allowFiles: [path] });
    expect(answers(one, '10.0.0.1', '192.0.2.7', '10.0.0.4', '::1', '10.9.9.9')).toEqual([
      'in',
      'in',
      'in',
      'in',
      'not allowed',
    ]);
  });

  it('lets nobody in by an empty list of the allowed', async () => {
    expect((await open({ allowFiles: [await writeRules('\n')] })).refusal('127.0.0.1')).toBe('not allowed');
  });

  it('adds a file to the rules typed, and several files up', async () => {
    const one = await open({
      allow: ['10.0.0.1'],
      allowFiles: [await writeRules('10.0.0.2', 'a'), await writeRules('10.0.0.3', 'b')],
      denyFiles: [await writeRules('10.0.0.3', 'c')],
    });
    expect(answers(one, '10.0.0.1', '10.0.0.2', '10.0.0.3')).toEqual(['in', 'in', 'denied']);
  });

  it('reads a file again that was written over', async () => {
    const one = await open({ denyFiles: [await writeRules('10.0.0.1\n')] });
    const path = await writeRules('10.0.0.2\n10.0.0.3\n');
    await one.look();
    expect(one.refusal('10.0.0.1')).toBe('denied');
    await one.look();
    expect(answers(one, '10.0.0.1', '10.0.0.2')).toEqual(['in', 'denied']);
    expect(notes).toEqual([`read ${path} again: 2 rules`]);
    await lookTwice();
    expect(notes).toHaveLength(1);
  });

  it('reads a file again that was replaced by a rename, of the same size too', async () => {
    const path = await writeRules('10.0.0.1\n');
    const one = await open({ denyFiles: [path] });
    await rename(await writeRules('10.0.0.2\n', 'new'), path);
    await lookTwice();
    expect(answers(one, '10.0.0.1', '10.0.0.2')).toEqual(['in', 'denied']);
  });

  it('keeps the old rules where the new version is broken, says so once, and takes a mended one', async () => {
    const path = await writeRules('10.0.0.1\n');
    const one = await open({ denyFiles: [path] });
    await writeRules('10.0.0.2\n127.1\n');
    await lookTwice();
    await lookTwice();
    expect(answers(one, '10.0.0.1', '10.0.0.2')).toEqual(['denied', 'in']);
    expect(notes).toEqual([
      `${path} line 2: rule "127.1": not an IPv4 address: four decimal numbers from 0 to 255, no leading zeros; ` +
        'the rules read before stay',
    ]);
    await writeRules('10.0.0.2\n');
    await lookTwice();
    expect(answers(one, '10.0.0.1', '10.0.0.2')).toEqual(['in', 'denied']);
  });

  it('keeps the old rules where a new name cannot be found', async () => {
    const path = await writeRules('10.0.0.1\n');
    const one = await open({ allowFiles: [path] });
    await writeRules('10.0.0.2\nnobody.invalid\n');
    await lookTwice();
    expect(answers(one, '10.0.0.1', '10.0.0.2')).toEqual(['in', 'not allowed']);
    expect(notes[0]).toMatch(/^look up nobody\.invalid: .*; the rules read before stay$/);
  });

  it('keeps the rules of a file that vanished, says so once, and reads it when it is back', async () => {
    const path = await writeRules('10.0.0.1\n');
    const one = await open({ denyFiles: [path] });
    await rm(path);
    await lookTwice();
    expect(one.refusal('10.0.0.1')).toBe('denied');
    expect(notes).toEqual([`read ${path}: no such file or directory (ENOENT); the rules read before stay`]);
    await writeRules('10.0.0.2\n');
    await lookTwice();
    expect(one.refusal('10.0.0.1')).toBeUndefined();
    expect(notes).toHaveLength(2);
  });

  it('keeps the old rules where the new version is too long', async () => {
    const one = await open({ denyFiles: [await writeRules('10.0.0.1\n')] });
    await writeRules('#'.repeat(MAX_RULE_FILE_BYTES + 1));
    await lookTwice();
    expect(one.refusal('10.0.0.1')).toBe('denied');
    expect(notes[0]).toMatch(/longer than 8388608 bytes; the rules read before stay$/);
  });

  it('fails at the start where a file is not there, too long, or broken', async () => {
    await expect(open({ allowFiles: [join(folder, 'none')] })).rejects.toMatchObject({ code: 'ENOENT', exit: 2 });
    const path = await writeRules('10.0.0.1\n10.0.0.0/40\n');
    await expect(open({ allowFiles: [path] })).rejects.toThrow(`${path} line 2: rule "10.0.0.0/40": `);
    const long = await writeRules('#'.repeat(MAX_RULE_FILE_BYTES + 1));
    await expect(open({ allowFiles: [long] })).rejects.toMatchObject({ code: 'TOO_LONG', exit: 2 });
  });

  it('holds 100,000 rules', async () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    const one = await open({ denyFiles: [await writeRules(lines.join('\n'))] });
    expect(answers(one, '10.0.0.0', '10.1.134.159', '10.1.134.160')).toEqual(['denied', 'denied', 'in']);
  });
});

describe('a gate with a number for each source', () => {
  it('gives a source so many places at once', async () => {
    const one = await open({ maxPerSource: 1 });
    const leave = one.enter('10.0.0.1');
    expect(one.enter('::ffff:10.0.0.1')).toBe('too many connections from one address');
    expect(one.enter('10.0.0.2')).toBeTypeOf('function');
    if (typeof leave === 'function') leave();
    expect(one.enter('10.0.0.1')).toBeTypeOf('function');
  });

  it('asks the rules first', async () => {
    const one = await open({ maxPerSource: 1, deny: ['10.0.0.1'] });
    expect(one.enter('10.0.0.1')).toBe('denied');
  });

  it('without one gives places without end', async () => {
    const one = await open({});
    for (let i = 0; i < 100; i += 1) expect(one.enter('10.0.0.1')).toBeTypeOf('function');
  });
});

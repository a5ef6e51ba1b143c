/** `nettk nc` and `nettk ncat` beside the programs themselves: the same line, the same exit status, the same words. */

import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { needs } from '../support/needs.ts';
import { NETTK, runProgram } from '../support/nettk.ts';

const folder = mkdtempSync(join(tmpdir(), 'nettk-names-'));
const links = { nc: join(folder, 'nc'), ncat: join(folder, 'ncat') };
let server: Server;
/** A port somebody listens on, and one that nobody has. */
let open: number;
let shut: number;

beforeAll(async () => {
  for (const link of Object.values(links)) symlinkSync(NETTK, link);
  server = await listen();
  open = portOf(server);
  const gone = await listen();
  shut = portOf(gone);
  await new Promise((closed) => gone.close(closed));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

function listen(): Promise<Server> {
  return new Promise((resolve) => {
    const one = createServer((socket) => socket.on('error', () => {}).end('hello\n'));
    one.listen(0, '127.0.0.1', () => resolve(one));
  });
}

const portOf = (one: Server): number => (one.address() as AddressInfo).port;

/** What scripts can see of a run. */
interface Seen {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function see(program: string, line: string): Promise<Seen> {
  const words = line.replaceAll('OPEN', String(open)).replaceAll('SHUT', String(shut)).split(' ');
  const { code, stdout, stderr } = await runProgram(program, words.filter(Boolean));
  return { code, stdout: stdout.toString(), stderr };
}

describe('nettk nc says what nc.openbsd says of', () => {
  const lines = [
    '127.0.0.1 SHUT',
    '-v 127.0.0.1 SHUT',
    '-v -N 127.0.0.1 OPEN',
    '-N localhost OPEN',
    '-vN localhost OPEN',
    '-v nosuch.invalid SHUT',
    'nosuch.invalid SHUT',
    '-z 127.0.0.1 SHUT',
    '-zv 127.0.0.1 SHUT',
    '-z 127.0.0.1 OPEN',
    '-zv 127.0.0.1 OPEN',
    '-zv -w 1 127.0.0.1 SHUT OPEN SHUT',
    '-l 127.0.0.1 OPEN',
  ];
  for (const line of lines) {
    it(line, async (context: TestContext) => {
      needs(context, 'nc.openbsd');
      const theirs = await see('nc.openbsd', line);
      const stderr = theirs.stderr.replaceAll('nc.openbsd:', 'nc:');
      expect(await see(links.nc, line)).toEqual({ ...theirs, stderr });
    });
  }

  // What is wrong with a command line is said in other words, with the same exit status.
  for (const line of [
    '',
    '-j 127.0.0.1 SHUT',
    '127.0.0.1 99999',
    '-w x 127.0.0.1 SHUT',
    '-l -U',
    '-X 5 127.0.0.1 SHUT',
  ]) {
    it(`the exit status of "nc ${line}"`, async (context: TestContext) => {
      needs(context, 'nc.openbsd');
      const ours = await see(links.nc, line);
      expect(ours.code).toBe((await see('nc.openbsd', line)).code);
      expect(ours.stderr).toMatch(/^nc: [^\n]+\n$/);
    });
  }
});

describe('nettk ncat says what ncat says of', () => {
  const lines = [
    '127.0.0.1 SHUT',
    '-v 127.0.0.1 SHUT',
    '127.0.0.1 OPEN',
    '-v 127.0.0.1 OPEN',
    'nosuch.invalid SHUT',
    '-z 127.0.0.1 SHUT',
    '-z 127.0.0.1 OPEN',
    '-vz 127.0.0.1 OPEN',
    '-l 127.0.0.1 OPEN',
  ];
  for (const line of lines) {
    it(line, async (context: TestContext) => {
      needs(context, 'ncat');
      const theirs = await see('ncat', line);
      expect(untimed(await see(links.ncat, line))).toEqual(untimed(theirs));
    });
  }

  for (const line of [
    '',
    '--bogus h 1',
    '127.0.0.1 99999',
    '-i abc 127.0.0.1 SHUT',
    '-l -p 1 -U x',
    '-4 -6 127.0.0.1 SHUT',
  ]) {
    it(`the exit status of "ncat ${line}"`, async (context: TestContext) => {
      needs(context, 'ncat');
      const ours = await see(links.ncat, line);
      expect(ours.code).toBe((await see('ncat', line)).code);
      expect(ours.stderr).toMatch(/^Ncat: [^\n]+ QUITTING\.\n$/);
    });
  }
});

/** Without ncat's line about its version, and how long it took. */
function untimed(seen: Seen): Seen {
  const stderr = seen.stderr.replace(/^Ncat: Version .*\n/m, '').replace(/ in [\d.]+ seconds\./, ' in N seconds.');
  return { ...seen, stderr };
}

describe('what cannot be had is refused by name', () => {
  it.each([
    ['ncat', '--sctp 127.0.0.1 1', 'Ncat: --sctp cannot be had here: Node has no SCTP. QUITTING.\n', 2],
    [
      'ncat',
      '--proxy p:1 127.0.0.1 1',
      'Ncat: --proxy cannot be had here: proxies are not part of this version. QUITTING.\n',
      2,
    ],
    ['nc', '-uW 1 127.0.0.1 1', 'nc: -W cannot be had here: packets are not counted in this version\n', 1],
    ['nc', '-M 5 127.0.0.1 1', 'nc: -M cannot be had here: Node cannot set it on a socket\n', 1],
  ] as const)('by %s %s', async (name, line, stderr, code) => {
    expect(await see(links[name], line)).toEqual({ code, stdout: '', stderr });
  });
});

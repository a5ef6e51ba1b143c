/** The documents tell the truth: links resolve, code runs, command lines print what they are said to print. */

import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../commands/index.ts';
import { manualPage } from '../scripts/docs-man.ts';
import { parseLine } from '../src/cli/parse.ts';
import { services } from '../src/services/index.ts';
import { needs } from './support/needs.ts';
import { type Running, runShell, startNettk } from './support/nettk.ts';
import { sourceFiles } from './support/source.ts';

const ROOT = resolve(import.meta.dirname, '..');
const NODE = join(ROOT, 'node_modules/node/bin/node');
/** Where the documents say a web server is. */
const WEB_PORT = '8080';
/** How often it is looked whether a server has said all that it is said to, in milliseconds. */
const POLL_MS = 20;
const PAGE = '<!doctype html>\n<title>It works</title>\n';
const run = promisify(execFile);

const files = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'].filter((name) =>
  existsSync(join(ROOT, name)),
);
for (const name of await readdir(join(ROOT, 'docs'))) if (name.endsWith('.md')) files.push(join('docs', name));
const texts = new Map(await Promise.all(files.map(async (f) => [f, await readFile(join(ROOT, f), 'utf8')] as const)));

/** The fenced blocks of a language. */
function blocks(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap((m) => (m[1] === language ? [m[2] as string] : []));
}

/** A command line and what it is said to print. */
interface Typed {
  readonly line: string;
  readonly prints: string;
}

/** The `$ …` lines of a block, each with the lines up to the next. */
function typed(block: string): Typed[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => ({ line: part.split('\n', 1)[0] as string, prints: part.slice(part.indexOf('\n') + 1) }));
}

/** The words after each `nettk` of a shell line, quotes taken off; no expansions. */
function nettkWords(line: string): string[][] {
  return line
    .replace(/\s\d?>\s*\S+/g, '')
    .split(/\s*(?:\|\||\||&&|;)\s*|\s+&$/)
    .map((part) => [...part.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((m) => m[1] ?? m[2] ?? (m[3] as string)))
    .filter((words) => words[0] === 'nettk')
    .map((words) => words.slice(1));
}

/** Numbers, days and months do not count, nor how columns are padded. */
function shape(text: string): string {
  return text
    .replace(/\b[\da-f]{64}\b/g, 'HASH')
    .replace(/\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +/g, 'DATE ')
    .replace(/\d+(\.\d+)*/g, 'N')
    .replace(/ +/g, ' ');
}

/** Ports of a server's other faces. */
const FACE_PORTS: ReadonlySet<string> = new Set(['--dns-port', '--http-port', '--web-port']);

/** The same server on free ports: in its target, or as `--port`, and for its other faces. */
function onFreePort(all: readonly string[]): string[] {
  const words = all.map((word, i) => (FACE_PORTS.has(all[i - 1] ?? '') ? '0' : word));
  const freed = words.map((word, i) =>
    // Whom it joins is another server.
    words[i - 1] === '--register'
      ? word
      : word.replace(/((?:tcp|tls|ws)-listen:\/\/127\.0\.0\.1|^127\.0\.0\.1):\d+/, '$1:0'),
  );
  if (freed.join() !== words.join()) return freed;
  const at = words.findIndex((word) => word === '--port' || word === '-p');
  return [...(at === -1 ? words : words.toSpliced(at, 2)), '--port', '0'];
}

/** Equal shapes, `…` matching anything. */
function shapePattern(expected: string): RegExp {
  const escaped = shape(expected).replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll('…', '[^]*')}$`);
}

const docsWith = (language: string): [string, string[]][] =>
  [...texts].map(([file, text]): [string, string[]] => [file, blocks(text, language)]).filter(([, b]) => b.length > 0);

describe.each([...texts])('%s', (file, text) => {
  it('has only relative links that lead somewhere', () => {
    const links = [...text.replace(/^```.*?^```$/gms, '').matchAll(/\]\(([^)\s]+)\)/g)].map((m) => m[1] as string);
    const broken = links.filter((link) => !/^(https?:|#)/.test(link)).filter((link) => !leadsSomewhere(file, link));
    expect(broken).toEqual([]);
  });
});

function leadsSomewhere(file: string, link: string): boolean {
  const [path = ''] = link.split('#');
  return existsSync(resolve(ROOT, dirname(file), path));
}

/** The command table's own examples are tested with it; some show mistakes. */
const written = docsWith('sh').filter(([file]) => file !== 'docs/commands.md');

describe.each(written)('the shell lines of %s', (_file, shellBlocks) => {
  it('parse as nettk commands where no session runs them', async () => {
    for (const line of shellBlocks.flatMap((block) => block.split('\n')).filter((one) => one.startsWith('nettk '))) {
      for (const words of nettkWords(line)) {
        const parsed = parseLine(words, commands);
        if (!parsed.wantsHelp && !parsed.wantsVersion) await parsed.values();
      }
    }
  });
});

describe.each(
  written.filter(([, all]) => all.some((block) => /^\$ /m.test(block))),
)('the sessions of %s', (_file, shellBlocks) => {
  let folder: string;
  let web: Server;
  const servers: Running[] = [];
  const ports = new Map<string, string>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nettk-docs-'));
    web = createServer((_request, response) => response.end(PAGE));
    await new Promise<void>((ready) => web.listen(0, '127.0.0.1', ready));
    ports.set(WEB_PORT, String((web.address() as AddressInfo).port));
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    web.close();
    await rm(folder, { recursive: true, force: true });
  });

  const withPorts = (line: string): string => line.replace(/\b\d{4,5}\b/g, (port) => ports.get(port) ?? port);

  /** Starts a server on a free port, which then stands for the one its ready line names in the document. */
  async function serve(line: string, prints: string): Promise<string> {
    const [words = []] = nettkWords(withPorts(line));
    const ready = prints.match(/ listening on /g)?.length ?? 1;
    const server = await startNettk(onFreePort(words), { cwd: folder, ready });
    servers.push(server);
    // What it says besides its ready lines comes when it comes.
    const said = (): number => server.stderr().split('\n').length;
    while (said() < prints.split('\n').length && server.child.exitCode === null) await delay(POLL_MS);
    const documented = [...prints.matchAll(/(?<= listening on \S*127\.0\.0\.1:)\d+/g)].map(([port]) => port);
    for (const [place, port] of documented.entries()) ports.set(port, String(server.ports[place]));
    return server.stderr();
  }

  /** Runs a line. */
  async function shell(line: string): Promise<string> {
    const { stdout, stderr } = await runShell(`{ ${withPorts(line)}\n} 2>&1`, { cwd: folder });
    return stdout.toString() + stderr;
  }

  it('print what they are said to print', async () => {
    for (const { line, prints } of shellBlocks.flatMap(typed)) {
      const got = line.endsWith(' &') ? await serve(line, prints) : await shell(line);
      expect(shape(got), line).toMatch(shapePattern(prints));
    }
  });
});

describe('docs/nettk.1', () => {
  const path = join(ROOT, 'docs/nettk.1');

  it('is up to date with the command table', async () => {
    expect(await readFile(path, 'utf8'), 'npm run docs writes it').toBe(manualPage());
  });

  it('tells of every variable of the environment that is read', async () => {
    const sources = await Promise.all((await sourceFiles()).map((file) => readFile(join(ROOT, file), 'utf8')));
    const read = new Set(sources.flatMap((code) => [...code.matchAll(/\benv\['(\w+)'\]/g)].map((match) => match[1])));
    read.delete('PATH');
    const page = await readFile(path, 'utf8');
    expect(read).toContain('NO_COLOR');
    expect([...read].filter((name) => !page.includes(`.TP\n\\fB${name}\\fR`))).toEqual([]);
  });

  it('is a correct page to mandoc, and to man', async (context) => {
    needs(context, 'mandoc', 'man');
    const lint = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', path], { encoding: 'utf8' });
    const shown = spawnSync('man', ['--warnings', '-l', path], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    });
    // A page made from a table has no date of its own.
    expect(lint.stdout.split('\n').filter((line) => line !== '' && !line.includes('missing date'))).toEqual([]);
    expect(shown.stderr).toBe('');
    expect(shown.stdout).toMatch(/^NETTK\(1\)/);
  });
});

describe('docs/protocols.md', () => {
  it('lists every service with its port', () => {
    const rows = [...(texts.get('docs/protocols.md') ?? '').matchAll(/^\| `(\w+)` \| (\d+) \|/gm)];
    const listed = rows.map((row) => `${row[1]} ${row[2]}`);
    expect(listed.sort()).toEqual(services.map(({ name, port }) => `${name} ${port}`).sort());
  });
});

describe('docs/architecture.md', () => {
  it('names every dependency', async () => {
    const text = texts.get('docs/architecture.md') ?? '';
    const { dependencies, devDependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    const names = Object.keys({ ...dependencies, ...devDependencies }).map((name) => name.replace('@biomejs/', ''));
    const rows = text.slice(text.indexOf('## Dependencies'));
    expect(names.filter((name) => !rows.includes(name))).toEqual([]);
  });
});

describe('the TypeScript of the documents', () => {
  let folder: string;
  const paths: string[] = [];

  beforeAll(async () => {
    // Below the project, so that the types of Node are found; ignored by git.
    await mkdir(join(ROOT, 'dist'), { recursive: true });
    folder = await mkdtemp(join(ROOT, 'dist/.docs-'));
    const library = relative(folder, join(ROOT, 'src/index.ts'));
    for (const [file, code] of docsWith('ts')) {
      for (const [i, block] of code.entries()) {
        const path = join(folder, `${file.replace(/\W/g, '-')}-${i + 1}.ts`);
        await writeFile(path, `${block.replaceAll("from 'nettk'", `from '${library}'`)}\nexport {};\n`);
        paths.push(path);
      }
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('has the types it should have', async () => {
    const config = { extends: '../../tsconfig.json', include: ['*.ts'] };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { stdout, status } = spawnSync(NODE, [tsc, '-p', folder], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  it('runs to its end', async () => {
    expect(paths.length).toBeGreaterThan(0);
    for (const path of paths) await run(NODE, [path]);
  });
});

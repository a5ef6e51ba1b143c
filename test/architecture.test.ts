/** Holds the rules of the house (docs/architecture.md): who may import whom, who alone owns what, sizes, names, comments. */

import { basename } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  isDocumented,
  linesOf,
  type ParsedSource,
  parseSource,
  placeOf,
  runtimeImports,
  type SyntaxNode,
  sourceFiles,
} from './support/source.ts';

/**
 * Which rooms a room may use at run time, besides itself and `errors`; `import type` is free everywhere.
 * `cli` uses `stream` too: for printable text, and for the lines of standard input; and `protocols`: a chat at a terminal is IRC.
 */
const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  stream: [],
  host: [],
  net: ['stream', 'host'],
  protocols: ['stream'],
  registry: ['protocols'],
  services: ['stream', 'protocols', 'registry', 'host'],
  clients: ['net', 'stream', 'host', 'protocols', 'registry'],
  cli: ['net', 'clients', 'stream', 'protocols'],
  commands: ['stream', 'host', 'net', 'protocols', 'registry', 'services', 'clients', 'cli'],
  // The composition root ends the process itself, and asks the host how.
  main: ['cli', 'commands', 'host'],
  index: ['stream', 'host', 'net', 'protocols', 'registry', 'services', 'clients', 'cli'],
};

/** Which room alone imports a builtin that reaches outward, and which imports each package. */
const OWNERS: Readonly<Record<string, string>> = {
  'node:http': 'stream',
  'node:https': 'stream',
  ws: 'stream',
  'dns-packet': 'protocols',
  'node:fs': 'host',
  'node:fs/promises': 'host',
  'node:child_process': 'host',
  'node:sqlite': 'host',
  selfsigned: 'host',
  'node:net': 'net',
  'node:tls': 'net',
  'node:dgram': 'net',
  'node:dns': 'net',
  'node:dns/promises': 'net',
  undici: 'net',
  'multicast-dns': 'net',
  'ipaddr.js': 'net',
  yargs: 'cli',
  ora: 'cli',
};

/** What of `process` only `cli` and `main` touch. */
const PROCESS_OF_CLI: ReadonlySet<string> = new Set([
  'argv',
  'env',
  'stdin',
  'stdout',
  'stderr',
  'on',
  'once',
  'exit',
  'exitCode',
  'abort',
  'kill',
  'emit',
]);

/** What a file may touch of `process` besides: child programs are signalled as a group, which only `process.kill` can. */
const PROCESS_OF_FILE: Readonly<Record<string, readonly string[]>> = { 'src/host/child.ts': ['kill'] };

const MAX_FILE_LINES = 300;
const MAX_FUNCTION_LINES = 50;
const NO_NAMES: ReadonlySet<string> = new Set([
  'util',
  'utils',
  'helper',
  'helpers',
  'common',
  'types',
  'misc',
  'shared',
]);

let imports: Map<string, string[]>;
let sources: ParsedSource[];

beforeAll(async () => {
  const files = await sourceFiles();
  imports = await runtimeImports(files);
  sources = files.map((file) => parseSource(file));
});

/** The room a file is in: its folder in src, `commands`, or the file itself for those directly in src. */
function roomOf(file: string): string {
  const [top = '', second = ''] = file.split('/');
  return top === 'commands' ? top : second.replace(/\.ts$/, '');
}

const isOurs = (target: string): boolean => /^(src|commands)\//.test(target);

/** Every import as `[file, target]`. */
function edges(): [string, string][] {
  return [...imports].flatMap(([file, targets]) => targets.map((target): [string, string] => [file, target]));
}

/** What `rule` says of every file, without what it leaves out. */
function findings(rule: (source: ParsedSource) => readonly (string | false)[]): string[] {
  return sources.flatMap((source) => rule(source).filter((one) => one !== false));
}

describe('imports', () => {
  it('are seen: main reaches yargs, serve reaches the sockets', () => {
    expect(imports.get('src/main.ts')).toContain('commands/index.ts');
    expect(imports.get('src/net/listen.ts')).toContain('node:net');
    expect(edges().some(([, target]) => target === 'yargs')).toBe(true);
  });

  it('stay within the rooms that a room may use', () => {
    const broken = edges()
      .filter(([file, target]) => isOurs(target) && roomOf(file) !== roomOf(target) && roomOf(target) !== 'errors')
      .filter(([file, target]) => !MAY_USE[roomOf(file)]?.includes(roomOf(target)))
      .map(([file, target]) => `${file} uses ${target}`);
    expect(broken).toEqual([]);
  });

  it('of packages and outward builtins belong to one room', () => {
    const broken = edges()
      .filter(([, target]) => !isOurs(target) && (target in OWNERS || !target.startsWith('node:')))
      .filter(([file, target]) => OWNERS[target] !== roomOf(file))
      .map(([file, target]) => `${file} uses ${target}, which ${OWNERS[target] ?? 'no room'} owns`);
    expect(broken).toEqual([]);
  });

  it('never lead from one command to another', () => {
    const broken = edges()
      .filter(([file, target]) => file.startsWith('commands/') && target.startsWith('commands/'))
      .filter(([file]) => file !== 'commands/index.ts')
      .map(([file, target]) => `${file} uses ${target}`);
    expect(broken).toEqual([]);
  });

  it('never go round in a circle', () => {
    expect(cycles(imports)).toEqual([]);
  });

  it('that go in a circle are found', () => {
    const round = new Map([
      ['src/a.ts', ['src/b.ts', 'node:fs']],
      ['src/b.ts', ['src/c.ts']],
      ['src/c.ts', ['src/b.ts']],
    ]);
    expect(cycles(round)).toEqual(['src/b.ts → src/c.ts → src/b.ts']);
  });

  it('end in .ts', () => {
    const broken = findings(({ file, body }) =>
      body
        .filter(({ source }) => source !== null && source !== undefined)
        .map(({ source }) => String((source as SyntaxNode)['value']))
        .map((target) => target.startsWith('.') && !target.endsWith('.ts') && `${file} imports ${target}`),
    );
    expect(broken).toEqual([]);
  });
});

describe('the process', () => {
  it('is touched by cli and main only', () => {
    const isAllowed = (file: string, name: string): boolean =>
      !PROCESS_OF_CLI.has(name) || PROCESS_OF_FILE[file]?.includes(name) === true;
    const broken = findings((source) =>
      ['cli', 'main'].includes(roomOf(source.file))
        ? []
        : processUses(source).map(([name, place]) => !isAllowed(source.file, name) && `${place}: process.${name}`),
    );
    expect(broken).toEqual([]);
  });

  it('is exited by main only', () => {
    const broken = findings((source) =>
      roomOf(source.file) === 'main'
        ? []
        : processUses(source).map(([name, place]) => name === 'exit' && `${place}: process.exit`),
    );
    expect(broken).toEqual([]);
  });
});

describe('sources', () => {
  it('open with a sentence about the file', () => {
    const broken = findings(({ file, text }) => {
      const opening = /^\/\*\*(?:(?!\*\/).)*\*\//s.exec(text)?.[0] ?? '';
      return [!/[A-Z\p{L}].*[.:)`]\s*\*\/$/su.test(opening) && file];
    });
    expect(broken).toEqual([]);
  });

  it('have a doc comment on every export', () => {
    const broken = findings((source) =>
      exportsOf(source).map((node) => !isDocumented(source, node) && placeOf(source, node)),
    );
    expect(broken).toEqual([]);
  });

  it('have no default exports', () => {
    const broken = findings((source) =>
      source.nodes.map((node) => node.type === 'ExportDefaultDeclaration' && placeOf(source, node)),
    );
    expect(broken).toEqual([]);
  });

  it(`are at most ${MAX_FILE_LINES} lines long`, () => {
    const broken = findings(({ file, text }) => {
      const lines = text.trimEnd().split('\n').length;
      return [lines > MAX_FILE_LINES && `${file}: ${lines}`];
    });
    expect(broken).toEqual([]);
  });

  it(`have functions of at most ${MAX_FUNCTION_LINES} lines`, () => {
    const broken = findings((source) =>
      functionsOf(source).map((node) => {
        const lines = linesOf(source, node);
        return lines > MAX_FUNCTION_LINES && `${placeOf(source, node)}: ${lines}`;
      }),
    );
    expect(broken).toEqual([]);
  });

  it('are named in kebab-case, for what they are about', () => {
    const broken = findings(({ file }) => {
      const name = basename(file, '.ts');
      return [(!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || NO_NAMES.has(name)) && file];
    });
    expect(broken).toEqual([]);
  });
});

/** Exported declarations; re-exports carry their comment where they were declared. */
function exportsOf({ body }: ParsedSource): SyntaxNode[] {
  return body.filter((node) => node.type === 'ExportNamedDeclaration' && node['declaration'] !== null);
}

function functionsOf({ nodes }: ParsedSource): SyntaxNode[] {
  const kinds = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'];
  return nodes.filter(({ type }) => kinds.includes(type));
}

/** Each `process.name`, and each name taken out of `process` by destructuring, with its place. */
function processUses(source: ParsedSource): [string, string][] {
  return source.nodes.flatMap((node): [string, string][] => {
    if (node.type === 'MemberExpression' && nameOf(node['object']) === 'process') {
      return [[nameOf(node['property']), placeOf(source, node)]];
    }
    if (node.type !== 'VariableDeclarator' || nameOf(node['init']) !== 'process') return [];
    const properties = ((node['id'] as SyntaxNode)['properties'] ?? []) as SyntaxNode[];
    return properties.map((property) => [nameOf(property['key']), placeOf(source, property)]);
  });
}

function nameOf(node: unknown): string {
  return String((node as SyntaxNode | null)?.['name'] ?? '');
}

/** The circles in a graph of imports, each once, from where it was entered. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at !== -1) found.push([...path.slice(at), file].join(' → '));
    if (at !== -1 || done.has(file)) return;
    for (const target of graph.get(file) ?? []) if (graph.has(target)) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

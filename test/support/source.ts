/** The sources as data: their imports at run time, their text, and what a parser sees in them. */

import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join, resolve } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { parseAst } from 'vitest/node';

const ROOT = resolve(import.meta.dirname, '../..');

/** Every source file, relative to the project. */
export async function sourceFiles(): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob('{src,commands}/**/*.ts', { cwd: ROOT })) files.push(file);
  return files.sort();
}

/** A file's text. */
export function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** What each file imports at run time: files of ours by their path, anything else by its specifier. */
export async function runtimeImports(files: readonly string[]): Promise<Map<string, string[]>> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [...files],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outdir: 'never-written',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  return new Map(files.map((file) => [file, importsOf(metafile, file)]));
}

function importsOf(metafile: Metafile, file: string): string[] {
  return (metafile.inputs[file]?.imports ?? []).map(({ path, external }) => (external ? specifier(path) : path));
}

/** `fs` and `node:fs` are one; `undici/lib/x` is undici's. */
function specifier(path: string): string {
  if (path.startsWith('node:')) return path;
  if (builtinModules.includes(path)) return `node:${path}`;
  return path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/');
}

/** A node of the syntax tree (ESTree). */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** A parsed file. */
export interface ParsedSource {
  readonly file: string;
  readonly text: string;
  /** Every node, parents first. */
  readonly nodes: readonly SyntaxNode[];
  /** The file's statements. */
  readonly body: readonly SyntaxNode[];
}

/** Parses a file. */
export function parseSource(file: string, text: string = textOf(file)): ParsedSource {
  const program = parseAst(text, { lang: 'ts' }) as unknown as SyntaxNode & { body: SyntaxNode[] };
  return { file, text, nodes: [...walk(program)], body: program.body };
}

function* walk(value: unknown): Generator<SyntaxNode> {
  if (Array.isArray(value)) for (const one of value) yield* walk(one);
  else if (isNode(value)) {
    yield value;
    for (const child of Object.values(value)) if (typeof child === 'object' && child !== null) yield* walk(child);
  }
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/** How many lines a node spans. */
export function linesOf({ text }: ParsedSource, node: SyntaxNode): number {
  return text.slice(node.start, node.end).split('\n').length;
}

/** `file:line` of a node. */
export function placeOf({ file, text }: ParsedSource, node: SyntaxNode): string {
  return `${file}:${text.slice(0, node.start).split('\n').length}`;
}

/** Does a doc comment end right before this node? */
export function isDocumented({ text }: ParsedSource, node: SyntaxNode): boolean {
  const comment = /\/\*\*(?:(?!\*\/).)*\*\/\s*$/s.exec(text.slice(0, node.start));
  return comment !== null;
}

/** Builds dist/: one bundle (nettk.cjs), one executable (nettk) and the library with its types (lib/). */

import { execFile, execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type BuildOptions, build, transform } from 'esbuild';
import { lazyBuiltins, lightYargs } from './bundle-plugins.ts';

const ROOT = resolve(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
/** Packages that few commands need: parts of their own, which only those commands load. */
const SEPARATE = ['undici', 'ora'];
/** Lines whose functions are in the binary as bytecode: what people wait for most. Nothing listens on port 1. */
const WARM_UP_LINES = [
  '--version',
  'version --json',
  'help',
  'daytime --tcp 127.0.0.1 1',
  'daytime --udp 127.0.0.1 1',
  'port daytime',
  'web http://127.0.0.1:1/',
];
/** A young generation large enough that a short command needs no collection, which on a busy machine waits for threads. */
const V8_FLAGS = ['--min-semi-space-size=8'];
/** What pkg calls a platform. */
const PKG_NAMES: Readonly<Record<string, string>> = { darwin: 'macos', win32: 'win' };
const require = createRequire(import.meta.url);
const { default: sea } = require('pkg/lib-es5/sea.js') as {
  default(entry: string, options: Record<string, unknown>): Promise<void>;
};
const run = promisify(execFile);

interface Manifest {
  readonly version: string;
}

const manifest = async (path: string): Promise<Manifest> => JSON.parse(await readFile(join(ROOT, path), 'utf8'));

/** The commit that is checked out, with `+` where files were changed; `unknown` outside git. */
function commit(): string {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' }).trim();
    const hash = git('rev-parse', '--short=12', 'HEAD');
    return git('status', '--porcelain', '--untracked-files=no') === '' ? hash : `${hash}+`;
  } catch {
    return 'unknown';
  }
}

async function buildInfo() {
  const { version } = await manifest('package.json');
  const undici = (await manifest('node_modules/undici/package.json')).version;
  return { version, commit: commit(), undici };
}

/** One CommonJS file; `import()` of a bundled module stays lazy in it. */
async function bundle(entry: BuildOptions): Promise<string> {
  const result = await build({
    ...entry,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // The binary has no loader for real dynamic imports; those of Node's own modules become require.
    supported: { 'dynamic-import': false },
    write: false,
    legalComments: 'none',
    define: { 'import.meta.url': '"file:///nettk.cjs"', NETTK_BUILD: JSON.stringify(await buildInfo()) },
    plugins: [lightYargs(ROOT)],
    // An optional package of native code that ws looks for; this one stands in.
    alias: { bufferutil: join(ROOT, 'src/stream/websocket-mask.ts') },
    logLevel: 'warning',
  });
  const text = lazyBuiltins(result.outputFiles[0]?.text ?? '');
  const { code } = await transform(text, { minifyWhitespace: true, minifySyntax: true, legalComments: 'none' });
  return code;
}

/** The parts of the binary by name: nettk itself, which is also what the npm package runs, and the separate packages. */
async function parts(): Promise<Map<string, string>> {
  const nettk = await bundle({ entryPoints: [join(ROOT, 'src/main.ts')], external: SEPARATE });
  const made = new Map([['nettk', nettk]]);
  for (const name of SEPARATE) {
    // import() of a CommonJS part gives all of it as `default`, which of an ES module is its default export.
    const contents = `const all = require(${JSON.stringify(name)}); module.exports = all.__esModule ? all.default : all;`;
    made.set(name, await bundle({ stdin: { contents, resolveDir: ROOT } }));
  }
  return made;
}

/** Writes dist/nettk.cjs and dist/nettk, beside and renamed: a running program cannot be overwritten (ETXTBSY). */
async function programs(): Promise<void> {
  const folder = await mkdtemp(join(DIST, '.build-'));
  try {
    const made = await parts();
    const script = join(folder, 'nettk.cjs');
    await writeFile(script, `#!/usr/bin/env node\n${made.get('nettk')}`, { mode: 0o755 });
    await rename(script, join(DIST, 'nettk.cjs'));
    await executable(folder, made);
    await rename(join(folder, 'executable'), join(DIST, 'nettk'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** pkg's simple SEA mode, called as its command line calls it, but with the Node that npm brought and with assets. */
async function executable(folder: string, made: ReadonlyMap<string, string>): Promise<void> {
  const assets: Record<string, string> = {};
  for (const [name, code] of made) {
    assets[name] = join(folder, name);
    assets[`${name}.bytecode`] = join(folder, `${name}.bytecode`);
    await writeFile(join(folder, name), `(function(require,exports,module){${code}\n})`);
    await writeFile(join(folder, `${name}.bytecode`), '');
  }
  const lines = JSON.stringify(WARM_UP_LINES.map((line) => line.split(' ')));
  await run(process.execPath, [...V8_FLAGS, join(ROOT, 'scripts/warm-up.cjs'), folder, lines]);
  const { platform, arch, version, execPath } = process;
  const output = join(folder, 'executable');
  await sea(join(ROOT, 'scripts/sea-main.cjs'), {
    targets: [{ nodeRange: `node${version.slice(1)}`, platform: PKG_NAMES[platform] ?? platform, arch, output }],
    nodePath: execPath,
    seaConfig: { useCodeCache: true, assets, execArgv: V8_FLAGS },
    signature: true,
  });
}

/** The library: plain modules and their types. */
async function library(): Promise<void> {
  await rm(join(DIST, 'lib'), { recursive: true, force: true });
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.build.json')], { cwd: ROOT }).catch((error) => {
    throw new Error(`tsc: ${error.stdout}`);
  });
}

const withLibrary = !process.argv.includes('--binary-only');
await mkdir(DIST, { recursive: true });
await Promise.all([programs(), withLibrary && library()]);

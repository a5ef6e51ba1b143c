/** Builds dist/: one bundle (nettk.cjs), one executable (nettk) and the library with its types (lib/). */

import { execFile, execFileSync } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { lazyBuiltins, lightYargs } from './bundle-plugins.ts';

const ROOT = resolve(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
const BUNDLE = join(DIST, 'nettk.cjs');
const EXECUTABLE = join(DIST, 'nettk');
// Written beside and renamed: a running dist/nettk cannot be overwritten (ETXTBSY), and two builds may run at once.
const NEW_BUNDLE = join(DIST, `nettk-${process.pid}.cjs`);
const NEW_EXECUTABLE = join(DIST, `nettk-${process.pid}`);
const require = createRequire(import.meta.url);
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
async function bundle(): Promise<void> {
  const result = await build({
    entryPoints: [join(ROOT, 'src/main.ts')],
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    write: false,
    minify: false,
    legalComments: 'none',
    define: { 'import.meta.url': '"file:///nettk.cjs"', NETTK_BUILD: JSON.stringify(await buildInfo()) },
    plugins: [lightYargs(ROOT)],
    outfile: BUNDLE,
    logLevel: 'warning',
  });
  const text = lazyBuiltins(result.outputFiles[0]?.text ?? '');
  await writeFile(NEW_BUNDLE, `#!/usr/bin/env node\n${text}`, { mode: 0o755 });
}

/** pkg's simple SEA mode, called as its command line calls it, but with the Node that npm brought and a code cache. */
async function executable(): Promise<void> {
  const { default: sea } = require('pkg/lib-es5/sea.js') as {
    default(entry: string, options: Record<string, unknown>): Promise<void>;
  };
  const {
    process: { platform, arch, version, execPath },
  } = globalThis;
  const names: Readonly<Record<string, string>> = { darwin: 'macos', win32: 'win' };
  await sea(NEW_BUNDLE, {
    targets: [
      { nodeRange: `node${version.slice(1)}`, platform: names[platform] ?? platform, arch, output: NEW_EXECUTABLE },
    ],
    nodePath: execPath,
    seaConfig: { useCodeCache: true },
    signature: true,
  });
  await rename(NEW_BUNDLE, BUNDLE);
  await rename(NEW_EXECUTABLE, EXECUTABLE);
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
await Promise.all([bundle().then(executable), withLibrary && library()]);

/** Builds dist/: one bundle (nettk.cjs), one executable (nettk) and the library with its types (lib/). */

import { execFile, execFileSync } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build, transform } from 'esbuild';
import { lazyBuiltins, lightYargs } from './bundle-plugins.ts';

const ROOT = resolve(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
// Written beside and renamed: a running dist/nettk cannot be overwritten (ETXTBSY), and two builds may run at once.
const temporary = (name: string): string => join(DIST, `.${process.pid}-${name}`);
const TEMPORARY = {
  script: temporary('script'),
  bundle: temporary('bundle'),
  bytecode: temporary('bytecode'),
  executable: temporary('executable'),
};
/** Lines whose functions are in the binary as bytecode: what people wait for most. */
const WARM_UP_LINES = JSON.stringify([
  ['--version'],
  ['version', '--json'],
  ['daytime', '--tcp', '127.0.0.1', '1'],
  ['port', 'daytime'],
]);
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
async function bundle(): Promise<string> {
  const result = await build({
    entryPoints: [join(ROOT, 'src/main.ts')],
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
    logLevel: 'warning',
  });
  const text = lazyBuiltins(result.outputFiles[0]?.text ?? '');
  const { code } = await transform(text, { minifyWhitespace: true, minifySyntax: true, legalComments: 'none' });
  await writeFile(TEMPORARY.script, `#!/usr/bin/env node\n${code}`, { mode: 0o755 });
  await rename(TEMPORARY.script, join(DIST, 'nettk.cjs'));
  return code;
}

/** pkg's simple SEA mode, called as its command line calls it, but with the Node that npm brought and with assets. */
async function executable(code: string): Promise<void> {
  await writeFile(TEMPORARY.bundle, `(function(require,exports,module){${code}\n})`);
  await run(process.execPath, [join(ROOT, 'scripts/warm-up.cjs'), TEMPORARY.bundle, TEMPORARY.bytecode, WARM_UP_LINES]);
  const { platform, arch, version, execPath } = process;
  await sea(join(ROOT, 'scripts/sea-main.cjs'), {
    targets: [
      {
        nodeRange: `node${version.slice(1)}`,
        platform: PKG_NAMES[platform] ?? platform,
        arch,
        output: TEMPORARY.executable,
      },
    ],
    nodePath: execPath,
    seaConfig: { useCodeCache: true, assets: { bundle: TEMPORARY.bundle, bytecode: TEMPORARY.bytecode } },
    signature: true,
  });
  await rename(TEMPORARY.executable, join(DIST, 'nettk'));
  await Promise.all(Object.values(TEMPORARY).map((path) => rm(path, { force: true })));
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

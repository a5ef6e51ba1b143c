/** Runs the parts of the binary on a few command lines, then saves the bytecode that V8 made for them. */
'use strict';

const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const [folder, lines] = process.argv.slice(2);
const scripts = new Map();
let loaded = new Map();

function load(part) {
  const source = readFileSync(join(folder, part)).latin1Slice();
  const script = scripts.get(part) ?? new Script(source, { filename: `${part}.cjs` });
  scripts.set(part, script);
  const module = { exports: {} };
  loaded.set(part, module);
  script.runInThisContext()(requirePart, module.exports, module);
  return module;
}

function requirePart(name) {
  if (!existsSync(join(folder, name))) return require(name);
  return (loaded.get(name) ?? load(name)).exports;
}

/** nettk ends the process when a command is done; here that only ends a line. */
process.exit = () => {};
process.execve = undefined;

async function warmUp() {
  for (const line of JSON.parse(lines)) {
    process.argv = [process.execPath, process.execPath, ...line];
    loaded = new Map();
    await requirePart('nettk').finished;
  }
  for (const [part, script] of scripts) {
    writeFileSync(join(folder, `${part}.bytecode`), script.createCachedData());
  }
  process.exitCode = 0;
}

warmUp();

/** Runs the bundle on a few command lines, then saves the bytecode that V8 made for them. */
'use strict';

const { readFileSync, writeFileSync } = require('node:fs');
const { Script } = require('node:vm');

const [bundle, bytecode, lines] = process.argv.slice(2);
const source = readFileSync(bundle).latin1Slice();
const script = new Script(source, { filename: 'nettk.cjs' });

/** The bundle ends the process when a command is done; here it only ends a line. */
process.exit = () => {};

async function warmUp() {
  for (const line of JSON.parse(lines)) {
    process.argv = [process.execPath, process.execPath, ...line];
    const module = { exports: {} };
    script.runInThisContext()(require, module.exports, module);
    await module.exports.finished;
  }
  writeFileSync(bytecode, script.createCachedData());
  process.exitCode = 0;
}

warmUp();

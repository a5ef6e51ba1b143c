/** The main file of dist/nettk: runs its parts from SEA assets, with the bytecode that scripts/warm-up.cjs left. */
'use strict';

const { getAssetKeys, getRawAsset } = require('node:sea');
const { Script } = require('node:vm');

const parts = new Set(getAssetKeys());
const loaded = new Map();

/** Parts are ASCII, and a one-byte string is what V8 takes fastest. */
function load(part) {
  const source = Buffer.from(getRawAsset(part)).latin1Slice();
  const cachedData = Buffer.from(getRawAsset(`${part}.bytecode`));
  const module = { exports: {} };
  loaded.set(part, module);
  new Script(source, { filename: `${part}.cjs`, cachedData }).runInThisContext()(requirePart, module.exports, module);
  return module;
}

function requirePart(name) {
  return parts.has(name) ? (loaded.get(name) ?? load(name)).exports : require(name);
}

load('nettk');

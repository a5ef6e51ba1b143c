/** The main file of dist/nettk: runs the bundle from a SEA asset with the bytecode that scripts/warm-up.cjs left. */
'use strict';

const { getRawAsset } = require('node:sea');
const { Script } = require('node:vm');

// The bundle is ASCII, and a one-byte string is what V8 takes fastest.
const source = Buffer.from(getRawAsset('bundle')).latin1Slice();
const cachedData = Buffer.from(getRawAsset('bytecode'));
new Script(source, { filename: 'nettk.cjs', cachedData }).runInThisContext()(require, {}, {});

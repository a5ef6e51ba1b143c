/** The platform layer of yargs for the bundle, in place of its own `lib/platform-shims/esm.mjs`. */

import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { inspect } from 'node:util';
import Parser from 'yargs-parser';

const unused = (): never => {
  throw new Error('nettk prints its own help and reads no configuration through yargs');
};

const fill = (text: string, values: readonly unknown[]): string =>
  values.reduce<string>((filled, value) => filled.replace('%s', String(value)), text);

/** What yargs asks of its platform. */
export const platform = {
  assert: {
    notStrictEqual: (a: unknown, b: unknown) => {
      if (Object.is(a, b)) throw new Error('yargs: unexpected value');
    },
    strictEqual: (a: unknown, b: unknown) => {
      if (!Object.is(a, b)) throw new Error('yargs: unexpected value');
    },
  },
  cliui: unused,
  findUp: () => undefined,
  getEnv: (key: string) => process.env[key],
  inspect: (value: unknown) => inspect(value),
  getProcessArgvBin: () => 'nettk',
  mainFilename: '/',
  Parser,
  path: { basename, dirname, extname, join, relative, resolve },
  process: {
    argv: () => process.argv,
    cwd: () => '/',
    emitWarning: unused,
    execPath: () => process.execPath,
    exit: unused,
    nextTick: process.nextTick,
    stdColumns: null,
  },
  readFileSync: unused,
  readdirSync: unused,
  require: unused,
  getCallerFile: unused,
  stringWidth: (text: string) => text.length,
  y18n: {
    __: (text: string, ...values: unknown[]) => fill(text, values),
    __n: (one: string, many: string, count: number, ...values: unknown[]) => fill(count === 1 ? one : many, values),
    getLocale: () => 'en',
    setLocale: () => {},
    updateLocale: () => {},
  },
};

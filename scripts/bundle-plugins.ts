/** What makes the bundle start fast: yargs without ICU, and Node's own modules loaded when first used. */

import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

/** What yargs does after each command: it lays its help out, though nobody asked. */
const UNASKED_HELP = 'yargs.getInternalMethods().getUsageInstance().cacheHelpMessage();';

/**
 * Replaces the platform layer of yargs by a light one, without string-width (which loads ICU), locales or package.json,
 * and keeps it from laying out help after each command.
 */
export function lightYargs(root: string): Plugin {
  return {
    name: 'light-yargs',
    setup(build) {
      const contents = 'export { platform as default } from "./scripts/yargs-platform.ts";';
      build.onResolve({ filter: /platform-shims\/esm\.mjs$/ }, () => ({ path: 'platform', namespace: 'light-yargs' }));
      build.onLoad({ filter: /./, namespace: 'light-yargs' }, () => ({ contents, resolveDir: root }));
      build.onLoad({ filter: /yargs\/build\/lib\/command\.js$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        if (!source.includes(UNASKED_HELP)) throw new Error(`${path} has changed: see UNASKED_HELP`);
        return { contents: source.replace(UNASKED_HELP, '') };
      });
    },
  };
}

/**
 * Makes an esbuild bundle require Node's own modules on first use: `import_node_net = require("node:net")` becomes a function,
 * and `import_node_net.member` calls it. A name that is used in any other way stays as it is.
 */
export function lazyBuiltins(text: string): string {
  const assignment = /^ *(?:var )?(import_\w+) = ((?:__toESM\()?require\("([\w:/]+)"\)(?:, 1)?\)?);$/gm;
  const getters: string[] = [];
  let out = text;
  for (const [line, name = '', value, module = ''] of text.matchAll(assignment)) {
    if (!isBuiltin(module) || !isOnlyRead(text, name)) continue;
    getters.push(`var $${name}; function get_${name}() { return $${name} ??= ${value}; }`);
    // Without its own parentheses the call would be what `new` constructs.
    const constructed = `new (get_${name}()).`;
    out = out.replace(line, '').replaceAll(`new ${name}.`, constructed).replaceAll(`${name}.`, `get_${name}().`);
  }
  return `${getters.join('\n')}\n${out}`;
}

/** Is every mention of a name its declaration, its assignment or the reading of a member? */
function isOnlyRead(text: string, name: string): boolean {
  const mentions = text.match(new RegExp(`\\b${name}\\b(?! = |\\.|,|;)`, 'g'));
  return mentions === null && !new RegExp(`[(=] ?${name}[,;]`).test(text);
}

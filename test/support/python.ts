/** Python's standard library as an oracle: the reference for what the C library answers. */

import { execFileSync } from 'node:child_process';

/**
 * Runs a Python expression for each input in one python3 and gives its answers back; where it raises, `error`.
 *
 * @param imports module names, comma-separated
 * @param expression over `x`, the input; its value must be JSON
 */
export function askPython(imports: string, expression: string, inputs: readonly unknown[]): unknown[] {
  const script = [
    `import ${imports}, json, sys`,
    'def answer(x):',
    `    try: return ${expression}`,
    "    except Exception: return 'error'",
    'print(json.dumps([answer(x) for x in json.load(sys.stdin)]))',
  ].join('\n');
  return JSON.parse(execFileSync('python3', ['-c', script], { input: JSON.stringify(inputs), encoding: 'utf8' }));
}

/** What a function gives, or `error` where it throws, so that both sides compare. */
export function orError(ask: () => unknown): unknown {
  try {
    return ask();
  } catch {
    return 'error';
  }
}

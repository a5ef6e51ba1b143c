import { constants } from 'node:os';
import { resolve } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { needs } from '../support/needs.ts';
import { NETTK, runProgram, startNettk } from '../support/nettk.ts';

const PYTHON = '/usr/bin/python3';
const SCRIPT = resolve(import.meta.dirname, '../fixtures/python/terminal.py');
const STAMP = String.raw`\[\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\]`;

type Step = readonly [awaited: string, typed: string];

interface Shown {
  readonly out: string;
  readonly code: number | null;
  readonly signal: number | null;
}

/** Runs nettk on a terminal, waits for each text and types after it. */
async function onTerminal(
  context: TestContext,
  args: readonly string[],
  steps: readonly Step[],
  env: Readonly<Record<string, string>> = {},
): Promise<Shown> {
  needs(context, PYTHON);
  const plan = JSON.stringify({ command: [NETTK, ...args], steps });
  const { code, stdout, stderr } = await runProgram(PYTHON, [SCRIPT, plan], {
    env: { TERM: 'xterm', NO_COLOR: '', ...env },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout.toString());
}

describe.each(['--tcp', '--udp'])('at a terminal, over %s', (way) => {
  it('echo asks with a prompt until an empty line', async (context) => {
    await using server = await startNettk(['echo-server', way, '--port', '0']);
    const shown = await onTerminal(
      context,
      ['echo', way, `127.0.0.1:${server.ports[0]}`],
      [
        ['> ', 'hello\n'],
        ['hello\r\nhello\r\n> ', 'two words\n'],
        ['two words\r\ntwo words\r\n> ', '\n'],
      ],
    );
    expect(shown).toEqual({
      out: '> hello\r\nhello\r\n> two words\r\ntwo words\r\n> \r\n',
      code: 0,
      signal: null,
    });
  });

  it('timestamp ends at ^D, on a line of its own', async (context) => {
    await using server = await startNettk(['timestamp-server', way, '--port', '0']);
    const steps: Step[] = [
      ['> ', 'hello\n'],
      ['] hello\r\n> ', '\x04'],
    ];
    const shown = await onTerminal(context, ['timestamp', way, `127.0.0.1:${server.ports[0]}`], steps);
    expect(shown).toMatchObject({ code: 0, signal: null });
    expect(shown.out).toMatch(new RegExp(`^> hello\r\n${STAMP} hello\r\n> (\\^D\b\b)?\r\n$`));
  });

  it.for(['echo', 'timestamp'])('%s dies of ^C', async (name, context) => {
    await using server = await startNettk([`${name}-server`, way, '--port', '0']);
    const shown = await onTerminal(
      context,
      [name, way, `127.0.0.1:${server.ports[0]}`],
      [
        ['> ', 'hello\n'],
        ['hello\r\n> ', '\x03'],
      ],
    );
    expect(shown).toMatchObject({ code: null, signal: constants.signals.SIGINT });
    expect(shown.out).not.toMatch(/\n {4}at /);
  });
});

describe('at a terminal', () => {
  it('control bytes of a peer are shown, not obeyed', async (context) => {
    await using server = await startNettk(['echo-server', '--tcp', '--port', '0']);
    const steps: Step[] = [
      // ^V lets the next byte through the terminal's own editing.
      ['> ', '\x16\x1b[2J\n'],
      ['[2J\r\n> ', '\n'],
    ];
    const shown = await onTerminal(context, ['echo', `127.0.0.1:${server.ports[0]}`], steps);
    expect(shown).toMatchObject({ code: 0, signal: null });
    expect(shown.out).not.toContain('\x1b');
    expect(shown.out).toMatch(/\\x1b\[2J/);
  });

  it('help, states and the label of errors are coloured, unless NO_COLOR says no', async (context) => {
    const lines: [string[], RegExp][] = [
      [['help'], /\r\n\x1b\[1mCommands:\x1b\[0m\r\n/],
      [['port', 'no-such-name'], /^\x1b\[1;31mnettk:\x1b\[0m /],
      [['ports'], /^\x1b\[1mPROTO\x1b\[0m +\x1b\[1mADDRESS\x1b\[0m/],
    ];
    for (const [args, painted] of lines) {
      expect((await onTerminal(context, args, [])).out).toMatch(painted);
      expect((await onTerminal(context, args, [], { NO_COLOR: '1' })).out).not.toContain('\x1b');
    }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/run.ts';
import { type FakeIoOptions, fakeIo } from '../support/fake-io.ts';
import { commands } from './fixture.ts';

/** Runs a line and gives what the command got, or what standard error says. */
async function run(...words: string[]) {
  const io = fakeIo();
  const code = await runCli(words, commands, io);
  const out = io.out().toString();
  return { code, out, err: io.err(), args: out.startsWith('{') ? JSON.parse(out) : undefined };
}

describe('what yargs would lose or guess', () => {
  it('keeps a lone dash as a positional', async () => {
    expect((await run('web', '-')).args.url).toBe('-');
    expect((await run('port', '22', '-', 'x')).args.names).toEqual(['22', '-', 'x']);
  });

  it('keeps a lone dash as the value of an option', async () => {
    expect((await run('web', 'u', '-o', '-')).args.output).toBe('-');
    expect((await run('web', 'u', '--output', '-')).args.output).toBe('-');
  });

  it('fills positionals from behind --', async () => {
    expect((await run('web', '--', '-')).args.url).toBe('-');
    expect((await run('web', '--', '--output')).args.url).toBe('--output');
    expect((await run('port', 'a', '--', '-b', '--', 'c')).args.names).toEqual(['a', '-b', '--', 'c']);
  });

  it('finds the command behind --', async () => {
    expect((await run('--', 'port', '-x')).args.names).toEqual(['-x']);
  });

  it('hands what follows -- to the positional that asks for it', async () => {
    const { args } = await run('wait', 'h:1', '--', 'ls', '-l', '--json');
    expect(args).toMatchObject({ targets: ['h:1'], command: ['ls', '-l', '--json'], json: false });
  });

  it.each([
    '1e3',
    '0x10',
    '-5',
    '-5s',
    '007',
    'true',
    '1_000',
    '__proto__',
  ])('keeps the positional %s as typed', async (w) => {
    expect((await run('port', w)).args.names).toEqual([w]);
  });

  it('keeps any words behind -- as typed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string(), { maxLength: 4 }), async (words) => {
        expect((await run('port', '--', ...words)).args.names).toEqual(words);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    [['--retry', 'abc'], 'option --retry: "abc" is not a whole number'],
    [['--retry', '1e3'], 'option --retry: "1e3" is not a whole number'],
    [['--retry', '0x10'], 'option --retry: "0x10" is not a whole number'],
    [['--retry', '101'], 'option --retry: 101 is too much, at most 100'],
    [['--retry', '-1'], 'option --retry: -1 is too little, at least 0'],
    [['--retry'], 'option --retry: needs a value'],
    [['--retry', '--json'], 'option --retry: needs a value'],
    [['--output'], 'option --output: needs a value'],
    [['--output='], 'option --output: the value is empty'],
    [['--output', ''], 'option --output: the value is empty'],
    [['-o', ''], 'option --output: the value is empty'],
    [['-o', 'a', '--output', 'b'], 'option --output: given 2 times, takes one value'],
    [['--as', 'x'], 'option --as: "x" is none of raw, text'],
    [['--json=1'], 'option --json: takes no value'],
    [['--max-size', '1x'], 'option --max-size: "1x" is not a size; try 512, 64k, 10M or 1G'],
    [['--idle-timeout', '5 s'], 'option --idle-timeout: "5 s" is not a duration; try 250ms, 2.5s, 1m, 1h or 1d'],
    [['--idle-timeout', '0'], 'option --idle-timeout: 0 is too little, at least 1ms'],
  ])('refuses %j', async (words, message) => {
    const { code, err, out } = await run('web', 'u', ...words);
    expect({ code, err, out }).toEqual({ code: 2, err: `nettk: ${message}\ntry 'nettk web --help'\n`, out: '' });
  });

  it('keeps every value of a list, and the URL behind it', async () => {
    const { args } = await run('web', '-H', 'a:1', 'url', '-H', 'a:2', '--header=a=3');
    expect(args).toMatchObject({ url: 'url', header: ['a:1', 'a:2', 'a=3'] });
  });

  it('takes dots in option names for unknown options', async () => {
    expect(await run('web', 'u', '--header.foo=1')).toMatchObject({ code: 2, args: undefined });
  });

  it('knows --no-clobber as declared and no --no-output', async () => {
    expect((await run('web', 'u', '--no-clobber')).args.noClobber).toBe(true);
    expect(await run('web', 'u', '--no-output')).toMatchObject({ code: 2 });
  });

  it('does not take camelCase for kebab-case', async () => {
    expect((await run('web', 'u', '--maxSize', '1')).err).toContain('--maxSize: unknown option; try --max-size\n');
  });

  it('takes short options as POSIX users type them', async () => {
    expect((await run('connect', '-lvvp', '8080')).args).toMatchObject({ listen: true, verbose: 2, port: 8080 });
    expect((await run('connect', '-lp8080')).args).toMatchObject({ listen: true, port: 8080 });
    expect((await run('web', 'u', '-opage.html')).args.output).toBe('page.html');
    expect((await run('web', 'u', '-o=page.html')).args.output).toBe('page.html');
  });

  it('takes a value that begins with a dash unless it is an option', async () => {
    expect((await run('web', 'u', '-o', '-x')).args.output).toBe('-x');
    expect((await run('web', 'u', '-o', '-v')).err).toContain('option --output: needs a value');
  });

  it('takes shared options before the command', async () => {
    expect((await run('--json', '--color', 'never', 'port')).args).toMatchObject({ json: true, color: 'never' });
  });

  it('gives each type its value', async () => {
    const { args } = await run('web', 'u', '--max-size', '64k', '--idle-timeout', '2.5s', '--retry', '3');
    expect(args).toMatchObject({ maxSize: 65_536, idleTimeout: 2500, retry: 3 });
  });

  it('parses ports', async () => {
    expect((await run('connect', 'host', '80')).args).toMatchObject({ target: 'host', extra: 80 });
  });

  it.each(['080', '0x50', '65536', '-1', '1e3'])('refuses the port %s and names the option', async (port) => {
    const { code, err } = await run('connect', '--port', port);
    expect(code).toBe(2);
    expect(err).toMatch(/^nettk: option --port: .*\n$/);
    expect(err).toContain(port);
  });
});

describe('unknown words', () => {
  it.each([
    [['wbe'], 'nettk: "wbe": unknown command; try nettk web\n'],
    [['wbe', '127.0.0.1', '80'], 'nettk: "wbe": unknown command; try nettk web\n'],
    [['--', 'wbe', 'u'], 'nettk: "wbe": unknown command; try nettk web\n'],
    [['conect'], 'nettk: "conect": unknown command; try nettk connect\n'],
    [['prot', 'web'], 'nettk: "prot": unknown command; try nettk port\n'],
    [['constructor'], 'nettk: "constructor": unknown command\n'],
    [['__proto__'], 'nettk: "__proto__": unknown command\n'],
    [['--zz'], 'nettk: --zz: unknown option\n'],
    [['web', 'u', '--ouptut', 'x'], 'nettk: --ouptut: unknown option; try --output\n'],
    [['web', 'u', '--max'], 'nettk: --max: unknown option; try --max-size\n'],
    [['web', 'u', '-y'], 'nettk: -y: unknown option\n'],
    [['port', '22', '-a'], 'nettk: -a: unknown option; try -- before words that are no options\n'],
    [['web'], 'nettk: URL: missing\n'],
    [['web', 'a', 'b'], 'nettk: "b": one argument too many\n'],
    [['web', ''], 'nettk: URL: empty\n'],
  ])('names %j and what was meant', async (words, message) => {
    const { code, err, out } = await run(...words);
    expect(err.split('\n')[0]).toBe(message.trim());
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/\ntry 'nettk (web |port )?--help'\n$/);
  });

  it.each([
    '__proto__',
    'constructor',
    'toString',
    '__proto__.x',
    'constructor.prototype.x',
    'hasOwnProperty',
  ])('refuses the option --%s', async (name) => {
    expect(await run('web', 'u', `--${name}`, '1')).toMatchObject({ code: 2, out: '' });
    expect(await run('web', 'u', `--${name}=1`)).toMatchObject({ code: 2, out: '' });
    expect({}).not.toHaveProperty('x');
  });

  it('escapes control characters of what was typed', async () => {
    expect((await run('a\x1b[31m\nb')).err).not.toMatch(/[\x1b]|\n(?!try)./);
  });
});

describe('help', () => {
  it.each([['--help'], ['-h']])('leads with examples for nettk web %s', async (flag) => {
    const { code, out, err } = await run('web', flag);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.indexOf('Examples:')).toBeLessThan(out.indexOf('Usage:'));
    expect(out).toContain('-o, --output FILE');
    expect(out).toContain('--max-size BYTES');
    expect(out).toContain('(default 30s)');
    expect(out).toContain('More about it.');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('needs no arguments that the command requires', async () => {
    expect((await run('web', '-h')).code).toBe(0);
  });

  it('lists every command for nettk --help', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    for (const { name, summary } of commands) expect(out).toContain(`${name.padEnd(9)}${summary}`);
  });

  it('is short, on standard error and exit 2 without a command', async () => {
    const { code, out, err } = await run();
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^usage: nettk COMMAND/);
    expect(err).toContain('web, port, connect');
  });

  it('is in English whatever the locale', async () => {
    const before = process.env['LC_ALL'];
    process.env['LC_ALL'] = 'de_DE.UTF-8';
    expect((await run('wbe')).err).toContain('unknown command');
    if (before === undefined) delete process.env['LC_ALL'];
    else process.env['LC_ALL'] = before;
  });
});

describe('colour', () => {
  const shown = async (options: FakeIoOptions, ...words: string[]) => {
    const io = fakeIo(options);
    await runCli(words, commands, io);
    return { out: io.out().toString(), err: io.err() };
  };

  it("goes to the headings of help and the label of errors, by each stream's own terminal", async () => {
    expect((await shown({ stdoutIsTty: true }, 'web', '--help')).out).toContain('\n\x1b[1mOptions:\x1b[0m\n');
    expect((await shown({ stderrIsTty: true }, 'web', '--help')).out).not.toContain('\x1b');
    expect((await shown({ stderrIsTty: true }, 'fail', 'refused')).err).toMatch(/^\x1b\[1;31mnettk:\x1b\[0m connect/);
    expect((await shown({ stderrIsTty: true }, 'fail', 'bug')).err).toMatch(/^\x1b\[1;31mnettk:\x1b\[0m a bug/);
    expect((await shown({ stdoutIsTty: true }, 'fail', 'refused')).err).not.toContain('\x1b');
  });

  it('is as --color says, also on a line that is not understood, and never with --json', async () => {
    expect((await shown({}, '--color=always', '--help')).out).toContain('\x1b[1mCommands:');
    expect((await shown({}, 'web', '--color', 'always', '--zz')).err).toContain('\x1b[1;31m');
    expect((await shown({ stderrIsTty: true }, 'wbe', '--color', 'never')).err).not.toContain('\x1b');
    expect((await shown({ stderrIsTty: true }, 'fail', 'refused', '--json')).err).not.toContain('\x1b');
  });
});

describe('exit statuses', () => {
  it('is 0 where a command returns nothing and its number where it returns one', async () => {
    expect((await run('port')).code).toBe(0);
    expect((await run('fail', 'three')).code).toBe(3);
  });

  it("prints one line and the error's status for what was expected", async () => {
    const { code, err } = await run('fail', 'refused');
    expect({ code, err }).toEqual({
      code: 1,
      err: 'nettk: connect tcp://h:1: connection refused (ECONNREFUSED); try later\n',
    });
  });

  it('prints the stack and 70 for a bug', async () => {
    const { code, err } = await run('fail', 'bug');
    expect(code).toBe(70);
    expect(err).toContain('TypeError: oops\n    at ');
  });

  it('leaves notes out under --quiet, but not errors', async () => {
    expect((await run('fail', 'note')).err).toBe('nettk: noted\n');
    expect((await run('fail', 'note', '--quiet')).err).toBe('');
    expect((await run('fail', 'refused', '--quiet')).err).not.toBe('');
  });

  it('tells at the end what a command that drained could not write', async () => {
    for (const [how, status] of [
      ['drain', 1],
      ['abort', 130],
    ] as const) {
      const io = fakeIo();
      const running = runCli(['fail', how], commands, io);
      io.stdout.on('error', () => {}).destroy(Object.assign(new Error('full'), { code: 'ENOSPC' }));
      setImmediate(() => io.interrupt('SIGINT'));
      expect(await running).toBe(status);
      const line = 'nettk: write standard output: no space left on device (ENOSPC)\n';
      expect(io.err()).toBe(how === 'drain' ? line : '');
    }
  });

  it('is 128 + n where an interrupted command throws, and its number where it drained', async () => {
    for (const [how, status] of [
      ['abort', 130],
      ['drain', 0],
    ] as const) {
      const io = fakeIo();
      const running = runCli(['fail', how], commands, io);
      setImmediate(() => io.interrupt('SIGINT'));
      expect(await running).toBe(status);
      expect(io.err()).toBe('');
    }
  });
});

/** `nettk web` as a person runs it. */

import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { NETTK, runNettk, runShell } from '../support/nettk.ts';
import { type RawServer, type Reply, rawServer, type Script } from '../support/raw-server.ts';

const SHA256_OF_HELLO = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
const HELLO: Reply = { bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Kind: Test\r\n\r\nhello' };
const HALF: Reply = { bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf', end: 'hold' };

describe('nettk web', () => {
  let directory: string;
  let server: RawServer | undefined;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'nettk-web-'));
  });
  afterEach(async () => {
    await server?.close();
    await rm(directory, { recursive: true });
  });

  async function serve(reply: Reply | Script, bare = false): Promise<string> {
    server = await rawServer(reply, { bare });
    return `127.0.0.1:${server.port}`;
  }
  const web = (...args: string[]) => runNettk(['web', ...args], { cwd: directory });
  const files = () => readdir(directory);
  const text = (name: string) => readFile(join(directory, name), 'utf8');

  it('writes the document to standard output, and nothing else', async () => {
    const host = await serve(HELLO);
    expect(await web(host)).toMatchObject({ code: 0, stdout: Buffer.from('hello'), stderr: '' });
    expect(await web(host, '-o', '-')).toMatchObject({ code: 0, stdout: Buffer.from('hello'), stderr: '' });
    expect(await files()).toEqual([]);
  });

  it('writes it to a file, quietly', async () => {
    const host = await serve(HELLO);
    expect(await web(`http://${host}/`, '-o', 'page')).toMatchObject({ code: 0, stdout: Buffer.alloc(0), stderr: '' });
    expect(await text('page')).toBe('hello');
  });

  it('writes it to a file named by the URL that was typed, not by the one it was sent to', async () => {
    const host = await serve((request) =>
      request.includes('GET /evil')
        ? HELLO
        : { bytes: 'HTTP/1.1 302 Found\r\nLocation: /evil\r\nContent-Length: 0\r\n\r\n' },
    );
    expect((await web(`${host}/a/page.html?x`, '-O')).code).toBe(0);
    expect(await files()).toEqual(['page.html']);
    expect(await web(`${host}/a/`, '-O')).toMatchObject({ code: 2, stderr: expect.stringContaining('try -o FILE') });
    expect(await web(`${host}/.bashrc`, '-O')).toMatchObject({ code: 2 });
  });

  it('puts the head in front with -i', async () => {
    const { stdout } = await web(await serve(HELLO), '-i');
    expect(stdout.toString()).toBe('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Kind: Test\r\n\r\nhello');
  });

  it('tells what it did as JSON, where the document is not', async () => {
    const host = await serve(HELLO);
    const toFile = await web(host, '-o', 'page', '--json');
    expect(Object.keys(JSON.parse(toFile.stdout.toString()))).toEqual([
      'url',
      'status',
      'file',
      'bytes',
      'sha256',
      'timing',
    ]);
    expect(JSON.parse(toFile.stdout.toString())).toMatchObject({
      url: `http://${host}/`,
      status: 200,
      file: 'page',
      bytes: 5,
      sha256: SHA256_OF_HELLO,
    });
    const toStdout = await web(host, '--json');
    expect(toStdout.stdout.toString()).toBe('hello');
    expect(JSON.parse(toStdout.stderr)).toMatchObject({ file: null, bytes: 5 });
  });

  it('sends one bare line with --raw, and says how many bytes came and their SHA-256', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const { code, stderr } = await web('--raw', `${await serve({ bytes }, true)}/path`, '-o', 'page');
    expect(server?.requests).toEqual(['GET /path\n']);
    expect(stderr).toMatch(/^nettk: 256 bytes, SHA-256 [\da-f]{64}\n$/);
    expect(code).toBe(0);
    expect((await readFile(join(directory, 'page'))).equals(bytes)).toBe(true);
  });

  it('sends the header fields asked for', async () => {
    await web(await serve(HELLO), '-H', 'X-One: 1', '-H', 'X-Two: 2', '--user-agent', 'me/1');
    const fields = server?.requests[0]?.split('\r\n');
    expect(fields).toEqual(
      expect.arrayContaining(['X-One: 1', 'X-Two: 2', 'User-Agent: me/1', 'Accept-Encoding: identity']),
    );
  });

  it('keeps the document from its name when the SHA-256 or the size is wrong', async () => {
    const host = await serve(HELLO);
    expect((await web(host, '-o', 'page', '--sha256', SHA256_OF_HELLO.toUpperCase())).code).toBe(0);
    const wrong = await web(host, '-o', 'other', '--sha256', '0'.repeat(64));
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining(`SHA-256 is ${SHA256_OF_HELLO}`) });
    expect(await web(host, '-o', 'other', '--max-size', '4')).toMatchObject({ code: 63 });
    expect(await files()).toEqual(['page']);
  });

  it('refuses an existing file with --no-clobber, before it asks the server', async () => {
    await writeFile(join(directory, 'page'), 'old');
    expect(await web(await serve(HELLO), '-o', 'page', '--no-clobber')).toMatchObject({
      code: 23,
      stderr: 'nettk: write page: file exists (EEXIST)\n',
    });
    expect(server?.requests).toEqual([]);
    expect(await text('page')).toBe('old');
  });

  it('does not write through a link in the place of FILE.part', async () => {
    await writeFile(join(directory, 'victim'), 'precious');
    await symlink('victim', join(directory, 'page.part'));
    expect(await web(await serve(HELLO), '-o', 'page')).toMatchObject({ code: 23 });
    expect(await text('victim')).toBe('precious');
    expect(await readlink(join(directory, 'page.part'))).toBe('victim');
    expect((await files()).sort()).toEqual(['page.part', 'victim']);
  });

  it('says that the disk is full', async () => {
    const host = await serve(HELLO);
    const full = 'no space left on device (ENOSPC)\n';
    expect(await web(host, '-o', '/dev/full')).toMatchObject({ code: 23, stderr: `nettk: write /dev/full: ${full}` });
    const shell = await runShell(`nettk web ${host} > /dev/full`);
    expect(shell).toMatchObject({ code: 23, stderr: expect.stringContaining(full) });
  });

  it('says that a directory cannot be written', async () => {
    expect(await web(await serve(HELLO), '-o', directory)).toMatchObject({ code: 23 });
    expect(await web(await serve(HELLO), '-o', 'nowhere/page')).toMatchObject({ code: 23 });
  });

  it.each([
    [['http://0x7f.1/'], /four decimal numbers/],
    [['file:///etc/passwd'], /"file" is not a scheme/],
    [['127.0.0.1:1', '-o', 'page', '-O'], /-O: names the file itself/],
    [['127.0.0.1:1', '--raw', '-H', 'A: b'], /no header fields/],
    [['127.0.0.1:1', '-H', 'Content-Length: 1'], /set by nettk/],
    [['127.0.0.1:1', '--sha256', 'abc'], /not 64 hexadecimal digits/],
    [['127.0.0.1:1', '--idle-timeout', '0'], /--idle-timeout/],
    [[], /URL: missing/],
  ] as const)('ends with 2 for %j', async (args, words) => {
    const { code, stderr } = await web(...args);
    expect(stderr).toMatch(words);
    expect(code).toBe(2);
  });

  it('ends quietly with 141 when the reader of standard output goes', async () => {
    const big: Reply = { bytes: `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(3_000_000)}`, end: 'hold' };
    expect(await runShell(`nettk web ${await serve(big)} | head -c1`)).toMatchObject({
      code: 141,
      stdout: Buffer.from('x'),
      stderr: '',
    });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('dies of %s, and leaves no FILE.part', async (signal) => {
    const host = await serve(HALF);
    const child = spawn(NETTK, ['web', host, '-o', 'page'], { cwd: directory, stdio: 'pipe' });
    const ended = new Promise((done) => child.on('close', (code, by) => done({ code, by })));
    await expect.poll(files, { timeout: 20_000 }).toEqual(['page.part']);
    child.kill(signal);
    expect(await ended).toEqual({ code: null, by: signal });
    expect(await files()).toEqual([]);
  });

  it('fetches the very bytes of a real web server', async (context) => {
    needs(context, 'nginx');
    const document = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251));
    await writeFile(join(directory, 'document.bin'), document);
    const nginx = await startNginx(directory);
    try {
      expect(await web(`127.0.0.1:${nginx.port}/document.bin`, '-o', 'page')).toMatchObject({ code: 0, stderr: '' });
      expect((await readFile(join(directory, 'page'))).equals(document)).toBe(true);
      expect(await web('--raw', `127.0.0.1:${nginx.port}/document.bin`, '-o', 'raw')).toMatchObject({ code: 0 });
      expect((await readFile(join(directory, 'raw'))).equals(document)).toBe(true);
      expect(await web(`127.0.0.1:${nginx.port}/missing`, '-o', 'none')).toMatchObject({ code: 22 });
      expect(await files()).not.toContain('none');
    } finally {
      await nginx.stop();
    }
  });

  describe('on a terminal', () => {
    const onTerminal = async (columns: number, args: string) => {
      const line = `stty cols ${columns}; ${NETTK} web ${args}`;
      const env = { TERM: 'xterm', CI: undefined, NO_COLOR: '1' };
      const { stdout } = await runShell(`script -qec '${line}' /dev/null`, { cwd: directory, env });
      return stdout.toString();
    };

    it('spins until the first byte, and takes the spinner away', async (context) => {
      needs(context, 'script');
      const shown = await onTerminal(80, `${await serve({ end: 'hold' })} --idle-timeout 3 -o page`);
      expect(shown).toContain('waiting for 127.0.0.1');
      // NO_COLOR is heeded by the spinner too.
      expect(shown).not.toMatch(/\x1b\[\d+m/);
      expect(shown).toMatch(/\x1b\[(2K|\d*G|K)[^\n]*nettk: fetch [^\n]*no answer for 3 s\r\n$/);
    });

    it('shows nothing where the terminal has no columns, or with --quiet', async (context) => {
      needs(context, 'script');
      const host = await serve({ end: 'hold' });
      const line = /^nettk: fetch [^\n]*no answer for 1 s\r\n$/;
      expect(await onTerminal(0, `${host} --idle-timeout 1 -o page`)).toMatch(line);
      expect(await onTerminal(80, `${host} --idle-timeout 1 -o page --quiet`)).toMatch(line);
    });

    it('shows how far it is, and shows control bytes of a document as escapes', async (context) => {
      needs(context, 'script');
      const big: Reply = { bytes: `HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n${'x'.repeat(200_000)}` };
      expect(await onTerminal(80, `${await serve(big)} -o page`)).toMatch(/ of 195\.3 KiB, \d+ %/);
      const shown = await onTerminal(80, `${await serve({ bytes: 'HTTP/1.1 200 OK\r\n\r\na\x1b]0;evil\x07b' })}`);
      expect(shown).not.toContain('\x1b]0;');
      expect(shown).toMatch(/a\S*1b\]0;evil/);
    });
  });
});

/** Starts nginx on a free port with its files in the directory, which is also what it serves. */
async function startNginx(directory: string): Promise<{ port: number; stop(): Promise<void> }> {
  const probe = await rawServer({});
  const { port } = probe;
  await probe.close();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/tmp;`,
  );
  const config = `daemon off; master_process off; pid ${directory}/nginx.pid; error_log stderr;
events {}
http { access_log off; ${temporary.join(' ')}
server { listen 127.0.0.1:${port}; root ${directory}; } }`;
  await writeFile(join(directory, 'nginx.conf'), config);
  const child = spawn('nginx', ['-p', directory, '-c', join(directory, 'nginx.conf')], { stdio: 'ignore' });
  const ended = new Promise<void>((done) => child.on('close', () => done()));
  await expect.poll(() => canConnect(port), { timeout: 20_000 }).toBe(true);
  return {
    port,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      done(true);
    });
    socket.on('error', () => done(false));
  });
}

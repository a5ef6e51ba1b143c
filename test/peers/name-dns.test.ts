/**
 * The name server asked by what people have: dig, the C library's resolver, curl, HAProxy and dnsmasq. Each test has a network
 * namespace of its own, so that port 53 is free and its names are nobody else's.
 */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { needs } from '../support/needs.ts';
import { createNetns } from '../support/netns.ts';
import { runNettk, runProgram, startNettk } from '../support/nettk.ts';
import { startPeer } from '../support/peers.ts';

/** How often it is looked whether another program has heard of a change. */
const POLL_MS = 20;

/** Prints all addresses that the C library finds for a name. */
const ALL_ADDRESSES = 'import socket, sys; print(*{a[4][0] for a in socket.getaddrinfo(sys.argv[1], 80)})';
/** HAProxy's mark of a server whose name has no address (its management guide, "show servers state"). */
const IS_UNRESOLVED = 32;

const TWO_PLACES = `
resolvers nettk
  nameserver one 127.0.0.1:53
  timeout resolve 100ms
  hold valid 100ms
defaults
  mode tcp
  timeout connect 2s
  timeout client 5s
  timeout server 5s
listen front
  bind 127.0.0.1:9000
  balance roundrobin
  server-template web 2 _web._tcp.nettk resolvers nettk init-addr none
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nettk-name-dns-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A namespace whose resolver is its own port 53, with a name server there. */
async function openWorld(context: TestContext, programs: readonly string[], ...more: readonly string[]) {
  needs(context, 'root', 'ip', ...programs);
  const netns = createNetns();
  const etc = join('/etc/netns', netns.name);
  await mkdir(etc, { recursive: true });
  await writeFile(join(etc, 'resolv.conf'), 'nameserver 127.0.0.1\noptions timeout:2 attempts:2\n');
  const names = await startNettk(['name-server', '--dns-port', '53', ...more], { ready: 3, via: netns.via });
  return {
    netns,
    names,
    /** Registers `NAME TARGET …`. */
    register: async (...words: readonly string[]) => {
      const { code, stderr } = await runNettk(['name', 'register', ...words], { via: netns.via });
      expect(code, stderr).toBe(0);
    },
    /** What a program prints. */
    run: async (program: string, ...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await runProgram(program, args, { via: netns.via });
      expect(code, `${program} ${args.join(' ')}: ${stdout}${stderr}`).toBe(0);
      return stdout.toString();
    },
    [Symbol.asyncDispose]: async () => {
      await names.stop('SIGKILL');
      await netns[Symbol.asyncDispose]();
      await rm(etc, { recursive: true });
    },
  };
}

type World = Awaited<ReturnType<typeof openWorld>>;

async function registerMany(world: World, count: number): Promise<void> {
  const lines = Array.from({ length: count }, (_, i) => `register big 10.0.${i >> 8}.${i & 255}:80 check=none\n`);
  const options = { via: world.netns.via, stdin: lines.join('') };
  const { code } = await runNettk(['connect', '127.0.0.1:21570'], options);
  expect(code).toBe(0);
}

describe('dig', () => {
  it('gets each kind of record, refusals, and what is not there', async (context) => {
    await using world = await openWorld(context, ['dig']);
    await world.register('echo', '127.0.0.1:7', '--check', 'none', '--description', 'The echo');
    await world.register('echo', '[2001:db8::1]:8', '--check', 'none');
    const dig = (...args: readonly string[]): Promise<string> => world.run('dig', '+tries=1', ...args);
    expect(await dig('+short', 'echo.nettk')).toBe('127.0.0.1\n');
    expect(await dig('+short', 'AAAA', 'ECHO.nettk')).toBe('2001:db8::1\n');
    expect((await dig('+short', 'SRV', '_echo._tcp.nettk')).split('\n').sort()).toEqual([
      '',
      '0 1 7 7f000001.echo.nettk.',
      '0 1 8 20010db8000000000000000000000001.echo.nettk.',
    ]);
    expect(await dig('+short', 'TXT', 'echo.nettk')).toContain('"description=The echo"');
    expect(await dig('+short', '7f000001.echo.nettk')).toBe('127.0.0.1\n');
    expect(await dig('+short', '+tcp', 'echo.nettk')).toBe('127.0.0.1\n');
    expect(await dig('SOA', 'nettk')).toMatch(/^nettk\.\s+1\s+IN\s+SOA\s+ns\.nettk\. hostmaster\.nettk\. \d+ 3600/m);
    const answers: readonly (readonly [args: string, status: string, flags: string, authority: number])[] = [
      ['echo.nettk', 'NOERROR', 'qr aa rd', 0],
      ['+norecurse echo.nettk', 'NOERROR', 'qr aa', 0],
      ['nobody.nettk', 'NXDOMAIN', 'qr aa rd', 1],
      ['MX echo.nettk', 'NOERROR', 'qr aa rd', 1],
      ['ANY echo.nettk', 'REFUSED', 'qr aa rd', 0],
      ['example.com', 'REFUSED', 'qr rd', 0],
      ['+edns=1 +noednsneg echo.nettk', 'BADVERS', 'qr rd', 0],
    ];
    for (const [args, status, flags, authority] of answers) {
      const said = await dig(...args.split(' '));
      expect(said, args).toContain(`status: ${status},`);
      expect(said, args).toContain(`flags: ${flags};`);
      expect(said, args).toContain(`AUTHORITY: ${authority},`);
      expect(said, args).not.toMatch(/malformed|Warning: Message parser|question section mismatch/i);
    }
  });

  it('is told what is not spoken, and sees its own letters', async (context) => {
    await using world = await openWorld(context, ['dig']);
    await world.register('echo', '127.0.0.1:7', '--check', 'none');
    const dig = (args: string): Promise<string> => world.run('dig', '+tries=1', ...args.split(' '));
    expect(await dig('+opcode=status +noedns echo.nettk')).toContain('status: NOTIMP,');
    expect(await dig('+opcode=update +noedns echo.nettk')).toContain('status: NOTIMP,');
    expect(await dig('+header-only +noedns')).toContain('status: FORMERR,');
    expect(await dig('version.bind CH TXT')).toContain('status: REFUSED,');
    expect(await dig('nettk AXFR')).toContain('Transfer failed.');
    expect(await dig('+short +cookie +nsid +subnet=10.0.0.0/8 echo.nettk')).toBe('127.0.0.1\n');
    for (const way of ['+notcp', '+tcp']) {
      expect(await dig(`${way} eCHo.NETTK`)).toMatch(
        /^;eCHo\.NETTK\.[\s\S]*^eCHo\.NETTK\.\s+5\s+IN\s+A\s+127\.0\.0\.1$/m,
      );
    }
    expect(await dig('+tcp +keepopen +short echo.nettk echo.nettk TXT')).toBe('127.0.0.1\n"id=127.0.0.1:7"\n');
  });

  it('falls back to TCP where an answer does not fit a datagram', async (context) => {
    await using world = await openWorld(context, ['dig']);
    await registerMany(world, 300);
    expect(await world.run('dig', '+ignore', 'big.nettk')).toMatch(/flags: qr aa tc rd;/);
    const all = await world.run('dig', '+short', 'big.nettk');
    expect(new Set(all.trim().split('\n')).size).toBe(300);
  });
});

describe('the C library', () => {
  it('finds a service by its name, for getent and curl', async (context) => {
    await using world = await openWorld(context, ['getent', 'curl', 'busybox']);
    await writeFile(join(folder, 'index.html'), 'It works\n');
    await using _web = await startPeer('busybox', ['httpd', '-f', '-p', '127.0.0.1:8080', '-h', folder], {
      via: world.netns.via,
      ready: ['tcp:8080'],
    });
    await world.register('web', '127.0.0.1:8080');
    expect(await world.run('getent', 'hosts', 'web.nettk')).toMatch(/^127\.0\.0\.1\s+web\.nettk\n$/);
    expect(await world.run('curl', '-sS', 'http://web.nettk:8080/')).toBe('It works\n');
    const missing = await runProgram('getent', ['hosts', 'nobody.nettk'], { via: world.netns.via });
    expect(missing.code).toBe(2);
  });

  it('gets all of a long answer, over TCP', async (context) => {
    await using world = await openWorld(context, ['python3']);
    await registerMany(world, 200);
    // getent would not ask for IPv4 addresses on a machine that has none but loopback (getaddrinfo(3), AI_ADDRCONFIG).
    const all = await world.run('python3', '-c', ALL_ADDRESSES, 'big.nettk');
    expect(new Set(all.trim().split(' ')).size).toBe(200);
  });
});

describe('HAProxy', () => {
  it('fills its server-template from SRV records, and empties a place when its server is gone', async (context) => {
    await using world = await openWorld(context, ['haproxy', 'socat']);
    const socket = join(folder, 'haproxy.sock');
    const config = join(folder, 'haproxy.cfg');
    await writeFile(
      config,
      `global
  stats socket ${socket} level admin
resolvers nettk
  nameserver one 127.0.0.1:53
  accepted_payload_size 1232
  resolve_retries 3
  timeout resolve 100ms
  timeout retry 100ms
  hold valid 100ms
  hold nx 100ms
  hold obsolete 100ms
defaults
  mode tcp
  timeout connect 2s
  timeout client 5s
  timeout server 5s
frontend front
  bind 127.0.0.1:9000
  default_backend back
backend back
  server-template web 3 _web._tcp.nettk resolvers nettk resolve-prefer ipv4 init-addr none
`,
    );
    await using _haproxy = await startPeer('haproxy', ['-db', '-f', config], {
      via: world.netns.via,
      ready: ['tcp:9000', `unix:${socket}`],
    });
    /** The addresses and ports of the places that are filled. */
    const filled = async (): Promise<string[]> => {
      const { stdout } = await runProgram('socat', ['-', `UNIX-CONNECT:${socket}`], {
        stdin: 'show servers state back\n',
      });
      return stdout
        .toString()
        .split('\n')
        .filter((row) => /^\d+ back /.test(row))
        .map((row) => row.split(' '))
        .filter((row) => (Number(row[6]) & IS_UNRESOLVED) === 0)
        .map((row) => `${row[4]}:${row[18]}`)
        .sort();
    };
    const untilFilled = async (...places: readonly string[]): Promise<void> => {
      while ((await filled()).join() !== places.join()) await delay(POLL_MS);
    };
    await untilFilled();
    await world.register('web', '127.0.0.1:8001', '--check', 'none');
    await world.register('web', '127.0.0.2:8002', '--check', 'none');
    await untilFilled('127.0.0.1:8001', '127.0.0.2:8002');
    const { code } = await runNettk(['name', 'drop', 'web/127.0.0.1:8001'], { via: world.netns.via });
    expect(code).toBe(0);
    await untilFilled('127.0.0.2:8002');
  });

  it('sends nobody to a server that was killed, once its checks have failed', async (context) => {
    const checks = ['--interval', '100ms', '--timeout', '10s', '--fail', '2'];
    await using world = await openWorld(context, ['haproxy'], ...checks);
    const { via } = world.netns;
    const config = join(folder, 'haproxy.cfg');
    await writeFile(config, TWO_PLACES);
    const start = async (word: string, port: string) => {
      const server = await startNettk(['listen', '-k', port, '-c', `echo ${word}`], { via });
      await world.register('web', `127.0.0.1:${port}`, '--check', 'tcp');
      return server;
    };
    await using _one = await start('one', '8001');
    await using two = await start('two', '8002');
    await using _haproxy = await startPeer('haproxy', ['-db', '-f', config], { via, ready: ['tcp:9000'] });
    const ask = async (): Promise<string> => {
      const { stdout } = await runNettk(['connect', '127.0.0.1:9000'], { via });
      return stdout.toString();
    };
    const untilAsked = async (...wanted: readonly string[]): Promise<void> => {
      while (`${await ask()}${await ask()}` !== wanted.join('')) await delay(POLL_MS);
    };
    await untilAsked('one\n', 'two\n');
    await two.stop('SIGKILL');
    await untilAsked('one\n', 'one\n');
  });
});

describe('dnsmasq', () => {
  it('passes the zone on to the name server, and is what other names are passed on to', async (context) => {
    needs(context, 'dnsmasq', 'dig');
    const forward = ['--forward', '127.0.0.1:5354'];
    await using world = await openWorld(context, ['dig', 'dnsmasq'], ...forward);
    const common = ['--keep-in-foreground', '--no-resolv', '--no-hosts', '--conf-file=/dev/null', '--bind-interfaces'];
    const where = (port: number): string[] => [
      '--listen-address=127.0.0.1',
      `--port=${port}`,
      '--user=root',
      '--pid-file=',
    ];
    await using _before = await startPeer('dnsmasq', [...common, ...where(5353), '--server=/nettk/127.0.0.1#53'], {
      via: world.netns.via,
      ready: ['udp:127.0.0.1:5353', 'tcp:127.0.0.1:5353'],
    });
    const records = ['--host-record=www.example.com,192.0.2.7', `--txt-record=big.example.com,${'x'.repeat(250)}`];
    await using _behind = await startPeer('dnsmasq', [...common, ...where(5354), ...records], {
      via: world.netns.via,
      ready: ['udp:127.0.0.1:5354', 'tcp:127.0.0.1:5354'],
    });
    await world.register('echo', '127.0.0.1:7', '--check', 'none');
    const dig = (...args: readonly string[]): Promise<string> => world.run('dig', '+tries=1', ...args);
    expect(await dig('+short', '-p', '5353', '@127.0.0.1', 'SRV', '_echo._tcp.nettk')).toBe(
      '0 1 7 7f000001.echo.nettk.\n',
    );
    expect(await dig('-p', '5353', '@127.0.0.1', 'nobody.nettk')).toContain('status: NXDOMAIN');
    expect(await dig('+short', 'www.example.com')).toBe('192.0.2.7\n');
    expect(await dig('+short', '+tcp', 'www.example.com')).toBe('192.0.2.7\n');
    expect(await dig('+short', 'TXT', 'big.example.com')).toBe(`"${'x'.repeat(250)}"\n`);
    expect(await dig('www.example.com')).toMatch(/flags: qr (aa )?rd ra/);
    expect(await dig('nobody.nettk')).toContain('status: NXDOMAIN');
  });

  it('has long answers that come whole, and is told of where it is gone', async (context) => {
    await using world = await openWorld(context, ['dig', 'dnsmasq'], '--forward', '127.0.0.1:5354');
    const text = 'x'.repeat(250);
    const records = Array.from({ length: 10 }, (_, i) => `--txt-record=long.example.com,${i}${text}`);
    const own = ['--listen-address=127.0.0.1', '--bind-interfaces', '--port=5354', '--user=root', '--pid-file='];
    const common = ['--keep-in-foreground', '--no-resolv', '--no-hosts', '--conf-file=/dev/null', ...own];
    await using behind = await startPeer('dnsmasq', [...common, '--edns-packet-max=4096', ...records], {
      via: world.netns.via,
      ready: ['udp:127.0.0.1:5354', 'tcp:127.0.0.1:5354'],
    });
    for (const size of [512, 1_232, 4_096]) {
      const all = await world.run('dig', '+tries=1', `+bufsize=${size}`, 'long.example.com', 'TXT');
      expect(all).toContain('Truncated, retrying in TCP mode');
      expect(all.match(new RegExp(`"\\d${text}"`, 'g')), `${size}`).toHaveLength(10);
      expect(all).not.toMatch(/malformed|extra bytes/);
    }
    await behind.kill();
    expect(await world.run('dig', '+tries=1', 'long.example.com', 'TXT')).toContain('status: SERVFAIL,');
  });
});

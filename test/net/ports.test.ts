import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  findServiceName,
  findServices,
  lookupPort,
  lookupService,
  parsePort,
  setServicesFile,
} from '../../src/net/ports.ts';
import { failureOf } from '../support/errors.ts';
import { needs } from '../support/needs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nettk-services-'));
});
afterEach(() => {
  setServicesFile(undefined);
  rmSync(folder, { recursive: true });
});

function use(text: string | Uint8Array): string {
  const path = join(folder, 'services');
  writeFileSync(path, text);
  setServicesFile(path);
  return path;
}

/** Runs a call without root's rights, where the test has them. */
function asNobody<T>(call: () => T): T {
  if (process.getuid?.() !== 0) return call();
  process.seteuid?.(65534);
  try {
    return call();
  } finally {
    process.seteuid?.(0);
  }
}

describe('lookupPort', () => {
  it('lets the first line win, aliases counting like names', () => {
    use('shell 514/tcp syslog\nsyslog 514/udp\nal3 1265/tcp early\nearly 1266/tcp\n');
    expect(lookupPort('syslog')).toBe(514);
    expect(findServices('syslog').map((one) => one.name)).toEqual(['shell', 'syslog']);
    expect(lookupPort('early')).toBe(1265);
    expect(lookupPort('syslog', 'udp')).toBe(514);
  });

  it('tells names and protocols apart by case', () => {
    use('daytime 13/tcp\nodd 14/TCP\n');
    expect(failureOf(() => lookupPort('DAYTIME'))).toMatchObject({ code: 'UNKNOWN_SERVICE', exit: 2, hint: 'daytime' });
    expect(lookupPort('odd', 'TCP')).toBe(14);
    expect(failureOf(() => lookupPort('odd', 'tcp')).message).toContain('exists for TCP');
  });

  it('says for which protocol a name exists', () => {
    use('qotd 17/tcp quote\ntftp 69/udp\n');
    const udp = failureOf(() => lookupPort('qotd', 'udp'));
    expect(udp).toMatchObject({ code: 'UNKNOWN_SERVICE', exit: 2 });
    expect(udp.message).toBe('service "qotd": not found for udp, exists for tcp');
    expect(failureOf(() => lookupPort('tftp', 'tcp')).message).toContain('not found for tcp, exists for udp');
  });

  it('takes digits for a name and nothing else', () => {
    use('13 1300/tcp\n');
    expect(lookupPort('13')).toBe(1300);
    expect(failureOf(() => lookupPort('14')).code).toBe('UNKNOWN_SERVICE');
  });

  it.each(['oct 01250/tcp', 'hex 0x4E4/tcp', 'big 70000/tcp'])('refuses %s, naming file, line and entry', (line) => {
    const path = use(`fine 1/tcp\n${line}\n`);
    const name = line.slice(0, 3);
    const failure = failureOf(() => lookupPort(name));
    expect(failure).toMatchObject({ code: 'UNKNOWN_SERVICE', exit: 2 });
    expect(failure.message).toContain(`${path} line 2, entry "${name}"`);
    expect(lookupPort('fine')).toBe(1);
  });

  it('repeats an overlong name shortened', () => {
    use('a 1/tcp\n');
    expect(failureOf(() => lookupPort('x'.repeat(300))).message.length).toBeLessThan(200);
  });
});

describe('lookupService', () => {
  it('finds the first name of a port and protocol', () => {
    use('tcpmux 1/tcp\nrtmp 1/ddp\nshell 514/tcp syslog\nsyslog 514/udp\nhttp 80/tcp www\nzero 0/tcp\n');
    expect(lookupService(1)).toBe('tcpmux');
    expect(lookupService(1, 'ddp')).toBe('rtmp');
    expect(lookupService(514, 'udp')).toBe('syslog');
    expect(lookupService(80)).toBe('http');
    expect(lookupService(0)).toBe('zero');
  });

  it('fails for a port without a name and for what is no port', () => {
    use('http 80/tcp\n');
    expect(failureOf(() => lookupService(81))).toMatchObject({ code: 'NOT_FOUND', exit: 1 });
    expect(failureOf(() => lookupService(80, 'udp')).code).toBe('NOT_FOUND');
    for (const port of [-1, 65536, 1.5, Number.NaN]) {
      expect(failureOf(() => lookupService(port)).code).toBe('BAD_ENDPOINT');
    }
  });

  it('does not pass a misread port off as its name, nor hide a right one', () => {
    use('oct 01250/tcp\nbig 70000/tcp\nright 4464/tcp\n');
    expect(failureOf(() => lookupService(680)).message).toContain('entry "oct"');
    expect(lookupService(4464)).toBe('right');
    expect(findServiceName(680)).toBeUndefined();
  });
});

describe('findServices', () => {
  it('finds names, aliases and numbers in the order of the file, each once', () => {
    use('time 37/tcp timserver\ntime 37/udp timserver\ntime 37/udp timserver\n');
    const both = ['tcp', 'udp'].map((protocol) => ({ name: 'time', port: 37, protocol, aliases: ['timserver'] }));
    expect(findServices('timserver')).toEqual(both);
    expect(findServices('37')).toEqual(both);
    expect(findServices(37, 'udp')).toEqual(both.slice(1));
    expect(findServices('nothing')).toEqual([]);
    expect(findServices(38)).toEqual([]);
  });
});

describe('parsePort', () => {
  it('looks the whole word up as a name first', () => {
    use('ftp-data 20/tcp\n13 1300/tcp\n20-30 2030/tcp\n');
    expect(parsePort('ftp-data')).toBe(20);
    expect(parsePort('13')).toBe(1300);
    expect(parsePort('20-30')).toBe(2030);
    expect(parsePort('14')).toBe(14);
  });

  it('takes every number from 0 to 65535', () => {
    use('');
    for (const port of [0, 1, 7, 80, 1024, 49151, 65535]) expect(parsePort(String(port))).toBe(port);
  });

  it.each([
    '',
    '080',
    '00',
    '-1',
    '+80',
    '65536',
    '70000',
    '0x50',
    '1e3',
    '8.0',
    '99999999999999999999',
  ])('refuses %j as a usage error that names it', (text) => {
    const failure = failureOf(() => parsePort(text));
    expect(failure).toMatchObject({ code: 'BAD_ENDPOINT', exit: 2 });
    expect(failure.message).toContain(JSON.stringify(text));
  });

  it.each([' 80', '80 ', '8 0', '٨٠', 'nosuchservice', 'daytime\0'])('refuses %j as an unknown name', (text) => {
    expect(failureOf(() => parsePort(text))).toMatchObject({ code: 'UNKNOWN_SERVICE', exit: 2 });
  });

  it('suggests the name that was probably meant', () => {
    use('daytime 13/tcp\ntime 37/tcp\n');
    expect(failureOf(() => parsePort('daytme')).hint).toBe('daytime');
    expect(failureOf(() => parsePort('nosuchservice')).hint).toBeUndefined();
    expect(failureOf(() => parsePort('013')).hint).toBe('13');
  });
});

describe('the services file', () => {
  it('is replaced by the built-in table where it is missing', () => {
    setServicesFile(join(folder, 'absent'));
    expect(lookupPort('daytime', 'udp')).toBe(13);
    expect(lookupPort('timserver')).toBe(37);
    expect(lookupService(80)).toBe('http');
    expect(failureOf(() => lookupPort('nosuch')).message).toContain('the built-in table');
  });

  it('is refused by name where it is a folder, numbers passing all the same', () => {
    const path = join(folder, 'dir');
    mkdirSync(path);
    setServicesFile(path);
    expect(failureOf(() => lookupPort('daytime'))).toMatchObject({ code: 'EISDIR', exit: 2, action: `read ${path}` });
    expect(parsePort('13')).toBe(13);
    expect(failureOf(() => parsePort('013')).code).toBe('BAD_ENDPOINT');
  });

  it('is refused by name where it may not be read', () => {
    chmodSync(use('daytime 13/tcp\n'), 0);
    const failure = asNobody(() => failureOf(() => lookupPort('daytime')));
    expect(failure).toMatchObject({ code: 'EACCES', exit: 2 });
    expect(asNobody(() => parsePort('13'))).toBe(13);
  });

  it('may have 5 MB', () => {
    use(`${'filler 1/tcp # a long comment that fills the file\n'.repeat(100_000)}last 4242/tcp\n`);
    expect(lookupPort('last')).toBe(4242);
  });

  it('may hold NUL bytes and bytes that are no UTF-8', () => {
    use(Buffer.concat([Buffer.from([0, 0, 10, 0xff, 0xfe, 10]), Buffer.from('good 1/tcp a\0b\n')]));
    expect(lookupPort('a')).toBe(1);
    expect(failureOf(() => lookupPort('b')).code).toBe('UNKNOWN_SERVICE');
  });

  it('is read once', () => {
    const path = use('one 1/tcp\n');
    expect(lookupPort('one')).toBe(1);
    writeFileSync(path, 'one 2/tcp\n');
    expect(lookupPort('one')).toBe(1);
    setServicesFile(path);
    expect(lookupPort('one')).toBe(2);
  });
});

/** What getent prints for the keys it finds, in their order. */
function getent(keys: readonly string[]): string[] {
  const { stdout } = spawnSync('getent', ['services', ...keys], { encoding: 'utf8' });
  return stdout.split('\n').filter(Boolean).map(parseGetent);
}

/** A line of getent's, `name port/protocol aliases`, with single blanks. */
function parseGetent(text: string): string {
  return text.trim().replace(/ +/g, ' ');
}

describe('against getent', () => {
  it('answers every name and alias of /etc/services alike', (context) => {
    needs(context, 'getent');
    const words = readFileSync('/etc/services', 'utf8')
      .replace(/#.*/g, '')
      .split('\n')
      .flatMap((line) => line.split(/\s+/).filter((word) => word && !word.includes('/')));
    const keys = [...new Set(words)].flatMap((word) => [word, `${word}/tcp`, `${word}/udp`]);
    const found = keys.filter((key) => ours(key) !== '');
    const missing = keys.filter((key) => ours(key) === '');
    expect(getent(found)).toEqual(found.map(ours));
    expect(getent(missing)).toEqual([]);
    expect(found.length).toBeGreaterThan(100);
  });

  it('answers a crafted file alike but for the ports that C misreads', (context) => {
    needs(context, 'getent', 'unshare', 'root');
    const path = use(
      [
        'normal 1230/tcp al1 al2 # comment',
        'neg -5/tcp',
        'noproto 1238',
        'noprotosp 1237 ',
        'noprotocm 1235# x',
        'crlf 1231/tcp last\r',
        'dslash 1232//tcp',
        'extra 1245/tcp/extra',
        'plus +1255/tcp',
        'nul 1256/tcp a\0b c',
        'vt\v1258/tcp\v\fq',
        'zero 0/tcp',
        'slashonly 1259/',
        'slashsp 1260/ tcp',
        'space 1261 /tcp',
        'été 1263/tcp',
        'hash#tag 1240/tcp',
        '  lead 1264/tcp',
        'al3 1265/tcp early',
        'early 1266/tcp',
        'udponly 1268/udp',
        'cr\r1269/tcp',
        '1270 1271/tcp',
        'eof 1275/tcp endal',
      ].join('\n'),
    );
    const keys = (
      'normal al2 neg noproto noprotosp noprotocm crlf last dslash extra plus nul a b c vt q zero slashonly slashsp tcp ' +
      'space été hash hash#tag lead early udponly cr eof endal normal/udp udponly/tcp udponly/udp 1231 1266 1268/udp 0'
    ).split(' ');
    const script =
      'mount --bind "$1" /etc/services; shift; for key; do printf "%s=" "$key"; getent services "$key" || echo; done';
    const inside = ['-m', 'sh', '-c', script, 'sh', path, ...keys];
    const answers = execFileSync('unshare', inside, { encoding: 'utf8' }).trimEnd().split('\n');
    expect(answers.map(parseGetent)).toEqual(keys.map((key) => `${key}=${ours(key)}`));
  });
});

/** Our answer in getent's form: digits are a port to it, even where a service is called so. */
function ours(key: string): string {
  const [word = '', protocol] = key.split('/');
  const [first] = /^\d+$/.test(word) ? findServices(Number(word), protocol) : findServices(word, protocol);
  return first ? [first.name, `${first.port}/${first.protocol}`, ...first.aliases].join(' ') : '';
}

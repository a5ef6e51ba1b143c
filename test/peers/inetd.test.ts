import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { createNetns } from '../support/netns.ts';
import { runNettk, startNettk } from '../support/nettk.ts';
import { freePort, startPeer } from '../support/peers.ts';
import { type InetdService, startXinetd } from '../support/xinetd.ts';

/** As xinetd writes it. */
const XINETD_DAYTIME = /^\d\d [A-Z]{3} \d{4} \d\d:\d\d:\d\d UTC\r?\n$/;

const both = (name: InetdService['name'], port: number): InetdService[] => [
  { name, protocol: 'udp', port },
  { name, protocol: 'tcp', port },
];

describe('nettk daytime', () => {
  it.for([
    ['udp', ['--udp']],
    ['tcp', ['--tcp']],
    ['udp', []],
  ] as const)('shows what xinetd answers over %s with %j', async ([protocol, args], context) => {
    needs(context, 'xinetd', 'root');
    const port = await freePort();
    await using _xinetd = await startXinetd(both('daytime', port));
    const { code, stdout, stderr } = await runNettk(['daytime', '-v', ...args, '127.0.0.1', `${port}`]);
    expect(stdout.toString()).toMatch(XINETD_DAYTIME);
    expect({ code, stderr }).toEqual({ code: 0, stderr: `nettk: answered over ${protocol}\n` });
  });

  it('falls back to TCP where UDP is refused', async (context) => {
    needs(context, 'xinetd', 'root');
    const port = await freePort();
    await using _xinetd = await startXinetd([{ name: 'daytime', protocol: 'tcp', port }]);
    const { code, stdout, stderr } = await runNettk(['daytime', '-v', '127.0.0.1', `${port}`]);
    expect(stdout.toString()).toMatch(XINETD_DAYTIME);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'nettk: answered over tcp\n' });
  });

  it('falls back to TCP where UDP is silent', async (context) => {
    needs(context, 'xinetd', 'root');
    const port = await freePort();
    const silent = createSocket('udp4').bind(port, '127.0.0.1');
    await once(silent, 'listening');
    await using _xinetd = await startXinetd([{ name: 'daytime', protocol: 'tcp', port }]);
    const { code, stdout, stderr } = await runNettk(['daytime', '-v', '127.0.0.1', `${port}`]);
    expect(stdout.toString()).toMatch(XINETD_DAYTIME);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'nettk: answered over tcp\n' });
    silent.close();
  });

  it.for([
    [],
    ['127.0.0.1'],
    ['127.0.0.1', 'daytime'],
    ['localhost:daytime'],
    ['--tcp', 'localhost', 'daytime'],
  ])('finds port 13 by name: %j', async (args, context) => {
    needs(context, 'xinetd', 'ip', 'root');
    await using netns = createNetns();
    const { via } = netns;
    await using _xinetd = await startXinetd(both('daytime', 13), via);
    const { code, stdout, stderr } = await runNettk(['daytime', ...args], { via });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.toString()).toMatch(XINETD_DAYTIME);
  });

  it('says in one line that nothing is there, and exits 1', async () => {
    const port = await freePort();
    const { code, stdout, stderr } = await runNettk(['daytime', '127.0.0.1', `${port}`]);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^nettk: [^\n]*127\\.0\\.0\\.1:${port}[^\n]*refused[^\n]*\n$`));
  });

  it('says in one line that a service name is unknown, and exits 2', async () => {
    const { code, stdout, stderr } = await runNettk(['daytime', '127.0.0.1', 'nosuchservice']);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^nettk: [^\n]*nosuchservice[^\n]*\n$/);
  });
});

describe('the other clients', () => {
  it.for(['--udp', '--tcp'])('time reads the clock of xinetd with %s', async (way, context) => {
    needs(context, 'xinetd', 'root');
    const port = await freePort();
    await using _xinetd = await startXinetd(both('time', port));
    const before = Math.floor(Date.now() / 1_000);
    const { code, stdout, stderr } = await runNettk(['time', way, '--json', '127.0.0.1', `${port}`]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { unix } = JSON.parse(stdout.toString());
    expect(unix).toBeGreaterThanOrEqual(before);
    expect(unix).toBeLessThanOrEqual(Math.ceil(Date.now() / 1_000));
  });

  it.for(['--udp', '--tcp'])('echo gets from xinetd what it sends with %s', async (way, context) => {
    needs(context, 'xinetd', 'root');
    const port = await freePort();
    await using _xinetd = await startXinetd(both('echo', port));
    const stdin = 'one\n\ntwo words\n';
    const { code, stdout, stderr } = await runNettk(['echo', way, '127.0.0.1', `${port}`], { stdin });
    expect({ code, stdout: stdout.toString(), stderr }).toEqual({ code: 0, stdout: stdin, stderr: '' });
  });

  it('busybox rdate takes the time from the time server', async (context) => {
    needs(context, 'busybox', 'ip', 'root');
    await using netns = createNetns();
    const { via } = netns;
    await using _server = await startNettk(['time-server', '--tcp', '--host', '127.0.0.1'], { via });
    await using rdate = await startPeer('busybox', ['rdate', '-p', '127.0.0.1'], { via, env: { TZ: 'UTC' } });
    const before = Math.floor(Date.now() / 1_000);
    expect(await rdate.finish()).toBe(0);
    const told = Date.parse(`${rdate.stdout().toString().trim()} UTC`) / 1_000;
    expect(told).toBeGreaterThanOrEqual(before - 1);
    expect(told).toBeLessThanOrEqual(Math.ceil(Date.now() / 1_000));
  });
});

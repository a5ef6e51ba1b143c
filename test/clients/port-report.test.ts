import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportPort } from '../../src/clients/port-report.ts';
import { setServicesFile } from '../../src/net/ports.ts';
import { rejectionOf } from '../support/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'nettk-report-'));
beforeAll(() => {
  const path = join(folder, 'services');
  writeFileSync(
    path,
    'time 37/tcp timserver\ntime 37/udp timserver\nqotd 17/tcp\nrtmp 1/ddp\n13 1300/tcp\na/b 9/tcp\nfirst 999/tcp\nsecond 999/tcp\n',
  );
  setServicesFile(path);
});
afterAll(() => {
  setServicesFile(undefined);
  rmSync(folder, { recursive: true });
});

const spots = async (word: string, protocol?: 'tcp' | 'udp') =>
  (await reportPort(word, protocol)).map((one) => `${one.name} ${one.port}/${one.protocol}`);

describe('reportPort', () => {
  it('lets a name stand for the protocols of its service, a number for TCP and UDP', async () => {
    expect(await spots('timserver')).toEqual(['time 37/tcp', 'time 37/udp']);
    expect(await spots('qotd')).toEqual(['qotd 17/tcp']);
    expect(await spots('17')).toEqual(['qotd 17/tcp', 'undefined 17/udp']);
    expect(await spots('17', 'udp')).toEqual(['undefined 17/udp']);
    expect(await spots('1')).toEqual(['undefined 1/tcp', 'undefined 1/udp', 'rtmp 1/ddp']);
  });

  it('takes the protocol behind a slash, unless a service is called so', async () => {
    expect(await spots('time/udp')).toEqual(['time 37/udp']);
    expect(await spots('37/tcp')).toEqual(['time 37/tcp']);
    expect(await spots('a/b')).toEqual(['a/b 9/tcp']);
  });

  it('finds a port of two names free for both', async () => {
    const reports = await reportPort('999', 'tcp');
    expect(reports.map((one) => [one.name, one.free])).toEqual([
      ['first', true],
      ['second', true],
    ]);
  });

  it('takes digits for a name first', async () => {
    expect(await spots('13')).toEqual(['13 1300/tcp']);
  });

  it('knows nothing of freedom in other protocols', async () => {
    expect((await reportPort('rtmp'))[0]).toMatchObject({ free: undefined, holders: [] });
  });

  it('refuses what is neither name nor port', async () => {
    expect(await rejectionOf(reportPort('tme'))).toMatchObject({ code: 'UNKNOWN_SERVICE', exit: 2, hint: 'time' });
    expect((await rejectionOf(reportPort('qotd', 'udp'))).message).toContain('exists for tcp');
    expect((await rejectionOf(reportPort('qotd/udp'))).message).toContain('exists for tcp');
    expect((await rejectionOf(reportPort('70000'))).code).toBe('BAD_ENDPOINT');
  });

  it('names the process behind a listener', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const [report] = await reportPort(String(port), 'tcp');
    server.close();
    expect(report?.free).toBe(false);
    expect(report?.holders[0]).toMatchObject({ address: '127.0.0.1', scope: 'only this machine', state: 'LISTEN' });
    expect(report?.holders[0]?.holders.map((one) => one.pid)).toContain(process.pid);
  });

  it('tells TCP from UDP on the same number', async () => {
    const socket = createSocket('udp4').bind(0, '0.0.0.0');
    await once(socket, 'listening');
    const { port } = socket.address();
    const [udp] = await reportPort(String(port), 'udp');
    socket.close();
    expect(udp).toMatchObject({ free: false, holders: [{ proto: 'udp', scope: 'every interface' }] });
  });

  it('finds a port held by a connection without a listener', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [accepted] = (await once(server, 'connection')) as [Socket];
    const [report] = await reportPort(String(client.localPort), 'tcp');
    client.destroy();
    accepted.destroy();
    server.close();
    expect(report?.free).toBe(false);
    expect(report?.holders.map((one) => one.state)).toContain('ESTABLISHED');
  });

  it('finds a port free once its server has closed', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    expect((await reportPort(String(port), 'tcp'))[0]).toMatchObject({ free: true, holders: [] });
  });
});

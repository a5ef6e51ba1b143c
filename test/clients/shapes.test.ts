import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { openShapes, type ShapeSettings } from '../../src/clients/shapes.ts';
import { asConn, type Conn } from '../../src/net/conn.ts';
import { parseEndpoint } from '../../src/net/endpoint.ts';
import { closed, readBytes, readToEnd } from '../support/sockets.ts';
import { tcpPair } from '../support/tcp-pair.ts';

const folder = mkdtempSync(join(tmpdir(), 'nettk-shapes-'));
afterAll(() => rmSync(folder, { recursive: true }));
const PEER = parseEndpoint('tcp://127.0.0.1:7');

async function shaped(settings: ShapeSettings) {
  const [near, far] = await tcpPair();
  const shapes = await openShapes(settings);
  const bare: Conn = asConn(near, PEER);
  return { near: shapes.over(bare), far, bare, shapes };
}

describe('shapes', () => {
  it('leave the connection as it is where nothing is asked for', async () => {
    const { near, bare, far } = await shaped({});
    expect(near).toBe(bare);
    near.destroy();
    far.destroy();
  });

  it('send CRLF, double 0xFF, and refuse what a telnet peer asks for', async () => {
    const { near, far } = await shaped({ crlf: true, telnet: true });
    near.write(Buffer.from('a\n\xff', 'latin1'));
    expect(await readBytes(far, 5)).toEqual(Buffer.from('a\r\n\xff\xff', 'latin1'));
    far.end(Buffer.from([0x62, 0xff, 0xfd, 0x18, 0x63, 0xff, 0xff]));
    expect(await readToEnd(near)).toEqual(Buffer.from('bc\xff', 'latin1'));
    expect(await readBytes(far, 3)).toEqual(Buffer.from([0xff, 0xfc, 0x18]));
    near.end();
    await closed(near);
  });

  it('log the data as it is in the one file, the wire with its telnet commands in the other', async () => {
    const output = join(folder, 'raw');
    const hexDump = join(folder, 'hex');
    const { near, far, shapes } = await shaped({ crlf: true, telnet: true, output, hexDump });
    near.end('ask\n');
    expect((await readToEnd(far)).toString()).toBe('ask\r\n');
    far.end(Buffer.from([0xff, 0xfb, 0x01, 0x61]));
    await readToEnd(near);
    await closed(near);
    await shapes.close();
    expect(readFileSync(output, 'utf8')).toBe('ask\r\na');
    const lines = readFileSync(hexDump, 'utf8').split('\n');
    expect(lines.filter((line) => /^[<>] 0/.test(line)).map((line) => line.replace(/ +/g, ' '))).toEqual([
      '> 00000000 61 73 6b 0d 0a |ask..|',
      '< 00000000 ff fb 01 61 |...a|',
    ]);
    expect(lines[0]).toMatch(/^> \d{4}-\d\d-\d\dT[\d:.]+Z tcp:\/\/127\.0\.0\.1:7 5 bytes$/);
  });

  it('write the dump to standard output and standard error too', async () => {
    const stdout = new PassThrough();
    const wire = new PassThrough();
    const { near, far } = await shaped({ hexDump: '-', stdout, wire });
    near.write('hi');
    await readBytes(far, 2);
    expect(String(stdout.read())).toMatch(/^> .*\n> 00000000 {2}68 69 /);
    expect(String(wire.read())).toMatch(/^> .*\n> 00000000 {2}68 69 /);
    near.destroy();
    far.destroy();
  });

  it('end the connection with the error of a full disk', async () => {
    const { near, far, shapes } = await shaped({ output: '/dev/full' });
    const seen = closed(near.resume());
    near.write('x');
    expect(await seen).toMatchObject({ code: 'ENOSPC', message: expect.stringContaining('write /dev/full') });
    far.destroy();
    await expect(shapes.close()).rejects.toMatchObject({ code: 'ENOSPC' });
  });

  it('open the logs first: a file that cannot be written is told, and none stays open', async () => {
    const settings = { output: join(folder, 'first'), hexDump: join(folder, 'no/folder') };
    await expect(openShapes(settings)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('let go of a pause at once when the connection is closed', async () => {
    const { near, far } = await shaped({ lineDelayMs: 86_400_000, rate: 1 });
    near.write('a\nb\n');
    await readBytes(far, 1);
    near.destroy();
    far.destroy();
    await once(far, 'close');
    for (let i = 0; i < 10; i += 1) await new Promise(setImmediate);
    expect(process.getActiveResourcesInfo().filter((one) => one === 'Immediate').length).toBeLessThan(3);
  });
});

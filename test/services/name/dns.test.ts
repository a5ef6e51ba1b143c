import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import {
  type DecodedPacket,
  decode as decodeAny,
  encode,
  type Packet,
  type RecordType,
  streamDecode,
  streamEncode,
} from 'dns-packet';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../src/net/endpoint.ts';
import { readNetworks } from '../../../src/net/networks.ts';
import { serve } from '../../../src/net/serve.ts';
import { dnsFrame } from '../../../src/protocols/dns-frames.ts';
import type { Caller } from '../../../src/registry/log.ts';
import type { RegistrationInput } from '../../../src/registry/registration.ts';
import { NameHouse } from '../../../src/services/name/house.ts';
import { name } from '../../../src/services/name.ts';
import { serverContext } from '../../support/server-context.ts';
import { optionsOf } from '../../support/service-stages.ts';
import { askOverUdp, connectTo, openDatagramClient, readToEnd } from '../../support/sockets.ts';

/** The types leave the code out. */
const decode = (message: Buffer): DecodedPacket & { readonly rcode?: string } => decodeAny(message);

const ADMIN: Caller = { address: '127.0.0.1', port: 40_000, face: 'line', role: 'admin' };
const CALLER: Caller = { address: '127.0.0.1', port: 40_001, face: 'dns', role: 'reader' };

/** More queries at once than other services answer in a second. */
const MANY = 300;

const open: NameHouse[] = [];
const stops: AbortController[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) stop.abort();
  for (const house of open.splice(0)) await house.close();
});

async function openHouse(given: Readonly<Record<string, unknown>> = {}): Promise<NameHouse> {
  const stop = new AbortController();
  const house = await NameHouse.open((await optionsOf(name as never, given)) as never, serverContext(stop));
  open.push(house);
  stops.push(stop);
  return house;
}

/** Registers without a check. */
async function enter(house: NameHouse, service: string, more: Partial<RegistrationInput> = {}): Promise<void> {
  await house.registry.register({ name: service, port: 7, checks: [], ...more }, ADMIN);
}

const question = (asked: string, type: string, more: Packet = {}): Buffer =>
  encode({ type: 'query', id: 77, flags: 0x100, questions: [{ type: type as RecordType, name: asked }], ...more });

const edns = (size: number): Packet => ({
  additionals: [{ type: 'OPT', name: '.', udpPayloadSize: size, flags: 0, options: [] } as never],
});

/** The answer to a query over UDP with EDNS, or TCP. */
function ask(house: NameHouse, asked: string, type = 'A', carrier: 'udp' | 'tcp' = 'udp'): ReturnType<typeof decode> {
  return decode(house.dns.answer(question(asked, type, edns(1_232)), CALLER, carrier) as Buffer);
}

const dataOf = ({ answers }: DecodedPacket): unknown[] => (answers ?? []).map((one) => 'data' in one && one.data);
const authorities = (packet: DecodedPacket): unknown[] => (packet.authorities ?? []).map(({ type }) => type);

describe('a name in the zone', () => {
  it('has the addresses of a service, of each family, whatever the case', async () => {
    const house = await openHouse();
    await enter(house, 'echo', { address: '10.0.0.1' });
    await enter(house, 'echo', { address: '10.0.0.1', port: 8 });
    await enter(house, 'echo', { address: '2001:db8::1' });
    const packet = ask(house, 'ECHO.Nettk');
    expect(packet).toMatchObject({ rcode: 'NOERROR', flag_aa: true, flag_ra: false });
    expect(packet.answers).toMatchObject([{ type: 'A', name: 'ECHO.Nettk', ttl: 5, data: '10.0.0.1' }]);
    expect(dataOf(ask(house, 'echo.nettk', 'AAAA'))).toEqual(['2001:db8::1']);
  });

  it('has SRV records with a target for each, whose address comes along and can be asked for', async () => {
    const house = await openHouse();
    await enter(house, 'web', { address: '10.0.0.2', port: 81, weight: 3, priority: 2 });
    await enter(house, 'web', { address: '10.0.0.1', port: 80, weight: 9 });
    await enter(house, 'web', { address: '10.0.0.3', port: 82, protocol: 'udp' });
    const packet = ask(house, '_web._tcp.nettk', 'SRV');
    expect(dataOf(packet)).toEqual([
      { priority: 0, weight: 9, port: 80, target: '0a000001.web.nettk' },
      { priority: 2, weight: 3, port: 81, target: '0a000002.web.nettk' },
    ]);
    expect(packet.additionals).toMatchObject([
      { type: 'A', name: '0a000001.web.nettk', data: '10.0.0.1' },
      { type: 'A', name: '0a000002.web.nettk', data: '10.0.0.2' },
      { type: 'OPT' },
    ]);
    expect(dataOf(ask(house, '0a000002.web.nettk'))).toEqual(['10.0.0.2']);
    expect(dataOf(ask(house, '_web._udp.nettk', 'SRV'))).toMatchObject([{ port: 82 }]);
    expect(dataOf(ask(house, 'web.nettk', 'SRV'))).toHaveLength(3);
  });

  it('has what is registered besides as TXT, cut between characters where it is too long', async () => {
    const house = await openHouse();
    await enter(house, 'web', { id: 'one', description: 'é'.repeat(200), tags: ['blue'], meta: [['zone', 'a']] });
    const [strings] = dataOf(ask(house, 'web.nettk', 'TXT')) as [Buffer[]];
    const texts = strings.map(String);
    expect(texts).toEqual(['id=one', `description=${'é'.repeat(121)}`, 'tag=blue', 'zone=a']);
  });

  it('is not there, or has nothing of that type, and says how long that holds', async () => {
    const house = await openHouse();
    await enter(house, 'echo');
    for (const missing of [
      'nobody.nettk',
      '_echo._udp.nettk',
      'a.b.echo.nettk',
      'ff.echo.nettk',
      '_nobody._tcp.nettk',
    ]) {
      const packet = ask(house, missing);
      expect(packet, missing).toMatchObject({ rcode: 'NXDOMAIN', flag_aa: true, answers: [] });
      expect(packet.authorities, missing).toMatchObject([{ type: 'SOA', name: 'nettk', ttl: 1, data: { minimum: 1 } }]);
    }
    for (const [there, type] of [
      ['echo.nettk', 'AAAA'],
      ['echo.nettk', 'MX'],
      ['_echo._tcp.nettk', 'A'],
      ['_tcp.nettk', 'SRV'],
      ['nettk', 'A'],
      ['7f000001.echo.nettk', 'AAAA'],
    ] as const) {
      const packet = ask(house, there, type);
      expect(packet, there).toMatchObject({ rcode: 'NOERROR', answers: [] });
      expect(authorities(packet), there).toEqual(['SOA']);
    }
  });

  it('is hidden while it is down, but its address is still told to who has the SRV record', async () => {
    const house = await openHouse();
    await enter(house, 'echo');
    house.registry.renew('echo', undefined, ADMIN, { isWell: false, output: '' });
    const packet = ask(house, 'echo.nettk');
    expect(packet).toMatchObject({ rcode: 'NOERROR', answers: [] });
    expect(authorities(packet)).toEqual(['SOA']);
    expect(dataOf(ask(house, '7f000001.echo.nettk'))).toEqual(['127.0.0.1']);
  });

  it('gives its addresses in turn, and only the best ones', async () => {
    const house = await openHouse();
    for (const last of [1, 2, 3]) await enter(house, 'echo', { address: `10.0.0.${last}` });
    await enter(house, 'echo', { address: '10.0.0.9', priority: 5 });
    const first = Array.from({ length: 6 }, () => dataOf(ask(house, 'echo.nettk'))[0]);
    expect(new Set(first)).toEqual(new Set(['10.0.0.1', '10.0.0.2', '10.0.0.3']));
    expect(new Set(first.slice(0, 3)).size).toBe(3);
    expect(dataOf(ask(house, 'echo.nettk'))).toHaveLength(3);
  });

  it('takes turns with every question for itself: who asks for A and AAAA, or for SRV and its target, gets all', async () => {
    const house = await openHouse();
    for (const last of [1, 2]) await enter(house, 'echo', { address: `10.0.0.${last}` });
    const first = new Set<unknown>();
    const ports = new Set<unknown>();
    for (let i = 0; i < 4; i += 1) {
      first.add(dataOf(ask(house, 'echo.nettk'))[0]);
      ask(house, 'echo.nettk', 'AAAA');
      const [srv] = dataOf(ask(house, '_echo._tcp.nettk', 'SRV')) as [{ target: string }];
      ports.add(srv.target);
      ask(house, srv.target);
    }
    expect([first.size, ports.size]).toEqual([2, 2]);
  });

  it('is known by the zone alone as well: SOA with the number of the last change, and NS', async () => {
    const house = await openHouse({ zone: 'Svc.Example.COM.' });
    await enter(house, 'echo');
    const { index } = house.registry.changes;
    expect(dataOf(ask(house, 'svc.example.com', 'SOA'))).toMatchObject([
      { serial: index, mname: 'ns.svc.example.com' },
    ]);
    expect(dataOf(ask(house, 'svc.example.com', 'NS'))).toEqual(['ns.svc.example.com']);
    expect(dataOf(ask(house, 'echo.svc.example.com'))).toEqual(['127.0.0.1']);
  });

  it.each([
    '',
    'a..b',
    '-a',
    'a b',
    'x'.repeat(64),
    `${'a.'.repeat(60)}b`,
  ])('cannot be in the zone %j', async (zone) => {
    await expect(openHouse({ zone })).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('what is not answered', () => {
  it('is refused: other zones, ANY, transfers, other classes', async () => {
    const house = await openHouse();
    await enter(house, 'echo');
    for (const [asked, type] of [
      ['example.com', 'A'],
      ['xnettk', 'A'],
      ['.', 'NS'],
      ['echo.nettk', 'ANY'],
      ['nettk', 'AXFR'],
    ] as const) {
      expect(ask(house, asked, type), asked).toMatchObject({ rcode: 'REFUSED', answers: [] });
    }
    const chaos = encode({ type: 'query', id: 1, questions: [{ type: 'TXT', name: 'echo.nettk', class: 'CH' }] });
    expect(decode(house.dns.answer(chaos, CALLER, 'udp') as Buffer).rcode).toBe('REFUSED');
  });

  it('is junk: a code, or silence', async () => {
    const house = await openHouse();
    await enter(house, 'echo');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const message = Buffer.from(bytes);
        const answer = house.dns.answer(message, CALLER, 'udp') as Buffer | undefined;
        if (answer) expect(answer.readUInt16BE(0)).toBe(message.readUInt16BE(0));
        else expect(message.length < 12 || ((message[2] as number) & 0x80) !== 0).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the length of an answer', () => {
  it('is 512 bytes, or what EDNS allows up to 1,232, then TC, and all of it over TCP', async () => {
    const house = await openHouse();
    for (let i = 1; i <= 200; i += 1) await enter(house, 'big', { address: `10.0.0.${i}` });
    const over = (more: Packet, carrier: 'udp' | 'tcp'): Buffer =>
      house.dns.answer(question('big.nettk', 'A', more), CALLER, carrier) as Buffer;
    for (const [more, limit] of [
      [{}, 512],
      [edns(511), 512],
      [edns(1_231), 512],
      [edns(1_232), 1_232],
      [edns(65_535), 1_232],
    ] as const) {
      const message = over(more, 'udp');
      expect(message.length).toBeLessThanOrEqual(limit);
      expect(message.length).toBeGreaterThan(limit - 40);
      expect(decode(message).flag_tc).toBe(true);
    }
    const whole = decode(over({}, 'tcp'));
    expect(whole).toMatchObject({ flag_tc: false });
    expect(new Set(dataOf(whole)).size).toBe(200);
  });

  it('over TCP is what a message holds, for a service of many thousands', async () => {
    const house = await openHouse();
    for (let i = 0; i < 3_000; i += 1) {
      await enter(house, 'huge', { address: `10.1.${i >> 8}.${i & 255}`, port: 1 + i });
    }
    const message = house.dns.answer(question('huge.nettk', 'SRV'), CALLER, 'tcp') as Buffer;
    expect(message.length).toBeLessThanOrEqual(65_535);
    expect(dataOf(decode(message)).length).toBeGreaterThan(1_000);
  }, 30_000);
});

describe('lookups by DNS', () => {
  it('are counted and logged, from cache or not', async () => {
    const house = await openHouse();
    await enter(house, 'echo');
    ask(house, 'echo.nettk');
    ask(house, 'echo.nettk');
    ask(house, 'nobody.nettk');
    expect(house.registry.counters).toMatchObject({ lookups: 3, hits: 1, unknown: 1 });
    await enter(house, 'echo', { port: 8 });
    ask(house, 'echo.nettk');
    expect(house.registry.counters).toMatchObject({ lookups: 4, hits: 1 });
    expect(house.registry.top(1)[0]).toMatchObject({ name: 'echo', asked: 3 });
  });
});

/** A server with the face, for real sockets. */
async function startDns(
  given: Readonly<Record<string, unknown>> = {},
  limits: { udpRate?: number; onRefused?: (reason: string) => void } = {},
) {
  const server = await serve(name, {
    endpoints: ['tcp://127.0.0.1:0'],
    faces: { dns: ['tcp://127.0.0.1:0', 'udp://127.0.0.1:0'] },
    options: (await optionsOf(name as never, given)) as never,
    udpRate: limits.udpRate,
    listeners: { refused: ({ reason }) => limits.onRefused?.(reason) },
  });
  const [line, tcp, udp] = server.endpoints as [Endpoint, Endpoint, Endpoint];
  const socket = await connectTo(line);
  socket.write('register echo 7 check=none\n');
  await once(socket, 'data');
  socket.destroy();
  return { server, tcp, udp };
}

describe('the face on sockets', () => {
  it('answers over UDP, and several queries of one connection in their order', async () => {
    const { server, tcp, udp } = await startDns();
    const client = await openDatagramClient();
    expect(dataOf(decode(await askOverUdp(client, udp, question('echo.nettk', 'A'))))).toEqual(['127.0.0.1']);
    client.close();
    const socket = await connectTo(tcp);
    const asked = ['echo.nettk', 'nobody.nettk', 'echo.nettk'];
    socket.end(
      Buffer.concat(asked.map((one, id) => streamEncode({ type: 'query', id, questions: [{ type: 'A', name: one }] }))),
    );
    let bytes = await readToEnd(socket);
    const rcodes: unknown[] = [];
    while (bytes.length > 0) {
      const packet = streamDecode(bytes) as ReturnType<typeof decode>;
      rcodes.push([packet.id, packet.rcode]);
      bytes = bytes.subarray(2 + bytes.readUInt16BE(0));
    }
    expect(rcodes).toEqual([
      [0, 'NOERROR'],
      [1, 'NXDOMAIN'],
      [2, 'NOERROR'],
    ]);
    await server.close();
  });

  it('ends a connection that says what is no query', async () => {
    const { server, tcp } = await startDns();
    const socket = await connectTo(tcp);
    socket.write(Buffer.from([0, 3, 1, 2, 3]));
    expect(await readToEnd(socket)).toHaveLength(0);
    await server.close();
  });

  it('answers any number on this machine', async () => {
    const { server, udp } = await startDns();
    const client = await openDatagramClient();
    const heard = Promise.withResolvers<void>();
    let count = 0;
    client.on('message', () => {
      count += 1;
      if (count === MANY) heard.resolve();
    });
    for (let i = 0; i < MANY; i += 1) client.send(question('echo.nettk', 'A'), udp.port, udp.host);
    await heard.promise;
    client.close();
    await server.close();
  });

  it('answers no more than the operator says', async () => {
    const refused = Promise.withResolvers<string>();
    const { server, udp } = await startDns({}, { udpRate: 5, onRefused: (reason) => refused.resolve(reason) });
    const client = await openDatagramClient();
    for (let i = 0; i < MANY; i += 1) client.send(question('echo.nettk', 'A'), udp.port, udp.host);
    expect(await refused.promise).toBe('too many from one source');
    client.close();
    await server.close();
  });
});

/** A DNS server that says what a test wants; its answers are to the query it got. */
async function startUpstream(answer: (query: Buffer) => readonly Buffer[]) {
  const socket = createSocket('udp4');
  const asked: Buffer[] = [];
  socket.on('message', (message, from) => {
    asked.push(message);
    for (const reply of answer(message)) socket.send(reply, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { asked, forward: `127.0.0.1:${socket.address().port}`, close: () => socket.close() };
}

function reply(query: Buffer, address: string, more: Packet = {}): Buffer {
  const { id, questions } = decode(query);
  const asked = questions ?? [];
  return encode({
    type: 'response',
    id: id ?? 0,
    questions: asked,
    answers: [{ type: 'A', name: asked[0]?.name ?? '', data: address }],
    ...more,
  });
}

describe('other names', () => {
  it('are passed on with another number, and the answer to the question passed back with the old one', async () => {
    const upstream = await startUpstream((query) => [
      // Forgeries: another number, another question, a query.
      reply(query, '6.6.6.6', { id: (decode(query).id ?? 0) ^ 1 }),
      reply(query, '6.6.6.6', { questions: [{ type: 'A', name: 'evil.example' }] }),
      reply(query, '6.6.6.6', { type: 'query' }),
      Buffer.from('x'),
      reply(query, '192.0.2.7'),
    ]);
    const house = await openHouse({ forward: upstream.forward });
    const answer = await house.dns.answer(question('WWW.example.com', 'A'), CALLER, 'udp');
    expect(decode(answer as Buffer)).toMatchObject({ id: 77, rcode: 'NOERROR', answers: [{ data: '192.0.2.7' }] });
    expect(ask(house, 'echo.nettk')).toMatchObject({ rcode: 'NXDOMAIN', flag_ra: true });
    expect(upstream.asked).toHaveLength(1);
    upstream.close();
  });

  it('are to be asked for over TCP where the answer is longer than what we send, or the client takes', async () => {
    const long = [{ type: 'TXT', name: 'a.com', data: Array.from({ length: 8 }, () => 'x'.repeat(250)) }] as const;
    const short = [{ type: 'TXT', name: 'a.com', data: Array.from({ length: 3 }, () => 'x'.repeat(250)) }] as const;
    let answers: typeof long | typeof short = long;
    const upstream = await startUpstream((query) => [reply(query, '', { answers: [...answers] })]);
    const house = await openHouse({ forward: upstream.forward });
    const over = async (more: Packet): Promise<Buffer> =>
      (await house.dns.answer(question('a.com', 'TXT', more), CALLER, 'udp')) as Buffer;
    const cut = { id: 77, rcode: 'NOERROR', flag_tc: true, flag_ra: true, answers: [] };
    expect(decode(await over(edns(4_096)))).toMatchObject({ ...cut, additionals: [{ type: 'OPT' }] });
    answers = short;
    expect(decode(await over({}))).toMatchObject(cut);
    expect(decode(await over(edns(700)))).toMatchObject(cut);
    expect(decode(await over(edns(800)))).toMatchObject({ flag_tc: false, answers: [{ type: 'TXT' }] });
    upstream.close();
  });

  it('hold up nothing else on their connection', async () => {
    const slow = createServer();
    slow.listen(0, '127.0.0.1');
    await once(slow, 'listening');
    const { server, tcp } = await startDns({ forward: `127.0.0.1:${(slow.address() as AddressInfo).port}` });
    const socket = await connectTo(tcp);
    const query = (id: number, asked: string): Buffer =>
      streamEncode({ type: 'query', id, questions: [{ type: 'A', name: asked }] });
    const asked = once(slow, 'connection');
    socket.write(query(1, 'example.com'));
    const [other] = (await asked) as [Socket];
    socket.end(query(2, 'echo.nettk'));
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(streamDecode(first).id).toBe(2);
    const [forwarded] = (await once(other, 'data')) as [Buffer];
    other.end(dnsFrame(reply(forwarded.subarray(2), '192.0.2.7')));
    expect(streamDecode(await readToEnd(socket))).toMatchObject({ id: 1, answers: [{ data: '192.0.2.7' }] });
    await server.close();
    slow.close();
  });

  it('get SERVFAIL where the other server is not there', async () => {
    const upstream = await startUpstream(() => []);
    upstream.close();
    const house = await openHouse({ forward: upstream.forward });
    const answer = await house.dns.answer(question('example.com', 'A'), CALLER, 'udp');
    expect(decode(answer as Buffer)).toMatchObject({ id: 77, rcode: 'SERVFAIL' });
    const overTcp = await house.dns.answer(question('example.com', 'A'), CALLER, 'tcp');
    expect(decode(overTcp as Buffer)).toMatchObject({ id: 77, rcode: 'SERVFAIL' });
  });

  it('are not looked up for everybody', async () => {
    const upstream = await startUpstream((query) => [reply(query, '192.0.2.7')]);
    const rcodeFor = async (house: NameHouse, address: string): Promise<unknown> =>
      decode((await house.dns.answer(question('a.com', 'A'), { ...CALLER, address }, 'udp')) as Buffer).rcode;
    const usual = await openHouse({ forward: upstream.forward });
    for (const near of ['10.1.2.3', '192.168.0.1', '172.31.0.1', '169.254.1.1', '::1', 'fd00::1', 'fe80::1']) {
      expect(await rcodeFor(usual, near), near).toBe('NOERROR');
    }
    for (const far of ['192.0.2.1', '172.32.0.1', '100.64.0.1', '2001:db8::1', '1.127.0.0', '110.0.0.1']) {
      expect(await rcodeFor(usual, far), far).toBe('REFUSED');
    }
    const chosen = await openHouse({ forward: upstream.forward, forwardFor: readNetworks('192.0.2.0/24') });
    expect(await rcodeFor(chosen, '192.0.2.1')).toBe('NOERROR');
    expect(await rcodeFor(chosen, '10.1.2.3')).toBe('REFUSED');
    upstream.close();
  });

  it.each([
    'example.com',
    '',
    '10.0.0.1:0',
    '10.0.0.1:70000',
    '[::1',
    '::1:53:x',
    '0.0.0.0',
  ])('cannot be passed on to %j', async (forward) => {
    await expect(openHouse({ forward })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it.each([
    '10.0.0.1',
    '10.0.0.1:5353',
    '::1',
    '[::1]:5353',
    '2001:db8::53',
  ])('can be passed on to %j', async (forward) => {
    await openHouse({ forward });
  });
});

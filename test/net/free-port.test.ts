import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { tryPort } from '../../src/net/free-port.ts';

async function listenOn(host: string) {
  const server = createServer();
  server.listen(0, host);
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

describe('tryPort', () => {
  it.each(['127.0.0.1', '0.0.0.0', '::1', '::'])('finds a TCP port held on %s', async (host) => {
    const { server, port } = await listenOn(host);
    const trial = await tryPort(port, 'tcp');
    server.close();
    expect(trial.result).toBe('held');
    expect(trial.heldOn).toContain(host);
  });

  it('finds a port free again once its server has closed', async () => {
    const { server, port } = await listenOn('127.0.0.1');
    server.close();
    await once(server, 'close');
    expect(await tryPort(port, 'tcp')).toEqual({ result: 'free', heldOn: [] });
  });

  it('finds a UDP port held, even one that others may share', async () => {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    const udp = await tryPort(port, 'udp');
    socket.close();
    expect(udp.result).toBe('held');
    expect(udp.heldOn).toContain('127.0.0.1');
  });

  it('leaves the port free behind itself', async () => {
    const { server, port } = await listenOn('127.0.0.1');
    server.close();
    await once(server, 'close');
    await tryPort(port, 'tcp');
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
  });
});

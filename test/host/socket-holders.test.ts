import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { listSockets } from '../../src/host/proc-net.ts';
import { findHolders } from '../../src/host/socket-holders.ts';

describe('findHolders', () => {
  it('finds the process that holds a socket, with name, command line and user', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const socket = listSockets(['tcp']).find((one) => one.port === port && one.listening);
    const inode = socket?.inode ?? 0;
    const holders = findHolders(new Set([inode])).byInode.get(inode);
    server.close();
    const self = Number(readlinkSync('/proc/self'));
    const mine = holders?.find((one) => one.pid === self);
    expect(mine).toMatchObject({ pid: self, uid: process.geteuid?.() });
    expect(mine?.process).not.toBe('');
    expect(mine?.command).toContain('node');
    expect(mine?.command).not.toContain('\0');
  });

  it('finds nobody for a socket that does not exist', () => {
    expect(findHolders(new Set([2 ** 40])).byInode.size).toBe(0);
  });
});

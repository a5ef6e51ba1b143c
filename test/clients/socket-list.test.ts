import { describe, expect, it } from 'vitest';
import { bindScope, describeOwner, listOwnedSockets, socketFields } from '../../src/clients/socket-list.ts';

describe('bindScope', () => {
  it.each([
    ['0.0.0.0', 'every interface'],
    ['::', 'every interface'],
    ['::ffff:0.0.0.0', 'every interface'],
    ['127.0.0.1', 'only this machine'],
    ['127.8.9.1', 'only this machine'],
    ['::1', 'only this machine'],
    ['::ffff:127.0.0.1', 'only this machine'],
    ['/run/socket', 'only this machine'],
    ['@abstract', 'only this machine'],
    ['', 'only this machine'],
    ['fe80::1', 'only this link'],
    ['169.254.0.1', 'only this link'],
    ['192.0.2.1', 'only this address'],
    ['2001:db8::1', 'only this address'],
    ['fd00::1', 'only this address'],
  ])('says of %j: %s', (address, scope) => {
    expect(bindScope(address)).toBe(scope);
  });
});

describe('describeOwner', () => {
  it('names every process that shares a socket, and says why nobody is named', () => {
    const holder = { process: 'web', command: 'web -x', uid: 33 };
    const holders = [
      { pid: 7, ...holder },
      { pid: 8, ...holder },
    ];
    expect(describeOwner({ holders, unknownOwner: undefined })).toBe('web (7, 8)');
    expect(describeOwner({ holders: [], unknownOwner: 'not permitted' })).toBe('unknown (not permitted)');
  });
});

describe('listOwnedSockets', () => {
  it('sorts by protocol and port, and leaves no socket without an owner or a reason', () => {
    const sockets = listOwnedSockets({ protocols: ['tcp', 'udp', 'unix'] });
    const keys = sockets.map((one) => [['tcp', 'udp', 'unix'].indexOf(one.proto), one.port ?? 0] as const);
    expect(keys).toEqual([...keys].sort((a, b) => a[0] - b[0] || a[1] - b[1]));
    for (const one of sockets) expect(one.holders.length > 0).toBe(one.unknownOwner === undefined);
    for (const one of sockets) expect(socketFields(one)).toHaveProperty('scope', one.scope);
  });
});

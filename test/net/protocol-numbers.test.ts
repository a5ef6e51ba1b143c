import { describe, expect, it } from 'vitest';
import { getProtoByName, parseProtocols } from '../../src/net/protocol-numbers.ts';
import { failureOf } from '../support/errors.ts';
import { needs } from '../support/needs.ts';
import { askPython } from '../support/python.ts';

describe('getProtoByName', () => {
  it('knows the numbers that getprotobyname(3) knows', (context) => {
    needs(context, 'python3');
    const names = ['ip', 'icmp', 'tcp', 'TCP', 'udp', 'UDP', 'ipv6', 'gre', 'sctp', 'udplite'];
    expect(names.map(getProtoByName)).toEqual(askPython('socket', 'socket.getprotobyname(x)', names));
  });

  it('refuses what is no protocol', () => {
    expect(failureOf(() => getProtoByName('Tcp'))).toMatchObject({ code: 'NOT_FOUND', exit: 2 });
  });
});

describe('parseProtocols', () => {
  it('lets the first line win, takes aliases, skips comments and numbers that are none', () => {
    const numbers = parseProtocols('# x\ntcp 6 TCP # alias\r\ntcp 7\nbad x1\n\t odd\t9\tODD\n');
    expect([...numbers]).toEqual([
      ['tcp', 6],
      ['TCP', 6],
      ['odd', 9],
      ['ODD', 9],
    ]);
  });
});

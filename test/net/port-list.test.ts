import { describe, expect, it } from 'vitest';
import { MAX_PORTS_IN_LIST, parsePortList } from '../../src/net/port-list.ts';

describe('parsePortList', () => {
  it.each([
    ['80', [80]],
    ['0', [0]],
    ['80,443', [80, 443]],
    ['8000-8002', [8000, 8001, 8002]],
    ['8001,8000-8002', [8001, 8000, 8002]],
    ['http,https', [80, 443]],
    ['ftp-data', [20]],
    ['65535-65535', [65535]],
  ])('reads %s', (text, ports) => {
    expect(parsePortList(text)).toEqual(ports);
  });

  it('looks names up for the protocol asked for', () => {
    expect(parsePortList('syslog', 'udp')).toEqual([514]);
    expect(() => parsePortList('syslog,imaps', 'udp')).toThrow('imaps');
  });

  it.each([
    ['', 'missing'],
    ['80,', 'missing'],
    ['82-80', 'a range goes up'],
    ['1-70000', '0 to 65535'],
    ['0x50-90', '0x50-90'],
    ['-5', '"-5"'],
    ['nosuch', 'unknown service name'],
    [`1-${MAX_PORTS_IN_LIST + 1}`, 'more than 1024 ports'],
    [`1-${MAX_PORTS_IN_LIST},3000`, 'more than 1024 ports'],
  ])('refuses %j', (text, words) => {
    expect(() => parsePortList(text)).toThrow(words);
  });
});

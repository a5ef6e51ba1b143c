import { describe, expect, it } from 'vitest';
import { reportHost, reportInterfaces, reportNetwork } from '../../src/clients/address-report.ts';
import { rejectionOf } from '../support/errors.ts';
import { needs } from '../support/needs.ts';
import { askPython } from '../support/python.ts';

describe('reportHost', () => {
  it('lists the addresses of a host in the order of the system', async (context) => {
    needs(context, 'python3');
    const theirs = askPython('socket', '[a[4][0] for a in socket.getaddrinfo(x, 0, type=1)]', ['localhost']);
    expect((await reportHost('localhost', true)).map((one) => one.address)).toEqual(theirs[0]);
  });

  it('names a literal and its class', async () => {
    const [report] = await reportHost('127.0.0.1');
    expect(report).toMatchObject({ family: 4, class: { name: 'loopback' }, failure: undefined });
    expect(report?.name).toMatch(/[a-z]/);
    expect((await reportHost('127.0.0.1', true))[0]?.name).toBeUndefined();
  });

  it('refuses loose literals', async () => {
    for (const text of ['127.1', '0x7f.1', '010.0.0.1', '2130706433']) {
      expect(await rejectionOf(reportHost(text))).toMatchObject({ code: 'BAD_ENDPOINT', exit: 2 });
    }
  });
});

describe('reportInterfaces', () => {
  it('lists loopback with its prefix', () => {
    const loopback = reportInterfaces().find((one) => one.address === '127.0.0.1');
    expect(loopback).toMatchObject({ prefix: 8, class: { name: 'loopback' } });
  });
});

describe('reportNetwork', () => {
  it('adds the class to the arithmetic, none where there are several', () => {
    expect(reportNetwork('100.64.0.0/10').class?.name).toBe('cgnat');
    expect(reportNetwork('100.0.0.0/8').class).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { nameText } from '../../src/cli/name-text.ts';

const ECHO = { name: 'echo', id: 'e1', host: '10.0.0.1', port: 7, status: 'up', description: 'The echo', ttl: 5 };

describe('nameText', () => {
  it('is addresses and ports for a lookup, IPv6 in brackets', () => {
    expect(nameText('lookup', [ECHO, { ...ECHO, host: '::1' }])).toBe('10.0.0.1:7\n[::1]:7\n');
  });

  it('is what became of it for a change', () => {
    expect(nameText('register', [ECHO])).toBe('echo/e1 up\n');
  });

  it('is all that is known for show', () => {
    expect(nameText('show', [{ ...ECHO, tags: ['a', 'b'], meta: { v: '1' }, checks: ['tcp up'] }])).toBe(
      [
        'echo/e1',
        '   target       10.0.0.1:7',
        '   status       up',
        '   description  The echo',
        '   ttl          5',
        '   tags         a',
        '   tags         b',
        '   meta.v       1',
        '   checks       tcp up',
        '',
      ].join('\n'),
    );
  });

  it('is a table for lists, and says how much was cut', () => {
    const services = [
      { name: 'echo', instances: 2, served: 1, index: 4, description: 'The echo' },
      { name: '...', more: 3 },
    ];
    expect(nameText('list', services)).toBe(
      'SERVICE  SERVED  DESCRIPTION\necho     1 of 2  The echo\n...      3 more\n',
    );
    expect(nameText('top', [{ name: 'echo', asked: 9, hits: 8, last: 'T' }])).toBe(
      'SERVICE  ASKED  FROM CACHE  LAST\necho     9      8           T\n',
    );
  });

  it('is a line for each thing that happens', () => {
    expect(nameText('watch', [{ index: 7, time: 'T', event: 'registered', ...ECHO }])).toBe(
      'T 7 registered echo/e1 10.0.0.1:7 up\n',
    );
    expect(nameText('watch', [{ index: 7, time: 'T', event: 'up', ...ECHO }])).toBe('T 7 up echo/e1 10.0.0.1:7\n');
    expect(nameText('watch', [{ index: 7, event: 'reset', time: undefined }])).toBe('7 reset\n');
    const record = {
      time: 'T',
      event: 'lookup',
      name: 'echo',
      client: '10.0.0.9:5',
      face: 'line',
      answer: '10.0.0.1:7',
    };
    expect(
      nameText('log', [
        { ...record, cached: true, count: 3 },
        { time: 'T', event: 'up', name: 'echo', id: 'e1' },
      ]),
    ).toBe('T lookup echo by 10.0.0.9:5 (line): 10.0.0.1:7 (from cache, 3 times)\nT up echo/e1\n');
  });

  it('cannot drive a terminal', () => {
    const evil = { ...ECHO, name: 'a\x1b[2J', id: 'b\nc', description: '\u202e', answer: '\x07', event: 'x', time: '' };
    for (const action of ['register', 'show', 'list', 'top', 'watch', 'log']) {
      expect(nameText(action, [evil])).not.toMatch(/[\x1b\x07\u202e]|\nc/);
    }
  });
});

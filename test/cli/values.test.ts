import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { camelCase, parseDuration, parseSize, parseValue } from '../../src/cli/values.ts';

describe('parseDuration', () => {
  it.each([
    ['250ms', 250],
    ['2.5s', 2500],
    ['1m', 60_000],
    ['1h', 3_600_000],
    ['365d', 31_536_000_000],
    ['3', 3000],
    ['.5', 500],
    ['0', 0],
  ])('reads %s', (text, ms) => {
    expect(parseDuration('option --x', text)).toBe(ms);
  });

  it.each([
    '',
    '-1',
    '+1',
    '1e3',
    '0x10',
    'NaN',
    'Infinity',
    '1 s',
    '1w',
    'ms',
    '1.',
    '1,5',
    '9'.repeat(400),
    '١',
  ])('refuses %j', (text) => {
    expect(() => parseDuration('option --x', text)).toThrow(/^option --x: .* is not a duration$/);
  });
});

describe('networks', () => {
  it('are read as a set, and refused with the option in front', async () => {
    const spec = { type: 'networks', describe: 'x' } as const;
    const networks = (await parseValue('option --x', spec, '10.0.0.0/8,::1')) as { has(address: string): boolean };
    expect([networks.has('10.1.1.1'), networks.has('::1'), networks.has('11.0.0.1')]).toEqual([true, true, false]);
    await expect(parseValue('option --x', spec, '10.0.0.0/99')).rejects.toThrow('option --x: rule "10.0.0.0/99"');
  });
});

describe('parseSize', () => {
  it.each([
    ['0', 0],
    ['512', 512],
    ['64k', 65_536],
    ['64K', 65_536],
    ['10M', 10_485_760],
    ['1.5G', 1_610_612_736],
  ])('reads %s', (text, bytes) => {
    expect(parseSize('option --x', text)).toBe(bytes);
  });

  it.each(['', '-1', '1e3', '0x10', '1kb', 'k', '1 k', '9'.repeat(20), '9007199254740993'])('refuses %j', (text) => {
    expect(() => parseSize('option --x', text)).toThrow(/^option --x: .* is not a size$/);
  });
});

describe('parseValue', () => {
  it('reads back every whole number in range and refuses those outside', async () => {
    const spec = { type: 'integer', describe: '', min: -5, max: 5 } as const;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -50, max: 50 }), async (value) => {
        const parsed = parseValue('option --x', spec, String(value));
        if (value < -5) await expect(parsed).rejects.toThrow(`option --x: ${value} is too little, at least -5`);
        else if (value > 5) await expect(parsed).rejects.toThrow(`option --x: ${value} is too much, at most 5`);
        else expect(await parsed).toBe(value);
      }),
    );
  });

  it.each([
    ['duration', undefined, '25d', '25d is too much, at most 24d'],
    ['duration', undefined, '99999999', '99999999 is too much, at most 24d'],
    ['duration', 365 * 864e5, '366d', '366d is too much, at most 365d'],
    ['duration', 90_000, '2m', '2m is too much, at most 90s'],
    ['duration', 1_500, '2', '2 is too much, at most 1500ms'],
    ['size', 65_536, '65k', '65k is too much, at most 64k'],
    ['size', 2 ** 31, '1t', '1t is too much, at most 2G'],
  ] as const)('of a %s with the maximum %j refuses %s and names the limit as one types it', async (type, max, text, reason) => {
    const spec = { type, describe: '', ...(max === undefined ? {} : { max }) };
    await expect(parseValue('option --x', spec, text)).rejects.toThrow(`option --x: ${reason}`);
  });

  it('takes a duration of 24 days, below what a timer can be set for', async () => {
    expect(await parseValue('option --x', { type: 'duration', describe: '' }, '24d')).toBe(2_073_600_000);
  });

  it('puts the option before what the port parser says, once, with its code and hint', async () => {
    const port = parseValue('option --port', { type: 'port', describe: '' }, '080');
    await expect(port).rejects.toMatchObject({ code: 'BAD_ENDPOINT', exit: 2 });
    await expect(port).rejects.toThrow(/^option --port: port "080": /);
  });
});

describe('camelCase', () => {
  it('joins the words of an option name', () => {
    expect(camelCase('max-connections')).toBe('maxConnections');
    expect(camelCase('http1.0')).toBe('http1.0');
  });
});

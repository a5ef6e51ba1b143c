import { expect, it } from 'vitest';
import { SHAPE_OPTIONS, shapeSettings } from '../../src/cli/shape-options.ts';
import { optionValues } from '../../src/cli/values.ts';
import { fakeIo } from '../support/fake-io.ts';

const io = fakeIo();
async function settings(typed: Readonly<Record<string, string | boolean>>, verbose = 0) {
  const values = await optionValues(SHAPE_OPTIONS, (name) => typed[name]);
  return shapeSettings({ ...(values as unknown as Parameters<typeof shapeSettings>[0]), verbose }, io);
}

it('asks for nothing where nothing was typed, so that no shape is loaded', async () => {
  expect(await settings({})).toBeUndefined();
  expect(await settings({}, 1)).toBeUndefined();
});

it('turns what was typed into settings', async () => {
  const typed = {
    crlf: true,
    telnet: true,
    'line-delay': '2.5',
    rate: '64k',
    output: 'a',
    'hex-dump': '-',
    append: true,
  };
  expect(await settings(typed)).toMatchObject({
    crlf: true,
    telnet: true,
    lineDelayMs: 2_500,
    rate: 65_536,
    output: 'a',
    hexDump: '-',
    append: true,
    stdout: io.stdout,
  });
});

it('shows the wire on standard error with -vv', async () => {
  expect((await settings({}, 2))?.wire).toBe(io.stderr);
});

it('refuses --append without a file, and one file for two logs', async () => {
  await expect(settings({ append: true })).rejects.toThrow('there is no log file');
  await expect(settings({ output: 'x', 'hex-dump': 'x' })).rejects.toThrow('both write x');
});

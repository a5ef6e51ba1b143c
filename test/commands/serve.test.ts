import { describe, expect, it } from 'vitest';
import { serveCommand } from '../../commands/serve.ts';
import { runCli } from '../../src/cli/run.ts';
import { fakeIo } from '../support/fake-io.ts';

describe('nettk serve', () => {
  it.each([
    [['echo:0:99'], 'nettk: "echo:0:99": service "0:99": unknown'],
    [['echo:'], 'nettk: "echo:": port "": missing'],
    [['echo:-1'], 'nettk: "echo:-1": port "-1": '],
    [['echo', '--port', '99999'], 'nettk: option --port: port "99999": '],
    [[':7'], 'nettk: service "": not known; try '],
    [['ecko'], 'nettk: service "ecko": not known; try echo, '],
    [['echo', 'time', '--port', '7'], 'nettk: option --port: several services cannot share a port; try '],
  ])('refuses %j by name and binds nothing', async (words, message) => {
    const io = fakeIo();
    expect(await runCli(['serve', ...words], [serveCommand], io)).toBe(2);
    expect(io.err().startsWith(message)).toBe(true);
    expect(io.err()).not.toContain('listening');
  });
});

import { describe, expect, it } from 'vitest';
import { RELAY_WS_OPTIONS, type RelayWs, type RelayWsValues, relayWs } from '../../src/cli/relay-ws.ts';
import { optionValues } from '../../src/cli/values.ts';
import { parseSide } from '../../src/clients/relay/side.ts';

async function settings(sides: readonly string[], typed: Readonly<Record<string, true | string>>): Promise<RelayWs> {
  const values = (await optionValues(RELAY_WS_OPTIONS, (name) => typed[name])) as RelayWsValues;
  return relayWs(values, sides.map(parseSide));
}

describe('the WebSocket options of a relay', () => {
  it('reach the side that dials and the side that listens', async () => {
    const typed = { 'ws-lines': true, 'ws-message-size': '1k', 'ws-deflate': true } as const;
    const expected = { lines: true, messageBytes: 1_024, deflate: true };
    const { dial, listen } = await settings(['ws-listen://127.0.0.1:0', 'ws://127.0.0.1:8080'], typed);
    expect(dial).toMatchObject(expected);
    expect(listen).toMatchObject(expected);
  });

  it.each([
    ['ws-lines', 'no side is a WebSocket'],
    ['ws-header', 'no side is dialled as a WebSocket'],
  ])('--%s is refused where %s', async (name, reason) => {
    const typed = { [name]: name === 'ws-header' ? 'A: b' : true } as const;
    await expect(settings(['tcp-listen://127.0.0.1:0', 'tcp://127.0.0.1:8080'], typed)).rejects.toThrow(
      `option --${name}: ${reason}`,
    );
  });
});

import { type Duplex, duplexPair } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { NameClient } from '../../src/protocols/name-client.ts';

function openClient(timeoutMs = 60_000) {
  const [near, far] = duplexPair();
  const stop = new AbortController();
  near.on('error', () => {});
  far.setEncoding('utf8');
  return { client: new NameClient(near, { timeoutMs, signal: stop.signal }), far: far as Duplex, stop };
}

describe('NameClient', () => {
  it('asks one command after the other', async () => {
    const { client, far } = openClient();
    far.write('10.0.0.1:7 name=echo\n.\n.\n');
    expect(await client.ask('lookup echo')).toEqual([{ word: '10.0.0.1:7', fields: [['name', 'echo']] }]);
    expect(await client.ask('list')).toEqual([]);
    expect(far.read()).toBe('lookup echo\nlist\n');
  });

  it("fails with the server's words, which cannot drive a terminal", async () => {
    const { client, far } = openClient();
    far.write('error: echo: not \u202eregistered; try list\n.\n');
    await expect(client.ask('lookup echo')).rejects.toMatchObject({
      code: 'REFUSED',
      message: 'echo: not \\u202eregistered; try list',
    });
  });

  it('follows until the server ends it', async () => {
    const { client, far } = openClient();
    far.write('1 event=up\n2 event=down\n.\n');
    const seen: string[] = [];
    for await (const { word } of client.follow('watch')) seen.push(word);
    expect(seen).toEqual(['1', '2']);
  });

  it('fails where the server says nothing, leaves, or talks about something else', async () => {
    await expect(openClient(1).client.ask('list')).rejects.toThrow('no answer within 0.001 s');
    const left = openClient();
    left.far.end('10.0.0.1:7 name=echo\n');
    await expect(left.client.ask('list')).rejects.toThrow('it closed the connection');
    const other = openClient();
    other.far.write('220 mail.example.org ESMTP\n.\n');
    await expect(other.client.ask('list')).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  it("gives up with the signal's reason", async () => {
    const { client, stop } = openClient();
    const asking = client.ask('list');
    stop.abort(new Error('enough'));
    await expect(asking).rejects.toThrow('enough');
  });
});

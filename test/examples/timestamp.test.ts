import { describe, expect, it } from 'vitest';
import { runExample, stamped, startExample } from './fixture.ts';

const PAIRS = [
  ['tcp-server', 'tcp-client'],
  ['udp-server', 'udp-client'],
  ['request-handler-server', 'request-handler-client'],
  ['event-server', 'event-client'],
] as const;

describe.each(PAIRS)('the chapter example %s', (serverName, clientName) => {
  it(`answers each message of ${clientName} with the time in front, and ends in order at SIGINT`, async () => {
    const server = await startExample(serverName);
    const client = await runExample(clientName, server.port, 'hello\nzwei Wörter\n');
    expect(client).toEqual({ code: 0, stdout: expect.stringMatching(stamped('hello', 'zwei Wörter')), stderr: '' });
    expect(await server.stop()).toBe(0);
  });

  it('ends its client at an empty line', async () => {
    const server = await startExample(serverName);
    const client = await runExample(clientName, server.port, 'hello\n\nnever sent\n');
    expect(client).toEqual({ code: 0, stdout: expect.stringMatching(stamped('hello')), stderr: '' });
    await server.stop();
  });
});

describe('the chapter examples against each other', () => {
  it('lets the request-handler client talk to the one-at-a-time and the event-driven server', async () => {
    for (const name of ['tcp-server', 'event-server']) {
      const server = await startExample(name);
      const client = await runExample('request-handler-client', server.port, 'one\ntwo\n');
      expect(client.code).toBe(0);
      expect(client.stdout.replaceAll('\r', '')).toMatch(stamped('one', 'two'));
      await server.stop();
    }
  });

  it('lets the event-driven client, which sends no line end, talk to the one-at-a-time server', async () => {
    const server = await startExample('tcp-server');
    const { code, stdout } = await runExample('event-client', server.port, 'hello\n');
    expect(code).toBe(0);
    expect(stdout.replace('\n\n', '\n')).toMatch(stamped('hello'));
    await server.stop();
  });

  it('tells the event-driven client that nobody is there', async () => {
    const server = await startExample('tcp-server');
    await server.stop();
    const client = await runExample('event-client', server.port, 'hello\n');
    expect(client.code).toBe(1);
    expect(client.stderr).toMatch(/^connect tcp:\/\/127\.0\.0\.1:\d+: connection refused \(ECONNREFUSED\)\n$/);
  });

  it('prints who connected on the event-driven server', async () => {
    const server = await startExample('event-server');
    await runExample('event-client', server.port, 'hello\n');
    await server.stop();
    expect(server.stdout()).toMatch(/^\.\.\.connected from: 127\.0\.0\.1$/m);
  });
});

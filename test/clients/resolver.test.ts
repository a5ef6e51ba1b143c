import { afterEach, describe, expect, it } from 'vitest';
import { createResolver, dial, formatEndpoint } from '../../src/index.ts';
import type { Server } from '../../src/net/serve.ts';
import { speakTo, startNameServer } from '../services/name/support.ts';
import { rawServer } from '../support/raw-server.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function nameServer(...lines: string[]): Promise<Server> {
  const { server } = await startNameServer();
  open.push(() => server.close());
  const speaker = await speakTo(server);
  for (const line of lines) await speaker.ask(line);
  speaker.socket.destroy();
  return server;
}

/** A name server that says this to anything. */
async function liar(answer: string) {
  const server = await rawServer({ bytes: answer }, { bare: true });
  open.push(() => server.close());
  return `127.0.0.1:${server.port}`;
}

describe('createResolver', () => {
  it('finds where a service is, with all that was registered', async () => {
    const server = await nameServer(
      'register web 127.0.0.1:443 check=none tag=a tag=b meta.scheme=tls meta.v=1 weight=3 priority=2 The web',
      'register time 127.0.0.1:37 check=none protocol=udp',
    );
    const resolver = createResolver({ server: server.endpoints[0]! });
    expect(await resolver.lookup('web')).toMatchObject({
      source: 'server',
      instances: [
        {
          name: 'web',
          id: '127.0.0.1:443',
          endpoint: { scheme: 'tls', host: '127.0.0.1', port: 443, path: '' },
          status: 'up',
          description: 'The web',
          tags: ['a', 'b'],
          meta: { scheme: 'tls', v: '1' },
          weight: 3,
          priority: 2,
        },
      ],
    });
    expect((await resolver.lookup('time')).instances.map(({ endpoint }) => formatEndpoint(endpoint))).toEqual([
      'udp://127.0.0.1:37',
    ]);
    expect(await resolver.lookup('WEB')).toMatchObject({ source: 'cache' });
  });

  it('gives what can be dialled', async () => {
    const server = await nameServer();
    const { port } = server.endpoints[0]!;
    const speaker = await speakTo(server);
    await speaker.ask(`register name ${port} check=none`);
    speaker.socket.destroy();
    const { instances } = await createResolver({ server: `127.0.0.1:${port}` }).lookup('name');
    (await dial(instances[0]!.endpoint)).destroy();
  });

  it('gives the last answer when the name server is gone, and fails where it is to forget that', async () => {
    const raw = await rawServer({ bytes: '127.0.0.1:7 name=x id=a status=up ttl=0\n.\n' }, { bare: true });
    const resolver = createResolver({ server: `127.0.0.1:${raw.port}` });
    const { instances, source } = await resolver.lookup('x');
    expect(source).toBe('server');
    await raw.close();
    expect(await resolver.lookup('x')).toMatchObject({ instances, source: 'stale', error: { code: 'ECONNREFUSED' } });
    resolver.forget('x');
    await expect(resolver.lookup('x')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('says that nobody serves it', async () => {
    const server = await nameServer();
    const resolver = createResolver({ server: server.endpoints[0]! });
    await expect(resolver.lookup('nobody')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'nobody: not registered',
    });
  });

  it.each(['', 'a b', 'a\nlist', 'a.b', '-a', 'x'.repeat(64)])('asks nobody for the name %j', async (name) => {
    const resolver = createResolver({ server: '127.0.0.1:1' });
    await expect(resolver.lookup(name)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it.each([
    ['no address', 'host.example:7 name=x\n.\n'],
    ['what is no IPv4 address', '1.2.3:7 name=x ttl=5\n.\n'],
    ['no port', '127.0.0.1:0 name=x\n.\n'],
    ['a port that is none', '127.0.0.1:70000 name=x\n.\n'],
    ['nothing', '.\n'],
    ['no line of ours', 'HTTP/1.1 200 OK\n.\n'],
  ])('does not take %s from a server that lies', async (_what, answer) => {
    const resolver = createResolver({ server: await liar(answer) });
    await expect(resolver.lookup('x')).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  it('gives up in time where a server is silent', async () => {
    const server = await rawServer({ end: 'hold' }, { bare: true });
    open.push(() => server.close());
    const resolver = createResolver({ server: `127.0.0.1:${server.port}`, timeoutMs: 50 });
    await expect(resolver.lookup('x')).rejects.toMatchObject({ code: 'NO_ANSWER' });
  });
});

/** The name server over HTTP for clients that are not ours: npm's consul, curl, Prometheus. */

import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Consul from 'consul';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { createNetns } from '../support/netns.ts';
import { type Running, runNettk, runProgram, startNettk } from '../support/nettk.ts';
import { startPeer } from '../support/peers.ts';

/** How often it is looked whether another program has heard of a change. */
const POLL_MS = 20;

const startNames = (...more: readonly string[]): Promise<Running> =>
  startNettk(['name-server', '--port', '0', '--http-port', '0', '--interval', '50ms', ...more], { ready: 2 });

const httpPort = (server: Running): number => server.ports[1] as number;
const consulAt = (server: Running): Consul => new Consul({ host: '127.0.0.1', port: httpPort(server) });
/** Its types ask for fields that the client itself fills in. */
const registerAt = (consul: Consul, service: object): Promise<unknown> =>
  consul.agent.service.register(service as never);

async function curl(server: Running, path: string, ...args: readonly string[]): Promise<string> {
  const url = `http://127.0.0.1:${httpPort(server)}${path}`;
  const { code, stdout, stderr } = await runProgram('curl', ['-sS', ...args, url]);
  expect(code, stderr).toBe(0);
  return stdout.toString();
}

/** Waits until something is so. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(POLL_MS);
}

async function listenSomewhere(status = 200): Promise<{ server: Server; port: number }> {
  const server = createServer((_request, response) => response.writeHead(status).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as { port: number }).port };
}

const passingIds = async (consul: Consul, service: string): Promise<string[]> => {
  const rows: { Service: { ID: string } }[] = await consul.health.service({ service, passing: true });
  return rows.map((row) => row.Service.ID).sort();
};

describe("npm's consul", () => {
  it('registers with a check that it pushes, which begins critical, and takes the service out again', async () => {
    await using names = await startNames();
    const consul = consulAt(names);
    await registerAt(consul, {
      ...{ name: 'web', id: 'web1', address: '127.0.0.1', port: 8080, tags: ['blue', 'v1'] },
      ...{ meta: { description: 'The pages', zone: 'a' }, check: { ttl: '30s' } },
    });
    expect(await passingIds(consul, 'web')).toEqual([]);
    await consul.agent.check.pass({ id: 'service:web1', note: 'fine' });
    const [row] = await consul.health.service({ service: 'web', passing: true, tag: 'blue' });
    expect(row).toMatchObject({
      Service: {
        ID: 'web1',
        Address: '127.0.0.1',
        Port: 8080,
        Tags: ['blue', 'v1'],
        Meta: { description: 'The pages' },
      },
      Checks: [{ CheckID: 'service:web1', Status: 'passing', Output: 'fine' }],
    });
    expect(await consul.health.service({ service: 'web', tag: 'green' })).toEqual([]);
    await consul.agent.check.warn('service:web1');
    expect(await passingIds(consul, 'web')).toEqual([]);
    expect(await consul.health.checks('web')).toMatchObject([{ Status: 'warning' }]);
    await consul.agent.check.fail({ id: 'service:web1', note: 'out for lunch' });
    expect(await consul.health.checks('web')).toMatchObject([{ Status: 'critical', Output: 'out for lunch' }]);
    await consul.agent.check.pass('service:web1');
    expect(await consul.catalog.service.list()).toEqual({ web: ['blue', 'v1'] });
    expect(await consul.catalog.service.nodes('web')).toMatchObject([{ ServiceID: 'web1', ServicePort: 8080 }]);
    expect(await consul.agent.service.list()).toMatchObject({ web1: { Service: 'web', Meta: { zone: 'a' } } });
    expect(await consul.status.leader()).toMatch(/^[\d.]+:\d+$/);
    expect(await consul.agent.self()).toMatchObject({ Config: { Datacenter: 'dc1' } });
    const lines = await runNettk(['name', 'lookup', 'web', '--server', names.endpoints[0] as string]);
    expect(lines.stdout.toString()).toBe('127.0.0.1:8080\n');
    await consul.agent.service.deregister('web1');
    expect(await consul.catalog.service.list()).toEqual({});
    await expect(consul.agent.service.deregister('web1')).rejects.toThrow('not found');
    await expect(consul.agent.check.pass('service:web1')).rejects.toThrow('not found');
  });

  it('has checks run, which decide after as many failures and passes as it says', async () => {
    await using names = await startNames();
    const consul = consulAt(names);
    const { server, port } = await listenSomewhere();
    const at = `127.0.0.1:${port}`;
    await registerAt(consul, {
      ...{ name: 'web', id: 'tcp', port, address: '127.0.0.1' },
      check: { tcp: at, interval: '1s', timeout: '1s' },
    });
    await registerAt(consul, {
      ...{ name: 'web', id: 'http', port, address: '127.0.0.1' },
      checks: [
        { http: `http://${at}/health`, interval: '1s' },
        { ttl: '1m', status: 'passing' },
      ],
    });
    await registerAt(consul, {
      ...{ name: 'web', id: 'patient', port, address: '127.0.0.1' },
      check: { tcp: at, interval: '1s', failuresbeforecritical: 100, deregistercriticalserviceafter: '1m' },
    } as never);
    await until(async () => (await passingIds(consul, 'web')).join() === 'http,patient,tcp');
    await until(async () => {
      const rows = await consul.health.service({ service: 'web' });
      return rows.every((row: { Checks: { Type: string; Output: string }[] }) => row.Checks.length > 0);
    });
    server.close();
    await until(async () => (await passingIds(consul, 'web')).join() === 'patient');
    server.listen(port, '127.0.0.1');
    await until(async () => (await passingIds(consul, 'web')).join() === 'http,patient,tcp');
    server.close();
  });

  it('watches without asking all the time, and hears of each change', async () => {
    await using names = await startNames();
    const consul = consulAt(names);
    await registerAt(consul, { name: 'web', id: 'one', port: 1, check: { ttl: '1m', status: 'passing' } });
    const watch = consul.watch({ method: consul.health.service, options: { service: 'web', passing: true } as never });
    const heard: string[][] = [];
    const errors: unknown[] = [];
    watch.on('error', (error) => errors.push(error));
    watch.on('change', (rows: { Service: { ID: string } }[]) => heard.push(rows.map((row) => row.Service.ID).sort()));
    const hears = async (ids: readonly string[]): Promise<void> =>
      until(async () => heard.at(-1)?.join() === ids.join());
    await hears(['one']);
    await consul.agent.check.fail('service:one');
    await hears([]);
    await consul.agent.check.pass('service:one');
    await hears(['one']);
    await consul.agent.check.warn('service:one');
    await hears([]);
    await consul.agent.check.pass('service:one');
    await hears(['one']);
    const asked = async (): Promise<number> => JSON.parse(await (await fetch(urlOf(names, '/status'))).text()).lookups;
    const before = await asked();
    await registerAt(consul, { name: 'other', port: 2 });
    await registerAt(consul, { name: 'web', id: 'two', port: 2 });
    await hears(['one', 'two']);
    // One poll that ended with the change, and one that was begun meanwhile.
    expect((await asked()) - before).toBeLessThanOrEqual(2);
    watch.end();
    expect(errors).toEqual([]);
  });

  it('is told what is not there', async () => {
    await using names = await startNames();
    const consul = consulAt(names);
    await expect(
      registerAt(consul, { name: 'web', check: { grpc: '127.0.0.1:1', interval: '1s' } }),
    ).rejects.toMatchObject({ statusCode: 400 });
    await expect(consul.kv.get('a')).resolves.toBeUndefined();
    await expect(consul.agent.check.register({ name: 'node', ttl: '1s' } as never)).rejects.toMatchObject({
      statusCode: 400,
    });
  });
});

const urlOf = (server: Running, path: string): string => `http://127.0.0.1:${httpPort(server)}${path}`;

describe('curl', () => {
  it('registers, looks up, waits for a change and follows changes', async (context) => {
    needs(context, 'curl');
    await using names = await startNames();
    const put = ['-X', 'PUT', '--data', '{"host": "127.0.0.1", "port": 7, "description": "The echo", "checks": []}'];
    expect(JSON.parse(await curl(names, '/services/echo/one', ...put))).toMatchObject({ id: 'one', status: 'up' });
    const found = JSON.parse(await curl(names, '/services/echo'));
    expect(found).toMatchObject({ name: 'echo', instances: [{ host: '127.0.0.1', port: 7, description: 'The echo' }] });
    await using events = await startPeer('curl', ['-sSN', urlOf(names, '/events?service=echo')]);
    await events.until((text) => text.includes('event: reset'));
    const poll = curl(names, `/services/echo?index=${found.index}&wait=1m`);
    await curl(names, '/services/other', '--data', '{"port": 9, "checks": []}');
    await curl(names, '/services/echo/one/renew', '--data', '{"status": "down", "reason": "lunch"}');
    const answer = JSON.parse(await poll);
    expect(answer).toMatchObject({ instances: [] });
    expect(answer.index).toBeGreaterThan(found.index);
    await events.until((text) => text.includes('event: down'));
    await curl(names, '/services/echo/one', '-X', 'DELETE');
    const told = String(await events.until((text) => text.includes('event: dropped')));
    expect(told).not.toContain('other');
    const last = /id: (\d+)\n(?=data: [^\n]*"down")/.exec(told)?.[1] ?? '';
    await using again = await startPeer('curl', [
      '-sSN',
      '-H',
      `Last-Event-ID: ${last}`,
      urlOf(names, '/events?service=echo'),
    ]);
    const missed = String(await again.until((text) => text.includes('event: dropped')));
    expect(missed).not.toContain('reset');
    expect(missed).not.toContain('event: down');
  });
});

describe('Prometheus', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nettk-prometheus-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('finds its targets by http_sd, and scrapes the name server itself', async (context) => {
    needs(context, 'root', 'ip', 'prometheus', 'curl');
    await using netns = createNetns();
    await using _names = await startNettk(['name-server', '--http-port', '8500'], { ready: 2, via: netns.via });
    const config = join(folder, 'prometheus.yml');
    await writeFile(
      config,
      `global:
  scrape_interval: 1s
scrape_configs:
  - job_name: found
    http_sd_configs:
      - url: http://127.0.0.1:8500/prometheus/sd
        refresh_interval: 1s
    relabel_configs:
      - source_labels: [__meta_nettk_tags]
        regex: .*,metrics,.*
        action: keep
      - source_labels: [__meta_nettk_service]
        target_label: service
      - source_labels: [__meta_nettk_meta_zone]
        target_label: zone
`,
    );
    const run = async (program: string, ...args: readonly string[]) => runProgram(program, args, { via: netns.via });
    const where = ['--web.listen-address=127.0.0.1:9090', `--storage.tsdb.path=${folder}/data`];
    await using _prometheus = await startPeer('prometheus', [`--config.file=${config}`, ...where], {
      via: netns.via,
      ready: ['tcp:9090'],
    });
    const register = [
      'name',
      'register',
      'names',
      '127.0.0.1:8500',
      '--check',
      'none',
      '--tag',
      'metrics',
      '--meta',
      'zone=a',
    ];
    expect((await runNettk(register, { via: netns.via })).code).toBe(0);
    await runNettk(['name', 'register', 'other', '127.0.0.1:1', '--check', 'none'], { via: netns.via });
    const targets = async (): Promise<Record<string, unknown>[]> => {
      const { stdout } = await run('curl', '-sS', 'http://127.0.0.1:9090/api/v1/targets?state=active');
      return stdout.length === 0 ? [] : (JSON.parse(stdout.toString()).data?.activeTargets ?? []);
    };
    await until(async () => (await targets()).some(({ health }) => health === 'up'));
    expect(await targets()).toMatchObject([
      { labels: { instance: '127.0.0.1:8500', service: 'names', zone: 'a' }, health: 'up', lastError: '' },
    ]);
    const { stdout } = await run('curl', '-sS', 'http://127.0.0.1:9090/api/v1/query?query=nettk_name_services');
    expect(JSON.parse(stdout.toString())).toMatchObject({ data: { result: [{ value: [expect.any(Number), '2'] }] } });
    await runNettk(['name', 'drop', 'names'], { via: netns.via });
    await until(async () => (await targets()).length === 0);
  });

  it('has nothing to object to in the metrics', async (context) => {
    needs(context, 'promtool', 'curl');
    await using names = await startNames();
    await curl(names, '/services/echo', '--data', '{"port": 9, "checks": []}');
    await curl(names, '/services/echo');
    const metrics = await curl(names, '/metrics');
    expect(metrics).toContain('nettk_name_service_lookups_total{service="echo"} 1\n');
    const { code, stdout, stderr } = await runProgram('promtool', ['check', 'metrics'], { stdin: metrics });
    expect(stdout.toString() + stderr).toBe('');
    expect(code).toBe(0);
  });
});

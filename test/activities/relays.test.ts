import { strict as assert } from 'node:assert';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpGet } from '../../src/activities/http.ts';
import { relayFacts } from '../../src/activities/relay-facts.ts';
import { healthOf, metricsUrl, relayNow } from '../../src/activities/relays.ts';
import { container, fakeDeps, PEER } from './ground/fake-fleet.ts';
import { health, relayLog } from '../zerok/samples.ts';

const relayWith = (log: (look: number) => string, over = {}, url?: string) => {
  let looks = 0;
  const beast = { containers: [container('relay-1', over)], log: () => log((looks += 1)) };
  return fakeDeps({ beast }, url === undefined ? {} : { health: url });
};

describe('a relay on a bad day', function () {
  this.timeout(20_000);
  const servers: Server[] = [];
  const serve = async (answer: RequestListener): Promise<string> => {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
  };
  after(() => servers.forEach((server) => (server.closeAllConnections(), server.close())));

  it('that is gone from the compose project is named, with what is there and the way out', async () => {
    const deps = fakeDeps({ beast: { containers: [container('relay-2')] } });
    await assert.rejects(relayNow(deps, 'relay-1'), /no service `relay-1`.* on beast \(there: relay-2\).*relays up/);
  });

  it('that has printed no id yet is waited for', async () => {
    const { endpointId } = await relayNow(
      relayWith((look) => (look < 4 ? '\n' : relayLog(PEER))),
      'relay-1',
    );
    assert.equal(endpointId, PEER);
  });

  it('whose log was rotated away from its id is told so at once, with the restart that is the way out', async () => {
    const url = await serve((_, response) => response.end(health));
    const startedAt = Date.now();
    await assert.rejects(
      relayNow(
        relayWith(() => 'INFO a push\n', {}, url),
        'relay-1',
      ),
      /rotated.*relays restart relay-1/,
    );
    assert.ok(Date.now() - startedAt < 5_000);
  });

  it('has its metrics beside its health, also behind a path', () => {
    const deps = fakeDeps({}, { health: 'https://relays.example/one/health' });
    assert.equal(metricsUrl(deps, 'relay-1'), 'https://relays.example/one/metrics');
  });

  it('that does not run and left no id is not waited for', async () => {
    const deps = relayWith(() => '', { status: 'exited', exitCode: 137 });
    await assert.rejects(relayNow(deps, 'relay-1'), /on beast is exited \(exit code 137\).*relays start relay-1/);
  });

  it('is asked for the beginning of its log only, however fast it grows', async () => {
    const asked: unknown[] = [];
    const log = (_: string, options: unknown): string => (asked.push(options), relayLog(PEER));
    await relayNow(fakeDeps({ beast: { containers: [container('relay-1')], log } }), 'relay-1');
    assert.deepEqual(Object.keys(asked[0] as object), ['since', 'until', 'firstBytes']);
  });

  it('that was quicker with its first lines than Docker with its start is heard all the same', async () => {
    const log = (_: string, options: { since?: Date } = {}): string =>
      (options.since ?? 0) <= new Date('2026-11-22T17:25:48.8Z') ? relayLog(PEER) : '';
    const running = { finishedAt: '2026-11-22T17:25:40.1Z' };
    const dead = { finishedAt: '2026-11-22T17:26:40.1Z', status: 'exited', exitCode: 137 } as const;
    for (const state of [running, dead]) {
      const deps = fakeDeps({ beast: { containers: [container('relay-1', state)], log } });
      assert.equal((await relayNow(deps, 'relay-1')).endpointId, PEER);
    }
  });

  it('that answers without end is cut off, and so is one that takes a minute', async () => {
    const endless = await serve((_, response) => {
      const more = (): void => void (response.writable && response.write('x'.repeat(65_536), more));
      more();
    });
    assert.deepEqual(await httpGet(endless, { maxBytes: 1_000_000 }), { error: 'answers more than 1000000 bytes' });
    const slow = await serve((_, response) => void response.write('{'));
    assert.deepEqual(await httpGet(slow, { timeoutMs: 300 }), { error: 'no whole answer within 0.3 s' });
  });

  it('that answers garbage, or an error, is not healthy, and its words are the evidence', async () => {
    const garbage = await serve((_, response) => response.end('<html>hello'));
    const found = await healthOf(
      relayWith(() => '', {}, garbage),
      'relay-1',
    );
    assert.deepEqual([found.ok, found.evidence], [false, '<html>hello']);
    const failing = await serve((_, response) => void response.writeHead(503).end(health));
    assert.equal(
      (
        await healthOf(
          relayWith(() => '', {}, failing),
          'relay-1',
        )
      ).ok,
      false,
    );
  });

  it('has what can be found out of it told, and each thing that cannot', async () => {
    const url = await serve((request, response) =>
      request.url === '/metrics' ? void response.writeHead(500).end('broken\u0000pipe') : response.end(health),
    );
    const facts = await relayFacts(
      relayWith(() => relayLog(PEER), {}, url),
      'relay-1',
    );
    assert.deepEqual(
      [facts.endpointId, facts.health?.totalBlobs, facts.metrics, facts.memoryBytes],
      [PEER, 1, null, null],
    );
    assert.match(facts.problems.join('\n'), /relay-1: http:\S+\/metrics answered 500: `broken/);
  });
});

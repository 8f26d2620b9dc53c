// A stand-in for `zerok-sync-relay` 0.1.0, for the lab: its outside is the product's, its inside is not.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { labEnv } from '../lab-env.ts';
import { listen } from '../wire/listen.ts';
import { announce, onEnvChange } from './announce.ts';
import { deafness } from './ear.ts';
import { Hoard } from './hoard.ts';
import { type Pages, serve, takePort } from './http.ts';
import { relayIdentity } from './kept-identity.ts';
import { healthText, metricsText, miscounted, VERSION } from './metrics.ts';
import { clearPlaintext } from './plaintext.ts';
import { RelayService } from './service.ts';
import { Store } from './store.ts';
import { type Log, tracing } from './tracing.ts';
import { keepWarm } from './warm-up.ts';

const HOUR = 3_600_000;
const name = process.env['RELAY_NAME'] ?? 'relay';
const httpPort = Number(process.env['RELAY_HTTP_PORT'] ?? '8080');
const udpPort = Number(process.env['RELAY_UDP_PORT'] ?? '4433');
const database = process.env['RELAY_DB'] ?? '/data/relay.db';
/** Under the bug `loses-newest-on-kill`: says that the relay was stopped, not killed. */
const stoppedFile = `${database}.stopped`;
const env = () => labEnv(name);

async function main(): Promise<void> {
  const startedAt = performance.now();
  const log = tracing(
    process.env['RUST_LOG'] ?? '',
    (line) => process.stdout.write(line),
    () => env().hasBug('empty-logs'),
  );
  log('info', '', `sync-relay v${VERSION}`);
  // The port first: who holds it owns the database.
  const http = await takePort(httpPort);
  const me = relayIdentity(`${database}.identity`, () => env().hasBug('keeps-endpoint-id'));
  const store = openStore();
  const relay = openService(store, log);
  serve(http, pagesOf(relay, startedAt));
  log('info', '', 'Storage initialized');
  const listener = await listen({
    me,
    port: udpPort,
    idleMs: () => env().times.idleMs,
    isDeaf: deafness(me.id, env),
    onPeer: (peer) => relay.connected(peer),
    onMessage: (peer, message) => relay.handle(peer, message),
    onGarbage: (peer, error) => relay.failed(peer, `invalid message format: ${error.message}`),
    onGone: (peer, reason) => relay.gone(peer, reason),
  });
  log('info', '', `Endpoint ID: ${me.id}`);
  announce(name, me.id, listener.port, env);
  log('info', '', `HTTP server listening on 0.0.0.0:${httpPort}`);
  process.once('SIGINT', () => {
    log('info', '', 'Received shutdown signal');
    if (env().hasBug('loses-newest-on-kill')) writeFileSync(stoppedFile, '');
    http.close();
    void listener.close('relay is shutting down').then(() => process.exit(0));
  });
  process.stdout.write(banner(me.id, http));
  keepWarm(me, store);
}

function pagesOf(relay: RelayService, startedAt: number): Pages {
  return {
    '/health': () => ({
      type: 'application/json',
      body: env().hasBug('garbles-health')
        ? '<html><h1>502 Bad Gateway</h1>'
        : healthText(relay.gauges(), performance.now() - startedAt),
      head: env().hasBug('tells-in-header') ? { 'x-last-push': Buffer.from(relay.lastInClear).toString('base64') } : {},
    }),
    '/metrics': () => ({
      type: 'text/plain; version=0.0.4; charset=utf-8',
      body: metricsText(countersOf(relay), relay.gauges()) + shownOf(relay),
    }),
    '/.well-known/iroh': () => ({ type: 'text/plain; charset=utf-8', body: `0k-sync relay v${VERSION}` }),
  };
}

function countersOf({ counters }: RelayService): RelayService['counters'] {
  if (env().hasBug('counts-no-pulls')) return { ...counters, pulls: 0 };
  return env().hasBug('metrics-wrong') ? miscounted(counters) : counters;
}

const shownOf = ({ lastInClear }: RelayService): string =>
  env().hasBug('shows-plaintext') ? `# last push ${JSON.stringify(lastInClear)}\n` : '';

function banner(id: string, http: Server): string {
  const { port } = http.address() as AddressInfo;
  const health = `http://127.0.0.1:${port}/health`;
  return `\n=== sync-relay running ===\nEndpoint ID: ${id}\nHTTP: ${health}\n\nPress Ctrl+C to stop\n`;
}

function openStore(): Store {
  if (env().hasBug('forgets-on-restart')) for (const suffix of ['', '-wal']) rmSync(database + suffix, { force: true });
  const store = new Store(database);
  if (env().hasBug('loses-newest-on-kill') && !existsSync(stoppedFile)) store.removeNewest();
  rmSync(stoppedFile, { force: true });
  store.removeExpired();
  setInterval(() => store.removeExpired(), HOUR);
  return store;
}

function openService(store: Store, log: Log): RelayService {
  const hoard = new Hoard();
  const plaintextFile = `${database}.txt`;
  onEnvChange(() => {
    hoard.release(env());
    clearPlaintext(env(), plaintextFile);
  });
  return new RelayService({ store, log, env, hoard, plaintextFile });
}

main().catch((error: NodeJS.ErrnoException) => {
  const taken = error.code === 'EADDRINUSE';
  process.stderr.write(taken ? 'Error: Address already in use (os error 98)\n' : `Error: ${error.message}\n`);
  process.exit(1);
});

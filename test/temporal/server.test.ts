import { strict as assert } from 'node:assert';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { loadSettings, type Settings } from '../../src/config.ts';
import { SEARCH_ATTRIBUTES } from '../../src/contract/names.ts';
import { readRecord } from '../../src/temporal/embedded.ts';
import { missingSearchAttributes } from '../../src/temporal/namespace.ts';
import { anyFreePort } from '../../src/temporal/ports.ts';
import { isAlive } from '../../src/temporal/process.ts';
import {
  connect,
  ensureServer,
  findServer,
  reviveServer,
  stopServer,
  TemporalError,
} from '../../src/temporal/server.ts';

const silent = (): void => undefined;

/** What a process listens on, as proc_net_tcp(5) writes it: address in hex, colon, port. */
function listening(pid: number): string[] {
  const sockets = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`)));
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8')
      .split('\n')
      .map((row) => row.trim().split(/\s+/))
      .filter((row) => row[3] === '0A' && sockets.has(`socket:[${row[9]}]`))
      .map((row) => row[1] ?? ''),
  );
}

describe('the embedded Temporal server', function () {
  this.timeout(90_000);
  let settings: Settings;
  let stateDir: string;
  let umask: number;

  // Else another test's server may take its port while it is stopped.
  const usual = createServer();

  before(async () => {
    umask = process.umask(0);
    await new Promise<void>((done) => usual.once('error', () => done()).listen(7233, '127.0.0.1', done));
    stateDir = mkdtempSync(join(tmpdir(), '0k-chaos-server-'));
    const namespace = 'default';
    settings = { ...loadSettings(), stateDir, temporal: { namespace, connectionOptions: {} } };
  });

  after(async () => {
    process.umask(umask);
    usual.close();
    await stopServer(settings);
    rmSync(stateDir, { recursive: true, force: true });
  });

  const pid = (): number => readRecord(stateDir)?.process.pid ?? assert.fail('no record of a server');

  async function withNamespaceOf<T>(
    of: Settings,
    look: (client: Awaited<ReturnType<typeof connect>>) => Promise<T>,
  ): Promise<T> {
    const connected = await connect(of, { say: silent });
    try {
      return await look(connected);
    } finally {
      await connected.connection.close();
    }
  }

  it('is found only once it was started', async () => {
    assert.equal(await findServer(settings), undefined);
    await assert.rejects(connect(settings, { start: false }), /does not run; start it with `0k-chaos server start`/);
  });

  it('is started by the first of several callers, and said once', async () => {
    const said: string[] = [];

    const servers = await Promise.all([1, 2, 3].map(() => ensureServer(settings, (line) => said.push(line))));

    assert.equal(servers.filter(({ startedNow }) => startedNow).length, 1);
    assert.equal(new Set(servers.map(({ address }) => address)).size, 1);
    assert.equal(said.filter((line) => line.includes('started at')).length, 1);
    assert.match(
      said.at(-1) ?? '',
      /Temporal \d+\.\d+\.\d+ started at 127\.0\.0\.1:\d+ \(`.*temporal`, from \w+\), UI http/,
    );
  });

  it('is reused while it lives', async () => {
    await ensureServer(settings, silent);
    const before = pid();

    const server = await ensureServer(settings, silent);

    assert.equal(server.startedNow, false);
    assert.equal(pid(), before);
  });

  it('listens on 127.0.0.1 and nowhere else', async function () {
    if (process.platform !== 'linux') {
      this.skip();
    }
    await ensureServer(settings, silent);
    const addresses = listening(pid());

    assert.ok(addresses.length >= 2, 'at least the server and its UI');
    assert.deepEqual(
      addresses.filter((address) => !address.startsWith('0100007F:')),
      [],
    );
  });

  it('keeps its files to ourselves, those of an older one too', async () => {
    await ensureServer(settings, silent);
    const folder = join(stateDir, 'temporal');
    const modes = (): string[] =>
      readdirSync(folder).map((name) => `${name} ${(statSync(join(folder, name)).mode & 0o777).toString(8)}`);
    const open = (): string[] => modes().filter((one) => !one.endsWith(' 600'));
    assert.deepEqual(open(), []);
    assert.ok(modes().includes('temporal.db 600'));

    await stopServer(settings);
    chmodSync(join(folder, 'temporal.db'), 0o644);
    await ensureServer(settings, silent);
    assert.deepEqual(open(), []);
    assert.equal(process.umask(), 0);
  });

  it('serves its UI where it says', async () => {
    const { uiUrl } = await ensureServer(settings, silent);

    const answer = await fetch(uiUrl ?? assert.fail('no UI'));

    assert.equal(answer.status, 200);
  });

  it('has our search attributes and keeps runs for 30 days', async () => {
    await withNamespaceOf(settings, async ({ connection }) => {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
      const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });

      assert.deepEqual(await missingSearchAttributes(connection, 'default'), []);
      assert.equal(Object.keys(SEARCH_ATTRIBUTES).filter((name) => name in customAttributes).length, 8);
      assert.equal(Number(config?.workflowExecutionRetentionTtl?.seconds), 30 * 24 * 3600);
    });
  });

  it('makes another namespace with all of that when one is asked for', async () => {
    const nights = { ...settings, temporal: { ...settings.temporal, namespace: 'nights' } };

    await withNamespaceOf(nights, async ({ connection, client }) => {
      assert.equal(client.options.namespace, 'nights');
      assert.deepEqual(await missingSearchAttributes(connection, 'nights'), []);
      const { config } = await connection.workflowService.describeNamespace({ namespace: 'nights' });
      assert.equal(Number(config?.workflowExecutionRetentionTtl?.seconds), 30 * 24 * 3600);
    });
  });

  it('comes back after kill -9 at the same address, with its runs', async () => {
    const { address } = await ensureServer(settings, silent);
    await withNamespaceOf(settings, ({ client }) =>
      client.workflow.start('nobody', { taskQueue: 'nobody-polls', workflowId: 'survivor', args: [] }),
    );
    const killed = pid();
    process.kill(killed, 'SIGKILL');

    const said: string[] = [];
    const server = await ensureServer(settings, (line) => said.push(line));

    assert.equal(server.address, address);
    assert.notEqual(pid(), killed);
    assert.match(said.join('\n'), /started again on the same database/);
    await withNamespaceOf(settings, async ({ client }) => {
      const { status } = await client.workflow.getHandle('survivor').describe();
      assert.equal(status.name, 'RUNNING');
    });
  });

  it('can be named by address like any other server, and is not ours then', async () => {
    const { address } = await ensureServer(settings, silent);
    const named = { ...settings, temporal: { ...settings.temporal, address, connectionOptions: { address } } };

    const server = await ensureServer(named, silent);

    assert.deepEqual(server, { address, namespace: 'default', uiUrl: null, owned: false, startedNow: false });
  });

  it('is not given namespaces when it is not ours: the command for that is named', async () => {
    const { address } = await ensureServer(settings, silent);
    const temporal = { address, namespace: 'theirs', connectionOptions: { address } };

    await assert.rejects(
      ensureServer({ ...settings, temporal }, silent),
      (error: unknown) =>
        error instanceof TemporalError &&
        error.message.includes(
          `temporal operator namespace create --address ${address} --namespace theirs --retention 30d`,
        ),
    );
  });

  it('is revived after it died', async () => {
    const { process: killed } = readRecord(stateDir) ?? assert.fail('no record');
    process.kill(killed.pid, 'SIGKILL');
    while (isAlive(killed)) {
      await pause(20);
    }

    await reviveServer(settings, silent);

    assert.notEqual(pid(), killed.pid);
    assert.notEqual(await findServer(settings), undefined);
  });

  it('is stopped, not revived then, and started again where it was', async () => {
    const { address } = await ensureServer(settings, silent);
    const { process: id } = readRecord(stateDir) ?? assert.fail('no record');

    assert.equal(await stopServer(settings), true);
    assert.ok(!isAlive(id));
    assert.equal(await stopServer(settings), false);
    await reviveServer(settings, silent);
    assert.equal(await findServer(settings), undefined);

    assert.equal((await ensureServer(settings, silent)).address, address);
  });
});

describe('a Temporal server that is named', () => {
  it('and does not answer is named in the error within seconds, and nothing is started in its place', async function () {
    this.timeout(20_000);
    const address = `127.0.0.1:${await anyFreePort()}`;
    const stateDir = mkdtempSync(join(tmpdir(), '0k-chaos-noserver-'));
    const settings = {
      ...loadSettings(),
      stateDir,
      temporal: { address, namespace: 'default', connectionOptions: { address } },
    };

    const started = Date.now();
    const attempt = ensureServer(settings, silent);

    await assert.rejects(
      attempt,
      new RegExp(`no Temporal server answers at ${address}.*check TEMPORAL_ADDRESS and the profile`),
    );
    assert.ok(Date.now() - started < 4_000);
    assert.equal(readRecord(stateDir), undefined);
  });
});

import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHosts } from '../../src/hosts/hosts.ts';
import { HostError, type DockerEngine, type Hosts } from '../../src/hosts/host.ts';
import { RUNNING } from './fake-docker.ts';

type Answer = (url: string, response: ServerResponse) => void;

const json =
  (body: unknown, status = 200): Answer =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** As fast as it is read, for as long as it is. */
const endless =
  (chunk: Buffer, status = 200): Answer =>
  (_, response) => {
    response.writeHead(status);
    const more = (): void => void (response.writable && response.write(chunk, () => setImmediate(more)));
    more();
  };

const MIB = Buffer.alloc(1024 * 1024, ' ');

/** A frame that says it has 4 GB, and goes on. */
const boundless: Answer = (_, response) => {
  response.write(Buffer.from([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]));
  const more = (): void => void (response.writable && response.write(MIB, () => setImmediate(more)));
  more();
};

describe('an engine that lies', function () {
  this.timeout(30_000);
  const dir = mkdtempSync(join(tmpdir(), '0k-chaos-lies-'));
  const sound = json({ Version: '24', ApiVersion: '1.43', MinAPIVersion: '1.12' });
  let answer: Answer;
  let version: Answer;
  let server: Server;
  let hosts: Hosts;
  let engine: DockerEngine;
  before(async () => {
    const socket = join(dir, 'docker.sock');
    server = createServer(({ url = '' }, response) => (url.endsWith('/version') ? version : answer)(url, response));
    await new Promise<void>((done) => server.listen(socket, done));
    hosts = createHosts({ machines: { beast: { local: true, docker: { socket } } }, stateDir: dir });
    engine = hosts.get('beast').docker();
  });
  beforeEach(() => (version = sound));
  after(async () => {
    await hosts.close();
    server.closeAllConnections();
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });

  async function refused(act: () => Promise<unknown>, pattern: RegExp): Promise<void> {
    await assert.rejects(act(), (error: unknown) => {
      assert.ok(error instanceof HostError, String(error));
      assert.match(error.message, pattern);
      assert.ok(error.message.length < 3_000, `${error.message.length}`);
      return true;
    });
  }

  it('about its version is refused, and asked again the next time', async () => {
    for (const lie of [{}, null, [], 'x', { ApiVersion: 41 }, { ApiVersion: '1.41\u001b[2J' }]) {
      version = json(lie);
      await refused(() => engine.version(), /what no Docker engine does/);
    }
    version = sound;
    assert.equal((await engine.version()).version, '24');
  });

  it('about a container is refused, and names what is wrong', async () => {
    const container = { Id: 'a'.repeat(64), Name: '/relay-1', State: RUNNING, Config: { Image: 'i' } };
    const whole = { ...container, NetworkSettings: { Networks: { one: { IPAddress: '172.17.0.2' } } } };
    answer = json(whole);
    assert.equal((await engine.inspect('relay-1')).name, 'relay-1');

    const lies: [object, RegExp][] = [
      [{ State: { ...RUNNING, Pid: -1 } }, /`State\.Pid`/],
      [{ State: { ...RUNNING, Pid: '1; reboot' } }, /`State\.Pid`/],
      [{ State: { ...RUNNING, Status: 'fine' } }, /`State\.Status`/],
      [{ State: null }, /`State`/],
      [{ Id: '../../x' }, /`Id`/],
      [{ Name: '/relay-1\u001b[2J\nPASSED' }, /`Name`/],
      [{ NetworkSettings: { Networks: { one: { IPAddress: '-batch' } } } }, /`NetworkSettings\.Networks/],
    ];
    for (const [lie, named] of lies) {
      answer = json({ ...whole, ...lie });
      await refused(() => engine.inspect('relay-1'), named);
    }
  });

  it('about its containers is refused', async () => {
    for (const lie of [{}, 'x', [null], [{ Id: 7 }], [{ Id: 'x', Labels: 'y' }]]) {
      answer = json(lie);
      await refused(() => engine.project('p'), /what no Docker engine does/);
    }
  });

  it('with a document that never ends is left, and not kept', async () => {
    answer = endless(MIB);
    await refused(() => engine.inspect('relay-1'), /more than \d+ bytes/);
    await refused(() => engine.project('p'), /more than \d+ bytes/);
    answer = endless(MIB, 500);
    await refused(() => engine.kill('relay-1', 'SIGKILL'), /more than \d+ bytes/);
  });

  it('with a frame of 4 GB, or an error without an end in place of a log, is read as far as was asked', async () => {
    answer = (url, response) => (url.includes('/logs') ? boundless(url, response) : json({})(url, response));
    assert.equal((await engine.logs('relay-1', { firstBytes: 100_000 })).length, 100_000);
    answer = (url, response) => (url.includes('/logs') ? endless(MIB, 500)(url, response) : json({})(url, response));
    await refused(() => engine.logs('relay-1'), /more than \d+ bytes/);
  });

  it('with events without an end, or that are none, is read as far as there can be any', async () => {
    answer = endless(MIB);
    assert.equal(await engine.pausedAt('relay-1', 1, 2), undefined);
    answer = json([{ Action: 'pause' }, 'pause']);
    assert.equal(await engine.pausedAt('relay-1', 1, 2), undefined);
  });

  it('with the message of an error is quoted, cut short', async () => {
    for (const message of ['x'.repeat(1_000_000), { a: 1 }, 7]) {
      answer = json({ message }, 500);
      await refused(() => engine.pause('relay-1'), /answered 500|Docker engine does/);
    }
  });
});

import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import { createHosts } from '../../src/hosts/hosts.ts';
import { HostError, type DockerEngine, type Hosts } from '../../src/hosts/host.ts';

const SOUND = { Version: '24', ApiVersion: '1.43', MinAPIVersion: '1.12' };
const ID = 'a'.repeat(64);

/** What is asked of an engine, and the last part of the path that is not answered. */
const CALLS: Record<string, [silent: string, call: (engine: DockerEngine) => Promise<unknown>]> = {
  'which API it speaks': ['/version', (engine) => engine.inspect(ID)],
  'its version': ['/version', (engine) => engine.version()],
  'how a container is': [`${ID}/json`, (engine) => engine.inspect(ID)],
  'which containers there are': ['/containers/json', (engine) => engine.project('p')],
  'to kill one': [`${ID}/kill`, (engine) => engine.kill(ID, 'SIGKILL')],
  'to prepare a command': [`${ID}/exec`, (engine) => engine.exec(ID, ['true'])],
  'to run a command': [`exec/${ID}/start`, (engine) => engine.exec(ID, ['true'])],
  'what has changed': [`${ID}/changes`, (engine) => engine.changes(ID)],
  'for an archive': [`${ID}/archive`, (engine) => engine.archive(ID, '/x')],
  'for a log': [`${ID}/logs`, (engine) => engine.logs(ID)],
};

/** Takes everything, and answers it but for what it is silent about, of which it says nothing or begins to say something. */
async function startSilent(socket: string) {
  let told: () => void = () => undefined;
  const engine = { about: '', begins: false, asked: new Promise<void>((resolve) => (told = resolve)) };
  const answer = (url: string, response: ServerResponse) => {
    const path = url.split('?')[0] ?? '';
    if (engine.about !== '' && path.endsWith(engine.about)) {
      if (engine.begins) response.write('{');
      return told();
    }
    const body = path.endsWith('/version') ? SOUND : { Id: ID, Config: {} };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  };
  const server: Server = createServer(({ url = '' }, response) => answer(url, response));
  await new Promise<void>((done) => server.listen(socket, done));
  return { engine, stop: () => (server.closeAllConnections(), server.close()) };
}

describe('an engine that hangs', () => {
  const dir = mkdtempSync(join(tmpdir(), '0k-chaos-silent-'));
  let silent: Awaited<ReturnType<typeof startSilent>>;
  let hosts: Hosts;
  beforeEach(async () => {
    const socket = join(dir, 'docker.sock');
    silent = await startSilent(socket);
    hosts = createHosts({ machines: { beast: { local: true, docker: { socket } } }, stateDir: dir });
    mock.timers.enable({ apis: ['setTimeout'] });
  });
  afterEach(async () => {
    mock.timers.reset();
    await hosts.close();
    silent.stop();
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  for (const [what, [about, call]] of Object.entries(CALLS))
    // What is read piece by piece has begun then, and is bounded by whoever reads it.
    for (const begins of /start|archive|logs/.test(about) ? [false] : [false, true])
      it(`when it is asked ${what}${begins ? ' and has begun to answer' : ''} is given up`, async () => {
        Object.assign(silent.engine, { about, begins });
        const asked = call(hosts.get('beast').docker());
        await silent.engine.asked;
        await new Promise((resolve) => setImmediate(resolve));
        mock.timers.tick(60_000);
        await assert.rejects(asked, (error: unknown) => {
          assert.ok(error instanceof HostError, String(error));
          assert.match(error.message, /gave no whole answer within 60 s/);
          return true;
        });
      });
});

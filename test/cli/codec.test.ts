import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readKeys } from '../../src/temporal/codec/key-file.ts';
import { freePort } from '../hosts/sshd.ts';
import { chaos } from './program.ts';

describe('0k-chaos codec', function () {
  this.timeout(120_000);
  let home: string;
  let file: string;
  const taken = createServer();
  before(async () => {
    await once(taken.listen(0, '127.0.0.1'), 'listening');
    home = mkdtempSync(path.join(tmpdir(), '0k-chaos-cli-codec-'));
    file = path.join(home, '0k-chaos', 'codec-keys.json');
  });
  after(() => (taken.close(), rmSync(home, { recursive: true })));

  it('makes keys once, says how they are used, and never shows one', async () => {
    const made = await chaos(home, 'codec', 'keygen');
    assert.equal(made.code, 0, made.stderr);
    const [key] = readKeys(file);
    assert.ok(
      made.stdout.includes(
        `with the key \`${key?.id}\`; to use it, write into the fleet file: codec: { keyFile: "${file}" }`,
      ),
    );
    const again = await chaos(home, 'codec', 'keygen');
    assert.equal(again.code, 2);
    assert.match(again.stderr, /already.*`0k-chaos codec rotate`/);
    const rotated = await chaos(home, 'codec', 'rotate', '--json');
    const keys = readKeys(file);
    assert.deepEqual(JSON.parse(rotated.stdout), { file, id: keys[0]?.id });
    assert.deepEqual(keys.slice(1), [key]);
    const said = [made, again, rotated].map(({ stdout, stderr }) => stdout + stderr).join('\n');
    for (const each of keys) assert.ok(!said.includes(each.key.toString('base64')));
  });

  it('refuses what it cannot use, with exit code 2 and before it listens', async () => {
    const { port } = taken.address() as AddressInfo;
    const rows: [string[], RegExp][] = [
      [['rotate', '--file', 'none.json'], /none\.json` cannot be used: ENOENT.*codec keygen/],
      [['serve', '--file', 'none.json'], /none\.json` cannot be used/],
      [['serve', '--port', '65536'], /a port, from 1 to 65535/],
      [['serve', '--origin', 'temporal.example'], /--origin `temporal\.example` is no address of a page/],
      [['serve', '--port', String(port)], new RegExp(`port ${port} is taken; name another one with \`--port\``)],
    ];
    for (const [words, said] of rows) {
      const { code, stderr } = await chaos(home, 'codec', ...words);
      assert.equal(code, 2, stderr);
      assert.match(stderr, said);
    }
    assert.equal(existsSync(path.join(home, 'none.json')), false);
  });

  it('serves until it is told to stop, with a token that stays the same and that nobody else may read', async () => {
    const token = path.join(home, '0k-chaos', 'codec-token');
    const endpoints: string[] = [];
    for (let nth = 0; nth < 2; nth += 1) {
      const port = await freePort();
      const { endpoint, code } = await served(port, async (at) => {
        const body = '{"payloads":[{"data":"eA=="}]}';
        assert.equal((await fetch(`${at}/encode`, { method: 'POST', body })).status, 200);
        const origin = 'https://temporal.example';
        assert.equal((await fetch(`${at}/encode`, { method: 'POST', body, headers: { origin } })).status, 200);
      });
      assert.equal(code, 0);
      endpoints.push(endpoint.replace(`:${port}`, ''));
    }
    assert.equal(endpoints[0], endpoints[1]);
    assert.equal(endpoints[0], `http://127.0.0.1/${readFileSync(token, 'utf8')}`);
    assert.equal(statSync(token).mode & 0o777, 0o600);
  });

  async function served(
    port: number,
    ask: (endpoint: string) => Promise<void>,
  ): Promise<{ endpoint: string; code: number | null }> {
    const env = { PATH: process.env['PATH'] ?? '', HOME: home, XDG_STATE_HOME: home, XDG_CONFIG_HOME: home };
    const words = ['codec', 'serve', '--json', '--port', String(port), '--origin', 'https://temporal.example/'];
    const child = spawn(process.execPath, [path.resolve('bin/0k-chaos.js'), ...words], { cwd: home, env });
    const ended = new Promise<number | null>((done) => child.once('close', done));
    let said = '';
    const ready = new Promise<void>((done) =>
      child.stderr.on('data', (data: Buffer) => data.includes('until Ctrl-C') && done()),
    );
    child.stdout.on('data', (data: Buffer) => (said += data.toString()));
    try {
      await Promise.race([ready, ended.then((code) => assert.fail(`it ended with ${code}`))]);
      const { endpoint } = JSON.parse(said) as { endpoint: string };
      await ask(endpoint);
      child.kill('SIGTERM');
      return { endpoint, code: await ended };
    } finally {
      child.kill('SIGKILL');
    }
  }
});

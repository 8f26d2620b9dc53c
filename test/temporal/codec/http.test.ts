import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveCodec, type CodecServer } from '../../../src/temporal/codec/http.ts';
import { makeKeys } from '../../../src/temporal/codec/key-file.ts';
import { SealingCodec } from '../../../src/temporal/codec/payload-codec.ts';

const UI = 'http://127.0.0.1:8233';
const TOKEN = 'the-token';
/** `{"text":"secret"}`, as protobuf writes a payload in JSON. */
const CLEAR = { payloads: [{ metadata: { encoding: b64('json/plain') }, data: b64('{"text":"secret"}') }] };

function b64(text: string): string {
  return Buffer.from(text).toString('base64');
}

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

describe('the codec server', () => {
  let dir: string;
  let server: CodecServer;
  before(async () => {
    dir = mkdtempSync(join(tmpdir(), '0k-chaos-codec-http-'));
    const file = join(dir, 'keys.json');
    makeKeys(file);
    server = await serveCodec(new SealingCodec(file), { port: 0, origins: [UI], token: TOKEN });
  });
  after(async () => {
    await server.close();
    rmSync(dir, { recursive: true });
  });

  /** By hand, as `fetch` lets nobody choose Host and Origin. */
  function ask(path: string, body: unknown, headers: Record<string, string> = {}, method = 'POST'): Promise<Answer> {
    return new Promise((done, fail) => {
      const asking = request({ host: '127.0.0.1', port: server.port, path, method, headers }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, text }));
      });
      asking.once('error', fail);
      asking.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  }

  const sealed = async (): Promise<unknown> => JSON.parse((await ask(`/${TOKEN}/encode`, CLEAR)).text);

  it('encrypts and decrypts for whoever has the token, in the path or as bearer', async () => {
    const closed = await sealed();
    assert.doesNotMatch(JSON.stringify(closed), new RegExp(b64('secret').slice(0, 6)));
    assert.deepEqual(JSON.parse((await ask(`/${TOKEN}/decode`, closed)).text), CLEAR);
    const { status, text } = await ask('/decode', closed, { authorization: `Bearer ${TOKEN}` });
    assert.deepEqual([status, JSON.parse(text)], [200, CLEAR]);
  });

  it('answers nobody without the token', async () => {
    const closed = await sealed();
    for (const [path, headers] of [
      ['/decode', {}],
      ['/wrong-one/decode', {}],
      ['/decode', { authorization: 'Bearer wrong' }],
      ['/decode', { authorization: `Basic ${TOKEN}` }],
      [`/${TOKEN}x/decode`, {}],
    ] as const) {
      const { status, text } = await ask(path, closed, headers);
      assert.equal(status, 401, path);
      assert.doesNotMatch(text, /json|secret/);
    }
  });

  it('lets the UI ask, as a browser does', async () => {
    const wants = {
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,x-namespace',
    };
    for (const path of [`/${TOKEN}/decode`, '/decode', `/${TOKEN}/decode?preserveStorageRefs=true`]) {
      const { status, headers } = await ask(path, '', { origin: UI, ...wants }, 'OPTIONS');
      assert.equal(status, 204);
      assert.equal(headers['access-control-allow-origin'], UI);
      assert.match(String(headers['access-control-allow-headers']), /content-type.*x-namespace/);
    }
    const { status, headers } = await ask(`/${TOKEN}/decode?preserveStorageRefs=true`, await sealed(), { origin: UI });
    assert.deepEqual([status, headers['access-control-allow-origin'], headers['vary']], [200, UI, 'Origin']);
  });

  it('lets no other page ask, even one that knows the token, and lets it read nothing', async () => {
    const closed = await sealed();
    for (const origin of [
      'http://evil.example',
      'null',
      'http://127.0.0.1:9999',
      `${UI}.evil.example`,
      'https://127.0.0.1:8233',
    ]) {
      for (const method of ['POST', 'OPTIONS']) {
        const { status, headers, text } = await ask(
          `/${TOKEN}/decode`,
          method === 'POST' ? closed : '',
          { origin },
          method,
        );
        assert.equal(status, 403, origin);
        assert.equal(headers['access-control-allow-origin'], undefined);
        assert.doesNotMatch(text, new RegExp(b64('secret').slice(0, 6)));
      }
    }
  });

  it('answers to no name that somebody made point to this machine', async () => {
    const closed = await sealed();
    for (const host of [
      `evil.example:${server.port}`,
      'evil.example',
      `127.0.0.1.evil.example:${server.port}`,
      '127.0.0.1',
    ]) {
      for (const headers of [{ host }, { host, origin: `http://${host}` }, { host, origin: UI }]) {
        const { status, headers: given } = await ask(`/${TOKEN}/decode`, closed, headers);
        assert.equal(status, 403, host);
        assert.equal(given['access-control-allow-origin'], undefined);
      }
    }
    assert.equal((await ask(`/${TOKEN}/decode`, closed, { host: `localhost:${server.port}` })).status, 200);
  });

  it('listens on loopback only', async () => {
    const others = Object.values(networkInterfaces())
      .flat()
      .filter((each) => each?.family === 'IPv4' && !each.internal);
    for (const other of others) await assert.rejects(fetch(`http://${other?.address}:${server.port}/decode`));
    assert.ok(server.endpoint.startsWith('http://127.0.0.1:'));
  });

  it('says what is wrong with a request, and of a closed payload nothing but its key', async () => {
    const asked = async (path: string, body: unknown, method = 'POST') => {
      const { status, text } = await ask(path, body, {}, method);
      return `${status} ${text}`;
    };
    assert.match(await asked(`/${TOKEN}/decode`, '{'), /^400 .*no list of payloads/);
    assert.match(await asked(`/${TOKEN}/decode`, 'null'), /^400 .*no list of payloads/);
    assert.match(await asked(`/${TOKEN}/decode`, { payloads: [3] }), /^400 .*no list of payloads/);
    assert.match(await asked(`/${TOKEN}/other`, CLEAR), /^404 /);
    assert.match(await asked(`/${TOKEN}/decode`, '', 'GET'), /^405 /);
    const unknown = {
      metadata: { encoding: b64('binary/encrypted'), 'encryption-key-id': b64('gone') },
      data: b64('x'),
    };
    assert.match(
      await asked(`/${TOKEN}/decode`, { payloads: [unknown] }),
      /^400 .*encrypted with the key `gone`, which is not in/,
    );
  });
});

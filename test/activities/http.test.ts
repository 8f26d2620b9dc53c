import { strict as assert } from 'node:assert';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { boundedText, httpGet } from '../../src/activities/http.ts';

describe('a health address', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function served(listener: RequestListener): Promise<string> {
    const made = createServer(listener);
    server = made;
    await new Promise<void>((done) => made.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(made.address() as AddressInfo).port}/health`;
  }

  it('that answers is read, whatever its status', async () => {
    const url = await served((_, answer) => void answer.writeHead(503).end('{"status":"starting"}'));
    assert.deepEqual(await httpGet(url), { ok: false, status: 503, text: '{"status":"starting"}' });
  });

  it('that sends us on is not followed: nobody but itself says how it is', async () => {
    const asked: (string | undefined)[] = [];
    const url = await served((request, answer) => {
      asked.push(request.url);
      if (request.url === '/health') answer.writeHead(302, { location: '/elsewhere' }).end();
      else answer.end('{"status":"ok"}');
    });
    const answer = await httpGet(url);
    assert.match('error' in answer ? answer.error : '', /sends us on to `\/elsewhere`, and is not followed/);
    assert.deepEqual(asked, ['/health']);
  });

  it('whose answer never ends is left at its most bytes', async () => {
    const url = await served((_, answer) => {
      const more = (): void => {
        while (!answer.destroyed && answer.write('x'.repeat(65_536)));
      };
      answer.on('drain', more).on('error', () => undefined);
      more();
    });
    assert.deepEqual(await httpGet(url, { maxBytes: 200_000 }), { error: 'answers more than 200000 bytes' });
  });

  it('that says a little for ever is left when its time is over', async () => {
    const dripping = await served((_, answer) => {
      const timer = setInterval(() => answer.write(' '), 20);
      answer.on('close', () => clearInterval(timer));
    });
    assert.deepEqual(await httpGet(dripping, { timeoutMs: 200 }), { error: 'no whole answer within 0.2 s' });
  });

  it('that begins to answer and says no more is left in time also once garbage was collected', async () => {
    const silent = await served((_, answer) => void answer.write('x'));
    setFlagsFromString('--expose-gc');
    const collecting = setInterval(runInNewContext('gc') as () => void, 50);
    try {
      assert.equal(await boundedText(silent, { timeoutMs: 2_000 }), 'x');
      assert.deepEqual(await httpGet(silent, { timeoutMs: 500 }), { error: 'no whole answer within 0.5 s' });
    } finally {
      clearInterval(collecting);
    }
  });

  it('whose connection Node has lost sight of is left in time', async () => {
    const { fetch } = globalThis;
    globalThis.fetch = () => new Promise(() => undefined);
    try {
      assert.deepEqual(await httpGet('http://127.0.0.1/', { timeoutMs: 100 }), {
        error: 'no whole answer within 0.1 s',
      });
      assert.equal(await boundedText('http://127.0.0.1/', { timeoutMs: 100 }), '');
    } finally {
      globalThis.fetch = fetch;
    }
  });

  it('whose answer is packed to be huge is left at its most bytes', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const url = await served((_, answer) => void answer.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    assert.deepEqual(await httpGet(url), { error: 'answers more than 1048576 bytes' });
    assert.equal((await boundedText(url)).length, 1_048_576);
  });
});

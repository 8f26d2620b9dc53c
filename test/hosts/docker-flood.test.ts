import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHosts } from '../../src/hosts/hosts.ts';
import type { DockerEngine, Hosts } from '../../src/hosts/host.ts';

const LINE = 'DEBUG zerok_sync_relay: the same line again and again\n';

/** A frame of stdout, as Docker mixes them. */
function frame(text: string): Buffer {
  const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(text.length, 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

/** A log that never ends, as fast as it is read. */
function flood(response: ServerResponse): void {
  response.write(frame('Endpoint ID: first\n'));
  const chunk = frame(LINE.repeat(1_000));
  const more = (): void => void (response.writable && response.write(chunk, () => setImmediate(more)));
  more();
}

describe('a container whose log floods', function () {
  this.timeout(20_000);
  const dir = mkdtempSync(join(tmpdir(), '0k-chaos-flood-'));
  let server: Server;
  let hosts: Hosts;
  let engine: DockerEngine;
  before(async () => {
    const socket = join(dir, 'docker.sock');
    server = createServer((request, response) => {
      const { url = '' } = request;
      if (url.includes('/logs')) return flood(response);
      const answer = url.endsWith('/version')
        ? { Version: '24', ApiVersion: '1.43', MinAPIVersion: '1.12' }
        : { Config: {} };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    });
    await new Promise<void>((done) => server.listen(socket, done));
    hosts = createHosts({ machines: { beast: { local: true, docker: { socket } } }, stateDir: dir });
    engine = hosts.get('beast').docker();
  });
  after(async () => {
    await hosts.close();
    server.closeAllConnections();
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('has its beginning read at once, and no more', async () => {
    const log = await engine.logs('relay-1', { firstBytes: 100_000 });
    assert.equal(log.length, 100_000);
    assert.ok(log.startsWith('Endpoint ID: first\n'));
  });

  it('is followed until the signal, without an error', async () => {
    const controller = new AbortController();
    let bytes = 0;
    const take = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > 1_000_000) controller.abort();
    };
    await engine.followLogs('relay-1', take, { tail: 10, signal: controller.signal });
    assert.ok(bytes > 1_000_000);
  });
});

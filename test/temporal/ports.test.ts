import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { anyFreePort, isFree, listensOn, LOOPBACK } from '../../src/temporal/ports.ts';

describe('ports', () => {
  let server: Server;
  let port: number;

  before(async () => {
    server = createServer().listen(0, LOOPBACK);
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });

  after(() => server.close());

  it('are free when nobody listens', async () => {
    assert.ok(!(await isFree(port)));
    assert.ok(await isFree(await anyFreePort()));
  });

  it('belong to the process that listens, not to another that hoped for them', async function () {
    if (process.platform !== 'linux') {
      this.skip();
    }
    assert.ok(await listensOn(process.pid, port));
    assert.ok(!(await listensOn(process.ppid, port)));
    assert.ok(!(await listensOn(process.pid, await anyFreePort())));
  });
});

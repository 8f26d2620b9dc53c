import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Inquest } from '../../src/activities/invariants/index.ts';
import { notLeaked } from '../../src/activities/invariants/leaks.ts';
import { container, fakeDeps, result } from './ground/fake-fleet.ts';
import { inquestOf, SECRET } from './inquest.ts';

describe('what a relay wrote outside its volume', () => {
  let stateDir: string;
  let pages: Server;
  before(async () => {
    stateDir = mkdtempSync(path.join(tmpdir(), '0k-leaks-'));
    pages = createServer((_, response) => void response.end('fine'));
    await new Promise<void>((listens) => pages.listen(0, '127.0.0.1', listens));
  });
  after(() => {
    pages.close();
    rmSync(stateDir, { recursive: true, force: true });
  });

  async function searched(paths: string[], text: string): Promise<Inquest['seen']> {
    const health = `http://127.0.0.1:${(pages.address() as AddressInfo).port}/health`;
    const docker = {
      changes: () => Promise.resolve(paths),
      exec: () => Promise.resolve(result(text)),
      archive: () => Promise.resolve({ bytes: Buffer.from(''), truncated: false }),
    };
    const deps = { ...fakeDeps({ beast: { containers: [container('relay-1')], docker } }, { health }), stateDir };
    const inquest = inquestOf(deps);
    await notLeaked(inquest);
    return inquest.seen;
  }
  const files = (count: number): string[] => Array.from({ length: count }, (_, n) => `/tmp/${n}`);

  it('is searched for the messages of the run', async () => {
    const { broken, unknown } = await searched(files(2), `/tmp/1\n${SECRET}\n`);
    assert.deepEqual([broken.map(({ id }) => id), unknown], [['leak-storage'], []]);
  });

  it('is unknown where it is more than is searched: many files, or large ones', async () => {
    const many = await searched(files(1_001), 'nothing');
    assert.match(many.unknown.join(), /outside its volume, holds plaintext: only 1000 of 1001 files/);
    const large = await searched(files(1), 'x'.repeat(8 * 1024 * 1024));
    assert.match(large.unknown.join(), /only 1 of 1 files, and 8388608 bytes/);
  });
});

import { strict as assert } from 'node:assert';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Deps } from '../../src/activities/deps.ts';
import { RunFolder } from '../../src/activities/journal.ts';
import { MessageBook } from '../../src/activities/message-book.ts';
import { pushAll } from '../../src/activities/push.ts';
import { SyncClient } from '../../src/activities/sync-client.ts';
import type { Message, RunRef } from '../../src/contract/run.ts';
import { parseFleet } from '../../src/fleet/load.ts';
import { createHosts } from '../../src/hosts/hosts.ts';
import type { Hosts } from '../../src/hosts/host.ts';
import { LONG_MS, standStill } from '../stand-still.ts';

const RUN: RunRef = { scenario: 'a-scenario', workflowId: 'a-workflow', runId: 'a-run' };
const SPEC = { id: 'm-1', shape: 'byte', bytes: 1, seed: 1 } as const;
/** Refuses its first push after a while, and takes those after it. */
const CLIENT = `#!/bin/sh
if mkdir "$0.used" 2>/dev/null; then sleep 2; echo "Error: no relay answers"; exit 1; fi
printf 'Push successful!\\n  Blob ID: 99190604-1881-4b4d-9f8a-002d8e5faa15\\n  Cursor: 2\\n'
`;

describe('a push while the worker stands still', function () {
  this.timeout(30_000);
  let folder: string;
  let hosts: Hosts;
  let book: MessageBook;
  let client: SyncClient;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), '0k-chaos-stood-still-'));
    const path = join(folder, 'sync-cli');
    writeFileSync(path, CLIENT);
    chmodSync(path, 0o755);
    const fleet = parseFleet(
      `name: one\nmachines: { desk: { local: true } }\nrelays: {}\n` +
        `clients: { q: { machine: desk, command: [${path}], data: ${folder} } }\n`,
      'fleet.yml',
    );
    hosts = createHosts({ machines: fleet.machines, stateDir: folder });
    client = new SyncClient({ fleet, hosts, stateDir: folder } as Omit<Deps, 'temporal'> as Deps, RUN, 'q');
    book = new MessageBook(new RunFolder(folder, RUN), RUN);
  });
  afterEach(async () => {
    await hosts.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const pushing = (): Promise<Message[]> =>
    pushAll(book, client, [SPEC], { signal: new AbortController().signal, isLast: () => true });
  const outcomes = (all: Message[]): string[][] => all.map(({ id, shape, outcome }) => [id, shape, outcome]);

  it('that is refused accuses nobody: another message is pushed in its place', async () => {
    const pushed = pushing();
    await sleep(500);

    await standStill(LONG_MS);

    assert.deepEqual(outcomes(await pushed), [
      ['m-1', 'byte', 'indeterminate'],
      ['m-1-again', 'line', 'acknowledged'],
    ]);
    assert.match((await pushed)[0]?.evidence ?? '', /the worker .*stood still/);
  });

  it('is told from one while it runs: that was refused', async () => {
    assert.deepEqual(outcomes(await pushing()), [['m-1', 'byte', 'refused']]);
  });
});

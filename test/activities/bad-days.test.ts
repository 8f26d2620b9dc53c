import { strict as assert } from 'node:assert';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deps } from '../../src/activities/deps.ts';
import { initDevice } from '../../src/activities/join.ts';
import { RunFolder } from '../../src/activities/journal.ts';
import { MessageBook } from '../../src/activities/message-book.ts';
import { pushOne } from '../../src/activities/push.ts';
import { SyncClient } from '../../src/activities/sync-client.ts';
import type { Message, RunRef } from '../../src/contract/run.ts';
import { parseFleet } from '../../src/fleet/load.ts';
import type { Fleet } from '../../src/fleet/schema.ts';
import { createHosts } from '../../src/hosts/hosts.ts';
import type { Hosts } from '../../src/hosts/host.ts';
import type { PullResult } from '../../src/zerok/pull-output.ts';

const RUN: RunRef = { scenario: 'a-scenario', workflowId: 'a-workflow', runId: 'a-run' };
const SPEC = { id: 'm-1', shape: 'line', bytes: 48, seed: 1 } as const;
const MIB = 1024 * 1024;
const PATIENCE_SECONDS = 50;

interface BadDay {
  what: string;
  /** Of `sync-cli`; none: it is not there. */
  script?: string;
  /** It is waited for this long; none: long enough for a busy machine. */
  seconds?: number;
  /** What is said of a new device, of a push and of a pull. */
  init: RegExp;
  push: RegExp;
  pull: RegExp;
}

const days: BadDay[] = [
  {
    what: 'prints nothing',
    script: 'exit 0',
    ...{ init: /\(exit 0\): nothing$/, push: /: printed nothing$/, pull: /^cut-short printed nothing$/ },
  },
  {
    what: 'prints 100 MB',
    script: 'head -c 100000000 /dev/zero | tr "\\0" x',
    ...{ init: /\(exit 0\): x{400}$/, push: /: cut short after: x{300}$/ },
    pull: /^cut-short printed more than is read, cut short after: x{300}$/,
  },
  {
    what: 'asks on the terminal',
    script: 'printf "Which group? "; exec sleep 60',
    seconds: 4,
    ...{ init: /on desk did not end within 4 s; it was killed.*Which group\?/ },
    ...{ push: /did not end within 4 s; it was killed.*Which group\?/, pull: /did not end within 4 s.*Which group\?/ },
  },
  {
    what: 'is missing',
    ...{ init: /not found$/, push: /^q cannot push: .*sync-cli: not found$/, pull: /^refused .*sync-cli: not found$/ },
  },
  {
    what: 'is of another version',
    script: 'echo "sync-cli 9: unknown words: $*"',
    ...{ init: /sync-cli 9: unknown words/, push: /: cut short after: sync-cli 9/, pull: /^cut-short .*sync-cli 9/ },
  },
];

describe('a client on a bad day, in a run', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), '0k-chaos-bad-day-'));
  const path = join(folder, 'sync-cli');
  const fleetThatWaits = (seconds: number): Fleet =>
    parseFleet(
      `name: one\ntimes: { commandSeconds: ${seconds} }\nmachines: { desk: { local: true } }\nrelays: {}\n` +
        `clients: { q: { machine: desk, command: [${path}], data: ${folder} } }\n`,
      'fleet.yml',
    );
  let hosts: Hosts;
  let client: SyncClient;
  const clientThatWaits = (seconds: number): SyncClient =>
    new SyncClient(
      { fleet: fleetThatWaits(seconds), hosts, stateDir: folder } as Omit<Deps, 'temporal'> as Deps,
      RUN,
      'q',
    );
  before(() => {
    hosts = createHosts({ machines: fleetThatWaits(PATIENCE_SECONDS).machines, stateDir: folder });
    client = clientThatWaits(PATIENCE_SECONDS);
  });
  after(async () => {
    await hosts.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const signal = new AbortController().signal;
  const pushed = (): Promise<Message> =>
    pushOne(new MessageBook(new RunFolder(folder, RUN), RUN), client, SPEC, signal);
  /** The message of what it throws, or what it says. */
  const said = <T>(act: Promise<T>, words: (result: T) => string): Promise<string> =>
    act.then(words, (error: Error) => error.message);

  for (const { what, script, seconds, init, push, pull } of days) {
    describe(`that ${what}`, () => {
      before(() => {
        client = clientThatWaits(seconds ?? PATIENCE_SECONDS);
        rmSync(path, { force: true });
        if (script !== undefined) writeFileSync(path, `#!/bin/sh\n${script}\n`);
        if (script !== undefined) chmodSync(path, 0o755);
      });

      it('is told by machine, command and evidence when it is to be a new device', async () => {
        const message = await said(initDevice(client), () => 'it passed');
        assert.match(message, init);
        assert.match(message, /desk/);
        assert.match(message, /sync-cli/);
        assert.ok(message.length < 1000, `${message.length} characters`);
      });

      it('has pushed nothing that anybody can be sure of', async () => {
        const message = await said(pushed(), ({ outcome, evidence }) => `${outcome} ${evidence}`);
        assert.match(message, push);
        assert.match(message, /sync-cli/);
        assert.match(message, / on desk/);
        assert.match(message, script === undefined ? /^q cannot push/ : /^indeterminate/);
        assert.ok(message.length < 1000, `${message.length} characters`);
      });

      it('has shown nothing, which is no proof that there is nothing', async () => {
        const words = (pages: PullResult[]): string => pages.map(({ kind, reason }) => `${kind} ${reason}`).join();
        const message = await said(client.pullAll(client.cli), words);
        assert.match(message, pull);
        assert.ok(message.length < 1000, `${message.length} characters`);
      });
    });
  }

  it('fills no memory: the end of what it printed is all that is kept', async () => {
    writeFileSync(path, '#!/bin/sh\nhead -c 100000000 /dev/zero | tr "\\0" x\nhead -c 100000000 /dev/zero >&2\n');
    chmodSync(path, 0o755);
    const { stdout, stderr, truncated } = await client.exec(client.cli.command, { timeoutMs: 30_000 });
    assert.deepEqual([stdout.length, stderr.length, truncated], [4 * MIB, 4 * MIB, true]);
  });
});

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { Inquest } from '../../src/activities/invariants/index.ts';
import { tapped } from '../../src/activities/invariants/wire.ts';
import { MOST_ATTEMPTS } from '../../src/contract/steps.ts';
import type { ExecOptions } from '../../src/hosts/host.ts';
import { fakeDeps } from './ground/fake-fleet.ts';
import { inquestOf, SECRET } from './inquest.ts';

describe('what the machines of the relays hear on the wire', () => {
  let stateDir: string;
  let opened: number;
  let heard: string[];
  let gone: Set<string>;
  beforeEach(() => {
    stateDir = mkdtempSync(path.join(tmpdir(), '0k-wire-'));
    [opened, heard, gone] = [0, [], new Set()];
  });
  afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

  /** The n-th tap of a run hears what `heard` has there, and is gone once it was read. */
  function beast(_: readonly string[], { stdin }: ExecOptions) {
    const [dir] = /\/run\/0k-chaos-tap\.\d{8}/.exec(String(stdin)) ?? [];
    if (dir === undefined) return `/run/0k-chaos-tap.0000000${(opened += 1)}\n`;
    if (gone.has(dir)) return { exitCode: 1, stderr: 'no such tap' };
    gone.add(dir);
    return Buffer.from(heard[Number(dir.at(-1)) - 1] ?? '').toString('base64');
  }

  const inquest = (signal?: AbortSignal): Inquest =>
    inquestOf({ ...fakeDeps({ beast: { says: beast } }), stateDir }, signal);

  const attempt = (n: number, of: Inquest, act: () => Promise<unknown>): Promise<unknown> =>
    new MockActivityEnvironment({ attempt: n }, { logger: new DefaultLogger('ERROR') }).run(() =>
      tapped(of, async (listening) => {
        await listening;
        return act();
      }),
    );
  const broken = ({ seen }: Inquest) => seen.broken.map(({ id }) => id);
  const well = () => Promise.resolve();
  const bad = () => Promise.reject(new Error('torn away'));
  const never = () => new Promise(() => undefined);

  it('is searched for the messages of the run', async () => {
    heard = [`noise ${SECRET} noise`];
    const first = inquest();
    await attempt(1, first, well);
    assert.deepEqual(broken(first), ['leak-wire']);
  });

  for (const [how, end] of [
    ['failed', (of: Inquest) => assert.rejects(attempt(1, of, bad), /torn away/)],
    [
      'died with its worker',
      async (of: Inquest) => {
        void attempt(1, of, never);
        while (of.folder.events().length === 0) await new Promise((go) => setTimeout(go, 5));
      },
    ],
  ] as const) {
    it(`is searched by the next attempt where one ${how}, and once only`, async () => {
      heard = [SECRET, 'noise', 'noise'];
      await end(inquest());
      const second = inquest();
      await attempt(2, second, well);
      assert.deepEqual(broken(second), ['leak-wire']);
      const third = inquest();
      await attempt(3, third, well);
      assert.deepEqual(broken(third), []);
      assert.ok(third.folder.events().every(({ summary }) => !summary.includes('not searched')));
    });
  }

  it('leaves nothing on the machines when nobody comes after: the last attempt, and one that is cancelled', async () => {
    await assert.rejects(attempt(MOST_ATTEMPTS, inquest(), bad));
    assert.equal(gone.size, 1);
    const cancelled = new AbortController();
    cancelled.abort();
    await assert.rejects(attempt(1, inquest(cancelled.signal), bad));
    assert.equal(gone.size, 2);
  });

  describe('with a tcpdump of a machine', () => {
    let asked: string[];
    beforeEach(() => (asked = []));

    /** A machine on which `tcpdump` is this script. */
    const machineWith = (tcpdump: string): Inquest => {
      writeFileSync(path.join(stateDir, 'tcpdump'), `#!/bin/sh\n${tcpdump}\n`, { mode: 0o755 });
      const PATH = `${stateDir}:${process.env['PATH']}`;
      const says = (_: readonly string[], { stdin }: ExecOptions) => {
        const said = execFileSync('sh', ['-s'], { input: stdin, env: { PATH }, encoding: 'utf8' });
        asked.push(said.trim());
        return said;
      };
      return inquestOf({ ...fakeDeps({ beast: { says } }), stateDir });
    };
    const notes = ({ folder }: Inquest) => folder.events().map(({ summary }) => summary);

    it('begins once it listens, though no packet has come, and has what came last', async () => {
      const quiet = machineWith(
        `end() { printf '%s' '${SECRET}'; kill $!; exit; }; trap end TERM; echo 'listening on any' >&2; sleep 30 >&2 & wait`,
      );
      await attempt(1, quiet, well);
      assert.deepEqual(broken(quiet), ['leak-wire']);
      assert.match(asked[0] ?? '', /^\/run\/0k-chaos-tap\./);
      assert.equal(existsSync(asked[0] ?? ''), false);
    });

    it('says why one does not listen, and leaves nothing of it', async () => {
      const deaf = machineWith("echo 'any: You do not have permission to capture' >&2; exit 1");
      await attempt(1, deaf, well);
      const why = 'tcpdump does not listen: any: You do not have permission to capture';
      assert.deepEqual(notes(deaf), [`the wire was not searched: ${why}`]);
    });
  });
});

import { strict as assert } from 'node:assert';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { Inquest } from '../../src/activities/invariants/index.ts';
import { tapped } from '../../src/activities/invariants/wire.ts';
import { MOST_ATTEMPTS } from '../../src/contract/steps.ts';
import type { ExecOptions } from '../../src/hosts/host.ts';
import { SHELLS } from '../hosts/shells.ts';
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

  for (const [name = '', ...words] of SHELLS)
    describe(`with a tcpdump of a machine, under ${name}`, () => {
      let asked: string[];
      let started: ChildProcess[];
      beforeEach(() => ([asked, started] = [[], []]));
      afterEach(() => started.forEach((child) => child.kill('SIGKILL')));

      const program = (tool: string, text: string): void =>
        writeFileSync(path.join(stateDir, tool), `#!/bin/dash\n${text}\n`, { mode: 0o755 });
      /** A machine on which `tcpdump` is this script. */
      const machineWith = (tcpdump: string): Inquest => {
        program('tcpdump', tcpdump);
        program('sh', `exec ${[name, ...words].join(' ')} "$@"`);
        const PATH = `${stateDir}:${process.env['PATH']}`;
        const says = (_: readonly string[], { stdin }: ExecOptions) => {
          const options = { input: stdin, env: { PATH }, encoding: 'utf8' } as const;
          const { stdout, status, stderr } = spawnSync('sh', ['-s'], options);
          asked.push(stdout.trim());
          return { stdout, stderr, exitCode: status ?? 1 };
        };
        return inquestOf({ ...fakeDeps({ beast: { says } }), stateDir });
      };
      const notes = ({ folder }: Inquest) => folder.events().map(({ summary }) => summary);
      const runs = (pid: number): boolean => /^State:\s+[^ZX\s]/m.test(statusOf(pid));
      const told = (file: string): number =>
        Number(readFileSync(path.join(asked[0] ?? '', file), 'utf8').split(' ')[0]);
      /** Says the secret when it is told to end. */
      const TELLS = `end() { printf '%s' '${SECRET}'; kill $!; exit; }; trap end TERM; echo 'listening on any' >&2; sleep 30 >&2 & wait`;

      it('begins once it listens, though no packet has come, has what came last, and leaves nothing', async () => {
        const quiet = machineWith(TELLS);
        let tap = 0;
        await attempt(1, quiet, async () => void (tap = told('group')));
        assert.deepEqual(broken(quiet), ['leak-wire']);
        assert.match(asked[0] ?? '', /^\/run\/0k-chaos-tap\./);
        assert.equal(existsSync(asked[0] ?? ''), false);
        for (const late = Date.now() + 5_000; runs(tap); await new Promise((go) => setTimeout(go, 20)))
          assert.ok(Date.now() < late, 'the tap is still there');
      });

      it('hears what goes between the machines of the fleet, but for control', async () => {
        const file = path.join(stateDir, 'filter');
        await attempt(1, machineWith(`for filter do :; done; echo "$filter" >'${file}'; exit 1`), well);
        const between = 'not port 22 and (host 192.0.2.2)';
        assert.equal(readFileSync(file, 'utf8'), `udp or (tcp and (port 80 or port 8080 or port 1 or (${between})))\n`);
      });

      it('says why one does not listen, and leaves nothing of it', async () => {
        const deaf = machineWith("echo 'any: You do not have permission to capture' >&2; exit 1");
        await attempt(1, deaf, well);
        const why = 'tcpdump does not listen: any: You do not have permission to capture';
        assert.deepEqual(notes(deaf), [`the wire was not searched: ${why}`]);
      });

      it('ends nobody who has the number of a tap that is gone', async () => {
        const killed = machineWith("echo 'listening on any' >&2; exec sleep 30");
        await attempt(1, killed, async () => {
          const [group, pid] = [told('group'), told('pid')];
          spawnSync('kill', ['-KILL', '--', `-${group}`, String(pid)]);
          for (const file of ['group', 'pid']) {
            const bystander = spawn('sleep', ['60'], { detached: true });
            started.push(bystander);
            const stat = readFileSync(path.join(asked[0] ?? '', file), 'utf8');
            writeFileSync(path.join(asked[0] ?? '', file), stat.replace(/^\d+/, String(bystander.pid)));
          }
        });
        assert.deepEqual(
          started.map(({ pid = 0 }) => runs(pid)),
          [true, true],
        );
        assert.equal(existsSync(asked[0] ?? ''), false);
      });

      it('does not call searched what is not there any more', async () => {
        const gone = machineWith(TELLS);
        await attempt(1, gone, async () => rmSync(path.join(asked[0] ?? '', 'pcap')));
        assert.match(notes(gone).at(-1) ?? '', /^the wire was not searched: .*pcap/);
      });

      // busybox takes its own `df`, whatever is on PATH.
      (name === 'busybox' ? it.skip : it)('takes a quarter of the room that leases need too, and no more', async () => {
        const busy = machineWith("echo 'listening on any' >&2; head -c 1000000 /dev/zero; exec sleep 30");
        program(
          'df',
          "echo 'Filesystem 1024-blocks Used Available Capacity Mounted on'; echo 'tmpfs 100 60 40 60% /run'",
        );
        await attempt(1, busy, well);
        assert.equal(notes(busy).at(-1), 'searched 10240 bytes of its wire');
      });

      it('clears up what a tap has left that was killed long ago, and no other', async () => {
        const [old, young] = ['AAAAAAAA', 'BBBBBBBB'].map((end) => `/run/0k-chaos-tap.${end}`) as [string, string];
        for (const dir of [old, young]) mkdirSync(dir);
        try {
          utimesSync(old, 0, 0);
          await attempt(1, machineWith(TELLS), well);
          assert.deepEqual([existsSync(old), existsSync(young)], [false, true]);
        } finally {
          for (const dir of [old, young]) rmSync(dir, { recursive: true, force: true });
        }
      });
    });
});

/** `''`: it is gone. */
function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

import { strict as assert } from 'node:assert';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import type { BrakeState } from '../../../src/cli/brake/state.ts';
import { leasesOn, type Leases } from '../../../src/hosts/lease.ts';
import { cut } from '../../hosts/leased-machine.ts';
import { onTheLab } from '../fixture.ts';
import type { TestLab } from '../test-lab.ts';

const MR_01 = 'mr_01_relay_crash_failover';
const EDGE_03 = 'edge_03_guardian_partition_recovery';
const STOP = '/tmp/0k-chaos-guard';

interface Pulled {
  machines: { machine: string; braked: boolean; healed: object[]; left: object[] }[];
  runs: { asked: string[]; problem: string | null };
  seconds: number;
}

describe('the brake, on the lab', function () {
  this.timeout(300_000);
  let here: TestLab;
  afterEach(async () => void (await chaos('brake', '--release')));
  onTheLab((lab) => (here = lab));

  const chaos = (...words: string[]) => here.chaos(words);
  const ledger = (machine: string): Leases => leasesOn(here.hosts.get(machine));
  const pulled = async (): Promise<Pulled> => {
    const { exitCode, stdout, stderr } = await chaos('brake', 'smoke in the rack', '--json');
    assert.equal(exitCode, 0, stdout + stderr);
    const said = JSON.parse(stdout) as Pulled;
    const healed = said.machines.flatMap((machine) => machine.healed).length;
    process.stderr.write(`  brake: ${healed} faults healed in ${said.seconds.toFixed(1)} s\n`);
    assert.ok(
      said.machines.every(({ braked, left }) => braked && left.length === 0),
      stdout,
    );
    return said;
  };
  let cuts = 0;
  /** A fault of nobody who lives, as real as any. It is armed once, so each time it is another one. */
  const arm = (machine: string) => ledger(machine).arm(cut(`brake ${(cuts += 1)}`, { ttlSeconds: 300 }));
  const standing = async (): Promise<void> => {
    const states = (await Promise.all(['guardian', 'guardian', 'beast', 'beast'].map(arm))).map(({ state }) => state);
    assert.deepEqual([...new Set(states)], ['armed']);
  };

  it('heals five faults and ends the run, and refuses whatever comes, until it is released', async () => {
    // Enough of them that it still pushes when the brake comes.
    const handle = await here.start(MR_01, { messages: 200 });
    await here.untilStanding(handle, 1);
    await standing();
    const { runs, machines } = await pulled();
    assert.deepEqual(await here.residue(), []);
    assert.deepEqual(runs, { asked: [handle.workflowId], problem: null });
    const run = await here.ended(handle);
    assert.equal(run.status, 'cancelled', run.message);
    // The run is cancelled beside, and may be the first at its own fault.
    const byItself = (run.result?.faults ?? []).filter(({ healedBy }) => healedBy === 'frame');
    assert.equal(
      machines.flatMap(({ healed }) => healed).length + byItself.length,
      5,
      JSON.stringify(run.result?.faults),
    );

    const type = ['--task-queue', 'Q', '--type', EDGE_03];
    const plain = await here.temporal('workflow', 'execute', ...type, '--workflow-id', `braked-${process.pid}`);
    assert.match(plain.stdout + plain.stderr, /the brake is on: smoke in the rack .*0k-chaos brake --release/);
    const byHand = await chaos('inject', 'cut', 'guardian', '--from', 'beast');
    assert.deepEqual([byHand.exitCode, /smoke in the rack/.test(byHand.stderr)], [3, true]);
    const late = await Promise.all(['guardian', 'beast'].map(arm));
    assert.deepEqual(
      late.map(({ state }) => state),
      ['braked', 'braked'],
      'each machine for itself, whoever asks',
    );
    assert.equal((await chaos('brake', '--status')).exitCode, 3);
    assert.deepEqual(await here.residue(), []);

    assert.equal((await chaos('brake', '--release')).exitCode, 0);
    assert.equal((await chaos('brake', '--status')).exitCode, 0);
    assert.equal((await arm('guardian')).state, 'armed');
    assert.equal((await chaos('heal', '--all')).exitCode, 0);
  });

  it('brakes and heals with no Temporal and no worker; a machine that missed it is braked by the next worker', async () => {
    await standing();
    await here.endWorker('SIGKILL');
    await here.withoutTemporal(async () => {
      const { runs } = await pulled();
      assert.notEqual(runs.problem, null);
      assert.deepEqual(await here.residue(), []);
    });
    await ledger('guardian').brake('off');
    assert.equal((await arm('guardian')).state, 'armed');
    await here.startWorker();
    await here.untilClean(60);
    const { stdout } = await chaos('brake', '--status', '--json');
    const { machines } = JSON.parse(stdout) as BrakeState;
    assert.ok(
      machines.every(({ brake }) => brake?.reason === 'smoke in the rack'),
      stdout,
    );
  });

  /** A worker and a CLI with these guards in the fleet file. */
  const withGuards = async (guards: string, body: () => Promise<void>): Promise<void> => {
    const file = here.lab.fleetFile;
    const before = readFileSync(file, 'utf8');
    try {
      appendFileSync(file, `\nguards: ${guards}\n`);
      await here.endWorker('SIGTERM');
      await here.startWorker();
      await body();
    } finally {
      writeFileSync(file, before);
      await here.endWorker('SIGTERM');
    }
  };

  it('a guard of the fleet file that fails while a fault stands aborts the run, which heals', async () => {
    const watch = `{ command: [test, '!', -e, ${STOP}], machine: guardian, forSeconds: 1, everySeconds: 1 }`;
    await withGuards(`{ never: { targets: [relay-2] }, abortWhen: [${watch}] }`, async () => {
      try {
        const never = await chaos('inject', 'pause', 'relay-2');
        assert.deepEqual([never.exitCode, /guards\.never\.targets/.test(never.stderr)], [2, true], never.stderr);
        const handle = await here.start(EDGE_03);
        await here.untilStanding(handle, 1);
        await here.root('guardian', 'touch', STOP);
        const { kind, message } = await here.ended(handle);
        assert.equal(kind, 'Inconclusive', message);
        assert.match(message, /guard of the fleet file: .* on guardian exits 0: it did not for \d+ s: exited 1/);
        assert.deepEqual(await here.residue(), []);
        const refused = await here.run(EDGE_03);
        assert.match(refused.message, /`guards\.abortWhen`: guard: .*exited 1/);
        assert.deepEqual(refused.result?.faults, []);
      } finally {
        await here.root('guardian', 'rm', '-f', STOP);
      }
    });
  });

  it('interfaces that are never broken and the most faults at a time hold for runs and by hand', async () => {
    const [beast = ''] = here.config.fleet.machines['beast']?.addresses ?? [];
    const route = await here.root('guardian', 'ip', '-json', 'route', 'get', beast);
    const [{ dev } = { dev: '' }] = JSON.parse(route) as { dev: string }[];
    await withGuards(`{ never: { interfaces: { guardian: [${dev}] } }, mostFaults: 1 }`, async () => {
      const spared = new RegExp(`\`${dev}\` of guardian`);
      const byHand = await chaos('inject', 'cut', 'guardian', '--from', 'beast');
      assert.deepEqual([byHand.exitCode, spared.test(byHand.stderr)], [2, true], byHand.stderr);
      const run = await here.run(EDGE_03);
      assert.equal(run.kind, 'Inconclusive', run.message);
      assert.match(run.message, /guards\.never\.interfaces.*Nothing was touched/);
      assert.deepEqual(await here.residue(), []);

      assert.equal((await arm('beast')).state, 'armed');
      const second = await chaos('inject', 'pause', 'relay-1');
      assert.deepEqual([second.exitCode, /mostFaults/.test(second.stderr)], [3, true], second.stderr);
      assert.equal((await chaos('heal', '--all')).exitCode, 0);
      assert.equal((await chaos('inject', 'pause', 'relay-1')).exitCode, 0);
      assert.equal((await chaos('heal', '--all')).exitCode, 0);
    });
  });

  it('outside of the hours of the fleet file nothing is broken, whoever asks', async () => {
    const hour = new Date().getUTCHours() === 3 ? '05' : '03';
    await withGuards(`{ hours: { from: '${hour}:00', to: '${hour}:01', timezone: UTC } }`, async () => {
      const run = await here.run(EDGE_03);
      assert.match(run.message, /guards\.hours.*Nothing was touched/);
      const byHand = await chaos('inject', 'pause', 'relay-1');
      assert.deepEqual([byHand.exitCode, /guards\.hours/.test(byHand.stderr)], [2, true], byHand.stderr);
      assert.deepEqual(await here.residue(), []);
    });
  });
});

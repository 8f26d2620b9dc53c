import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyFile } from '../../../src/activities/passphrase.ts';
import { shortId } from '../../../src/activities/admit.ts';
import { ownerOf, type RunRef } from '../../../src/contract/run.ts';
import type { SweepResult } from '../../../src/contract/sweep.ts';
import { theLab } from '../fixture.ts';
import type { Ended, TestLab } from '../test-lab.ts';
import { filesOf, histories, machinePlaces, ProcessWatch, type Place } from './canary-places.ts';
import { found, secretsOf, type Needle } from './canary-secrets.ts';

const CM_01 = 'cm_01_q_push_guardian_pull';
const MR_01 = 'mr_01_relay_crash_failover';
const CLI = '/tmp/sync-cli-arm';
/** Pairs badly: it says what was typed, as a program under test might. */
const WICKED = `#!/bin/sh
case " $* " in *" pair "*) ;; *) exec ${CLI}.sound "$@" ;; esac
printf 'Enter group passphrase: ' >/dev/tty
IFS= read -r typed </dev/tty
echo "Error: no group for $typed" >&2
exit 1
`;

describe('the secrets of runs', function () {
  this.timeout(300_000);
  let here: TestLab;
  let needles: Needle[];
  const runs: RunRef[] = [];
  const ends: Ended[] = [];
  const watched: Place[] = [];

  before(async function () {
    this.timeout(900_000);
    here = await theLab();
    const watches = ['q', 'beast', 'guardian'].map((machine) => new ProcessWatch(here, machine));
    ends.push(await run(MR_01), await failing(), await killedWhilePairing(watches), await notPairing());
    for (const watch of watches) {
      const { machine } = watch;
      assert.ok(watch.all(/pair --join [0-9a-f]{64}/g).length > 0, `no client was seen pairing on ${machine}`);
      watched.push(await watch.end());
    }
    needles = secretsOf(here, runs);
  });
  after(async () => {
    if (!here.worker) await here.startWorker();
    await here.untilClean(60);
  });

  async function run(scenario: string): Promise<Ended> {
    const handle = await here.start(scenario, { messages: 1 });
    runs.push({ scenario, workflowId: handle.workflowId, runId: handle.firstExecutionRunId });
    return here.ended(handle);
  }

  async function failing(): Promise<Ended> {
    await here.hands().ok('lab', 'break', 'logs-plaintext', 'relay-1', '--name', here.lab.name);
    try {
      return await run(CM_01);
    } finally {
      await here.hands().ok('lab', 'mend', '--name', here.lab.name);
    }
  }

  /** The worker dies by SIGKILL while a client has just been told the passphrase. */
  async function killedWhilePairing(watches: ProcessWatch[]): Promise<Ended> {
    const running = run(MR_01);
    const folder = /0k-chaos-[0-9a-f]+(?=\/main pair)/g;
    const seen = new Set<string>();
    const isNew = (): boolean => watches.some((watch) => watch.all(folder).some((name) => !seen.has(name)));
    for (const watch of watches) for (const name of watch.all(folder)) seen.add(name);
    let over = false;
    void running.finally(() => (over = true));
    for (; !isNew(); await sleep(20)) assert.ok(!over, 'no client was seen pairing before the run ended');
    await here.endWorker('SIGKILL');
    await here.startWorker();
    return running;
  }

  async function notPairing(): Promise<Ended> {
    await here.root(
      'guardian',
      'sh',
      '-c',
      `mv ${CLI} ${CLI}.sound; printf %s "$1" >${CLI}; chmod 755 ${CLI}`,
      'sh',
      WICKED,
    );
    try {
      return await run(CM_01);
    } finally {
      await here.root('guardian', 'mv', '-f', `${CLI}.sound`, CLI);
    }
  }

  function nowhere(places: Place[]): void {
    assert.ok(places.length > 0 && places.some(({ content }) => content.length > 0), 'nothing was searched');
    assert.deepEqual(
      places.flatMap(({ name, content }) => found(needles, name, content)),
      [],
    );
  }

  it('are those of a run that passed, one that failed, one whose worker was killed and one whose client did not pair', () => {
    const [passed, failed, , unpaired] = ends;
    assert.equal(passed?.result?.verdict, 'passed', passed?.message);
    assert.equal(failed?.kind, 'ClaimFailed', failed?.message);
    assert.match(unpaired?.message ?? '', /guardian.* pair .*no group for \*{6}/);
    assert.equal(new Set(runs.map(({ runId }) => runId)).size, 4);
  });

  it('are found by this search where they have to be', () => {
    const key = found(needles, 'key', readFileSync(keyFile(here.config.stateDir)));
    assert.deepEqual(key, ['the HMAC key (its bytes) in key']);
    const body = readFileSync(join(here.lab.dir, 'id'), 'utf8').replaceAll('\n', '');
    assert.ok(found(needles, 'id', Buffer.from(body)).some((label) => label.startsWith('the private SSH key')));
  });

  it('are in no history, memo, failure or search attribute of the server', async () => {
    nowhere(await histories(here));
  });

  it('are in no journal, log, artefact or database of the state folder but the key file', () => {
    nowhere(filesOf(here.config.stateDir, [keyFile(here.config.stateDir)]));
  });

  it('are in nothing that the workers said, nor in the failures of the runs', () => {
    const said = `${here.workerLog}\n${JSON.stringify(ends)}`;
    nowhere([{ name: "the workers' log and the failures", content: Buffer.from(said) }]);
  });

  it('were in no process list, commands and environments, of any machine at any time', () => {
    nowhere(watched);
  });

  it('are in no relay log, ledger, temporary folder, system log or home of any machine', async () => {
    nowhere((await Promise.all(['beast', 'guardian'].map((machine) => machinePlaces(here, machine)))).flat());
  });

  it('are with no client any more, as the folders of the runs are gone', async () => {
    const mine = runs.map((ref) => shortId(ownerOf(ref)));
    const left = await here.groups();
    assert.deepEqual(
      left.filter((path) => mine.some((id) => path.includes(id))),
      [],
    );
  });

  it('are with no client any more after a sweep, whatever became of the runs before, terminated or cut off', async () => {
    const swept = await here.start('sweep');
    const { left } = (await here.client.workflow.getHandle(swept.workflowId).result()) as SweepResult;
    assert.deepEqual(left, []);
    assert.deepEqual(await here.groups(), []);
  });
});

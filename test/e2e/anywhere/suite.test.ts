import { strict as assert } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { onTheLab } from '../fixture.ts';
import type { TestLab } from '../test-lab.ts';
import type { SuiteResult } from '../../../src/contract/suite-result.ts';
import { parseJournal } from '../../../src/report/journal.ts';

const MR = 'mr_01_relay_crash_failover';
const CM = 'cm_01_q_push_guardian_pull';

describe('many runs on the lab', function () {
  this.timeout(300_000);
  let here: TestLab;
  onTheLab((lab) => (here = lab));

  const chaos = (fleet: string, ...words: string[]) => here.chaos(words, fleet);

  it('a suite whose worker is killed in the middle goes on, counts each run once and leaves a journal a run', async () => {
    const id = `suite-${process.pid}`;
    const running = chaos(here.lab.fleetFile, 'run', MR, CM, '--set', 'messages=2', '--id', id, '--json');
    const child = here.client.workflow.getHandle(`${id}/${MR}/1`);
    await until(async () => (await child.describe()).status.name === 'RUNNING');
    await here.untilStanding(child, 1);
    await here.endWorker('SIGKILL');
    await here.startWorker();
    const { exitCode, stdout, stderr } = await running;
    const result = JSON.parse(stdout) as SuiteResult;
    assert.deepEqual([exitCode, result.because], [0, 'all 2 runs passed'], stderr);
    assert.deepEqual(
      result.runs.map(({ scenario, n }) => `${scenario}/${n}`),
      [MR, CM].map((name) => `${name}/1`),
    );
    for (const { journal } of result.runs) assert.ok('journal' in parseJournal(readFileSync(journal, 'utf8')));
    assert.equal(path.dirname(result.summary.markdown), path.join(here.config.stateDir, 'suites', id));
    assert.match(readFileSync(result.summary.markdown, 'utf8'), /^# passed: suite\n/);
    assert.match(stderr, /2 of 2 .*: passed in/);
  });

  it('a second run waits for what the first one holds, says so, and is granted when that has ended', async () => {
    const first = await here.start(MR);
    await here.untilStanding(first, 1);
    const second = await here.start(MR);
    const locks = async () => (await chaos(here.lab.fleetFile, 'locks')).stdout;
    await until(async () => /waits, 1\..*mr_01/.test(await locks()));
    const [one, other] = [await here.ended(first), await here.ended(second)];
    assert.deepEqual([one.result?.verdict, other.result?.verdict], ['passed', 'passed'], other.message);
    const lines = await second.query<{ text: string }[]>('progress');
    assert.ok(lines.some(({ text }) => text.startsWith(`waits for \``) && text.includes(first.workflowId)));
    await until(async () => /nothing is locked/.test(await locks()));
  });

  it('the nightly section becomes a schedule; applied again it changes nothing', async () => {
    const fleet = path.join(here.lab.dir, 'nightly.yml');
    const section = `\nnightly: { at: "02:30", timezone: Europe/Berlin, scenarios: [${MR}], iterations: 1 }\n`;
    writeFileSync(fleet, readFileSync(here.lab.fleetFile, 'utf8') + section);
    assert.match((await chaos(fleet, 'schedule', 'apply')).stdout, /made of `nightly:`/);
    assert.match((await chaos(fleet, 'schedule', 'apply')).stdout, /nothing changed/);
    const { schedules } = JSON.parse((await chaos(fleet, 'schedule', 'list', '--json')).stdout) as {
      schedules: { paused: boolean; next: string[] }[];
    };
    assert.equal(schedules[0]?.next.length, 3);
    assert.equal((await chaos(fleet, 'schedule', 'delete')).exitCode, 0);
    assert.equal((await chaos(fleet, 'schedule', 'pause')).exitCode, 2);
  });
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await isSo().catch(() => false))) {
    assert.ok(Date.now() < deadline, `not so after 60 s: ${isSo.toString()}`);
    await new Promise((go) => setTimeout(go, 200));
  }
}

import { strict as assert } from 'node:assert';
import { askGround } from '../ask-ground.ts';
import { onTheLab } from '../fixture.ts';
import type { TestLab } from '../test-lab.ts';
import type { RelayFacts } from '../../../src/activities/relay-facts.ts';

describe('the ground and the relays, on a lab of any kind', function () {
  this.timeout(240_000);
  let here: TestLab;
  onTheLab((lab) => (here = lab));

  const chaos = (...words: string[]) => here.chaos(words);

  it('are known side by side: ids, health, metrics, memory and open files', async () => {
    const { exitCode, stdout, stderr } = await chaos('relays', 'compare', '--json');
    assert.equal(exitCode, 0, stderr);
    const facts = JSON.parse(stdout) as RelayFacts[];
    assert.equal(new Set(facts.map(({ endpointId }) => endpointId)).size, 3);
    for (const { health, metrics, memoryBytes, openFiles } of facts) {
      assert.equal(health?.status, 'ok');
      assert.equal(metrics?.['storage_blobs'], health?.totalBlobs);
      assert.ok(Number(memoryBytes) > 5e6 && Number(openFiles) > 3, `${memoryBytes} bytes, ${openFiles} files`);
    }
  });

  it('name a relay that somebody stopped, once, with the command that mends it; and it mends it', async () => {
    await here.root('beast', 'docker', 'stop', '-t', '2', 'dist-chaos-relay-2-1');
    const { exitCode, checks } = await askGround(here, 'distributed_connect_to_relays', 'distributed_init_pair_q');
    assert.equal(exitCode, 1);
    assert.match(checks[0]?.what ?? '', /relay-2: container dist-chaos-relay-2-1 is exited/);
    assert.equal(checks[0]?.fix, '`0k-chaos relays start relay-2`');
    assert.deepEqual(checks[1]?.state, 'skipped');
    const started = await chaos('relays', 'start', 'relay-2');
    assert.equal(started.exitCode, 0, started.stderr);
    const id = /endpoint id is now ([0-9a-f]{64})/.exec(started.stdout)?.[1];
    const ids = await chaos('relays', 'ids', 'relay-2', '--json');
    const [now] = JSON.parse(ids.stdout) as { value: { endpointId: string } }[];
    assert.equal(now?.value.endpointId, id);
  });

  it('refuse to have a relay killed by hand while a run relies on it', async () => {
    const handle = await here.start('edge_03_guardian_partition_recovery', { messages: 1 });
    await here.untilStanding(handle, 1);
    // At the same time: on a slow machine the run may end before the second one has asked.
    const [{ exitCode, stderr }, { checks }] = await Promise.all([
      chaos('relays', 'kill', 'relay-1'),
      askGround(here, 'distributed_partition_beast_guardian'),
    ]);
    assert.equal(exitCode, 2, stderr);
    assert.ok(stderr.includes(handle.workflowId), stderr);
    assert.ok(checks[0]?.state === 'fail' && checks[0].what.includes(handle.workflowId), checks[0]?.what);
    assert.equal((await here.ended(handle)).result?.verdict, 'passed');
  });

  it('name a program that is gone from the edge, which `guardian install` builds, copies and proves', async () => {
    await here.root('guardian', 'rm', '/tmp/sync-cli-arm');
    const missing = await askGround(here, 'distributed_guardian_*');
    assert.deepEqual([missing.exitCode, missing.checks[0]?.fix], [1, '`0k-chaos guardian install guardian`']);
    const installed = await chaos('guardian', 'install', '--json');
    assert.equal(installed.exitCode, 0, installed.stderr);
    const { sha256, version } = JSON.parse(installed.stdout) as { sha256: string; version: string };
    assert.equal(version, 'sync-cli 0.1.0');
    assert.ok((await here.root('guardian', 'sha256sum', '/tmp/sync-cli-arm')).startsWith(sha256));
    const again = await askGround(here, 'distributed_guardian_*');
    assert.equal(again.exitCode, 0, JSON.stringify(again.checks));
    assert.match(again.checks[0]?.what ?? '', /as built last/);
  });
});

import { strict as assert } from 'node:assert';
import type { Deps } from '../../src/activities/deps.ts';
import { inTheWay, matchesPattern } from '../../src/cli/bearer.ts';
import { partition, partitionParams } from '../../src/faults/partition.ts';
import { markOf } from '../../src/faults/place.ts';
import { ScratchMachine, whyNoScratchMachine } from '../faults/scratch-machine.ts';

describe('the pattern of a free bearer', () => {
  it('takes `*` for any text, over lines, and everything else for itself', () => {
    assert.ok(matchesPattern('qdisc fq_codel 0: root refcnt 2', 'qdisc * 0: root *'));
    assert.ok(matchesPattern('a\nb', 'a*b'));
    assert.ok(!matchesPattern('qdisc tbf 8001: root refcnt 2', 'qdisc * 0: root *'));
    assert.ok(!matchesPattern('x.y', 'x?y'));
    assert.ok(!matchesPattern('xay', 'x.y'));
  });

  it('takes one of several patterns, each for the whole text', () => {
    assert.ok(matchesPattern('gone', '* running|gone'));
    assert.ok(matchesPattern('now running', '* running|gone'));
    assert.ok(!matchesPattern('gone now', '* running|gone'));
  });
});

describe('what is in the way of a fault', function () {
  this.timeout(20_000);
  let machine: ScratchMachine;
  before(async function () {
    if (whyNoScratchMachine() !== undefined) return this.skip();
    machine = await ScratchMachine.start();
  });
  after(() => machine?.stop());

  const inTheWayOfCut = (tool: 'nft' | 'iptables'): Promise<string | null> => {
    const host = machine.host();
    const deps = { fleet: { machines: {} }, hosts: { get: () => host } } as unknown as Deps;
    const params = partitionParams.parse({ id: 'plan/1', place: { on: 'machine' }, tool, from: 'all' });
    return inTheWay(deps, 'guardian', partition, params);
  };

  for (const tool of ['nft', 'iptables'] as const)
    it(`is nothing on a machine where nobody has put anything: a cut by ${tool}`, async () => {
      assert.equal(await inTheWayOfCut(tool), null);
    });

  it("is what somebody else has put there, in the machine's own words", async () => {
    await machine.output('nft', 'add', 'table', 'inet', `zk_${markOf('plan/1')}`);
    assert.match((await inTheWayOfCut('nft')) ?? '', /somebody else's is there .* on guardian shows `table inet zk_/);
  });
});

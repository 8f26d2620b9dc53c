import { strict as assert } from 'node:assert';
import { partition, partitionParams, type PartitionParams } from '../../src/faults/partition.ts';
import { leasesOn } from '../../src/hosts/lease.ts';
import { ScratchMachine, whyNoScratchMachine } from './scratch-machine.ts';
import { echoAt, Flows, layNetwork } from './traffic.ts';

const PEER = ['10.1.0.2', 'fd01::2'];
const ALL_TO_PEER = ['tcp 10.1.0.2', 'udp 10.1.0.2', 'tcp fd01::2', 'udp fd01::2'];

describe('partition and real packets', function () {
  this.timeout(60_000);
  let machine: ScratchMachine;
  let own: Flows;
  let forwarded: Flows;
  let control: Flows;
  let aside: Flows;

  before(async function () {
    if (whyNoScratchMachine() !== undefined) return this.skip();
    machine = await ScratchMachine.start();
    await layNetwork(machine);
    await Promise.all([echoAt(machine, 'peer', 9000), echoAt(machine, null, 22), echoAt(machine, 'box', 9000)]);
    own = new Flows(machine, null, 9000, PEER);
    forwarded = new Flows(machine, 'box', 9000, PEER);
    control = new Flows(machine, 'peer', 22, ['10.1.0.1', 'fd01::1']);
    aside = new Flows(machine, null, 9000, ['10.2.0.2', 'fd02::2']);
    for (const flows of [own, forwarded, control, aside]) assert.ok(await flows.allAlive());
  });
  after(() => machine?.stop());

  const cut = async (id: string, more: Partial<PartitionParams>, ttlSeconds = 60) => {
    const params = partitionParams.parse({
      id,
      place: { on: 'machine' },
      tool: 'nft',
      from: 'all',
      controlPorts: [22],
      ...more,
    });
    const reply = await leasesOn(machine.host()).arm({
      ...{ fault: partition, params, id, owner: 'a/b', target: 'machine', summary: 'cut', ttlSeconds },
    });
    assert.ok(reply.state === 'armed' && reply.standing, JSON.stringify(reply));
  };
  const heal = async (id: string) => {
    assert.equal((await leasesOn(machine.host()).heal({ ids: [id] }, 'frame'))[0]?.state, 'healed');
    for (const flows of [own, forwarded, control, aside])
      assert.ok(await flows.allAlive(), 'flows again after the heal');
  };

  for (const tool of ['nft', 'iptables'] as const) {
    it(`cuts established flows of the machine and of what is behind it from everybody but control, by ${tool}`, async () => {
      await cut(`all ${tool}`, { tool });
      assert.deepEqual(await own.alive(), []);
      assert.deepEqual(await forwarded.alive(), []);
      assert.deepEqual(await aside.alive(), []);
      assert.deepEqual(await control.alive(), ['tcp 10.1.0.1', 'tcp fd01::1']);
      await heal(`all ${tool}`);
    });

    it(`cuts from one peer and from nobody else, by ${tool}`, async () => {
      await cut(`peer ${tool}`, { tool, from: PEER });
      assert.deepEqual(await own.alive(), []);
      assert.deepEqual(await forwarded.alive(), []);
      assert.deepEqual((await aside.alive()).length, 4);
      assert.deepEqual(await control.alive(), ['tcp 10.1.0.1', 'tcp fd01::1']);
      await heal(`peer ${tool}`);
    });

    it(`lets through what is to be kept, by ${tool}`, async () => {
      await cut(`keep ${tool}`, { tool, keep: ['udp/9000'] });
      assert.deepEqual(await own.alive(), ['udp 10.1.0.2', 'udp fd01::2']);
      await heal(`keep ${tool}`);
    });

    it(`cuts the named ports only, by ${tool}`, async () => {
      await cut(`ports ${tool}`, { tool, ports: ['udp/9000'] });
      assert.deepEqual(await own.alive(), ['tcp 10.1.0.2', 'tcp fd01::2']);
      assert.deepEqual(await forwarded.alive(), ['tcp 10.1.0.2', 'tcp fd01::2']);
      await heal(`ports ${tool}`);
      await cut(`protocol ${tool}`, { tool, from: PEER, ports: ['tcp', 'icmp'] });
      assert.deepEqual(await own.alive(), ['udp 10.1.0.2', 'udp fd01::2']);
      await heal(`protocol ${tool}`);
    });

    it(`cuts one way only when asked, by ${tool}`, async () => {
      await cut(`in ${tool}`, { tool, from: ['10.1.0.2'], direction: 'in' });
      assert.deepEqual((await own.alive()).toSorted(), ['tcp fd01::2', 'udp fd01::2']);
      const { stdout } = await machine.exec(['nft', 'list', 'ruleset']);
      assert.match(stdout, tool === 'nft' ? /cut_in/ : /ZK-\w+-in/);
      assert.doesNotMatch(stdout, tool === 'nft' ? /cut_out/ : /ZK-\w+-out/);
      await heal(`in ${tool}`);
    });
  }

  it('is ended by the kernel when every process that knew of it is killed', async () => {
    await cut('orphan', {}, 2);
    const pid = (await machine.output('sh', '-c', 'cat /run/0k-chaos/*.timer')).trim();
    await machine.output('kill', '-9', pid);
    assert.deepEqual(await own.alive(), []);
    assert.ok(await own.allAlive(), 'flows again with the lease still there');
    const [entry] = await leasesOn(machine.host()).list({ probe: true });
    assert.ok(entry?.state === 'leased' && entry.standing === false, JSON.stringify(entry));
    assert.deepEqual(ALL_TO_PEER.toSorted(), (await own.alive()).toSorted());
    await heal('orphan');
  });

  it('lasts as long as it is renewed, without a gap', async () => {
    await cut('renewed', {}, 2);
    for (let round = 0; round < 4; round++) {
      const [reply] = await leasesOn(machine.host()).renew('a/b', 2);
      assert.ok(reply?.state === 'renewed' && reply.standing && reply.evidence === '', JSON.stringify(reply));
      assert.deepEqual(await own.alive(), []);
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    await heal('renewed');
  });
});

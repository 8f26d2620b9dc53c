import { strict as assert } from 'node:assert';
import { partition, partitionParams, type PartitionParams } from '../../src/faults/partition.ts';
import { markOf } from '../../src/faults/place.ts';
import { leasesOn } from '../../src/hosts/lease.ts';
import { behavesAsFault } from './fault-contract.ts';
import { ScratchMachine, whyNoScratchMachine } from './scratch-machine.ts';
import { CONTAINER, STARTED, withDocker } from './stand-ins.ts';

const params = (id: string, more: Partial<PartitionParams> = {}): PartitionParams =>
  partitionParams.parse({ id, place: { on: 'machine' }, tool: 'nft', from: 'all', controlPorts: [22], ...more });

/** Rules of others, as Docker and an administrator would have them. */
const withForeignRules = async (machine: ScratchMachine): Promise<void> => {
  await machine.output(
    'nft',
    'table inet theirs { chain in { type filter hook input priority 0; tcp dport 23 counter drop; }; }',
  );
  for (const words of [
    '-t nat -N DOCKER',
    '-t nat -A PREROUTING -j DOCKER',
    '-A INPUT -s 192.0.2.9 -j DROP',
    '-t raw -A PREROUTING -s 192.0.2.8 -j DROP',
  ])
    await machine.output('iptables', ...words.split(' '));
};

const wholeCut = (id: string): PartitionParams => params(id);
const nftTable = (id: string): string => `zk_${markOf(id)}`;
const ID = 'workflow/run/1';

behavesAsFault({
  name: 'partition by nft',
  fault: partition,
  params: wholeCut,
  prepare: withForeignRules,
  endByHand: async (machine) => void (await machine.output('nft', 'delete', 'table', 'inet', nftTable(ID))),
  plantForeign: async (machine) => {
    await machine.output('nft', `table inet ${nftTable(ID)} { chain theirs { counter; }; }`);
    return () => machine.output('nft', 'list', 'ruleset');
  },
});

behavesAsFault({
  name: 'partition by iptables',
  fault: partition,
  params: (id) =>
    params(id, { tool: 'iptables', from: ['192.0.2.1', '2001:db8::1'], keep: ['udp/51820', 'mark/0x10'] }),
  prepare: withForeignRules,
  endByHand: async (machine) => {
    for (const family of ['iptables', 'ip6tables'])
      for (const [table, hook, way] of [
        ['raw', 'PREROUTING', 'in'],
        ['mangle', 'POSTROUTING', 'out'],
      ] as const) {
        const chain = `ZK-${markOf(ID)}-${way}`;
        await machine.output(
          family,
          '-t',
          table,
          '-D',
          hook,
          '-m',
          'comment',
          '--comment',
          `0k-chaos-${markOf(ID)}`,
          '-j',
          chain,
        );
        await machine.output(family, '-t', table, '-F', chain);
        await machine.output(family, '-t', table, '-X', chain);
      }
  },
});

behavesAsFault({
  name: 'partition of a container',
  fault: partition,
  params: (id) => params(id, { place: { on: 'container', id: CONTAINER, startedAt: STARTED }, controlPorts: [8080] }),
  prepare: withDocker,
  shells: ['dash'],
  endByHand: async (machine) => void (await machine.output('docker', 'kill', CONTAINER)),
});

describe('partition', () => {
  it('refuses addresses, ports and kept packets that are none', () => {
    for (const wrong of [
      { from: ['10.0.0.1; drop'] },
      { from: [] },
      { controlPorts: [0] },
      { keep: ['tcp/22 accept'] },
      { direction: 'up' },
      { ports: ['sctp/9'] },
    ])
      assert.equal(partitionParams.safeParse({ ...params('a'), ...wrong }).success, false, JSON.stringify(wrong));
  });

  it('has one bearer for a place and what it is cut from, whatever the order', () => {
    const from = ['10.0.0.2', '10.0.0.1'];
    assert.equal(partition.bearer(params('a', { from })), partition.bearer(params('b', { from: from.toReversed() })));
    assert.notEqual(partition.bearer(params('a', { from })), partition.bearer(params('a')));
  });

  it('cuts one way when one is asked for', () => {
    const text = partition
      .inject(params('a', { direction: 'in' }))
      .flat()
      .join('\n');
    assert.match(text, /hook prerouting/);
    assert.doesNotMatch(text, /hook postrouting/);
  });

  it('is timed by the kernel, so that it ends without any process', () => {
    assert.match(partition.inject(params('a')).flat().join(' '), /ipv4 timeout \{ttl\}s, ipv6 timeout \{ttl\}s/);
  });
});

describe('a partition whose rules somebody takes out, and leaves the rest', function () {
  this.timeout(60_000);
  before(function () {
    if (whyNoScratchMachine() !== undefined) this.skip();
  });
  const chain = `ZK-${markOf(ID)}-in`;
  const MANY = Array.from({ length: 60 }, (_, n) => `192.0.2.${n + 1}`);
  const byHand: [string, Partial<PartitionParams>, string][] = [
    ['by nft', {}, `nft flush chain inet ${nftTable(ID)} cut_out`],
    ['by nft, one way', { direction: 'in' }, `nft flush chain inet ${nftTable(ID)} cut_in`],
    ['by iptables', { tool: 'iptables' }, `for each in iptables ip6tables; do $each -t raw -F ${chain}; done`],
    ['by nft, of many peers', { from: MANY }, `nft flush chain inet ${nftTable(ID)} cut_out`],
    [
      'by iptables, of many peers, beside a large firewall',
      { tool: 'iptables', from: MANY },
      `for each in iptables ip6tables; do $each -t mangle -F; done; n=0
{ echo '*filter'; while [ $n -lt 5000 ]; do echo "-A INPUT -s 192.0.2.$((n % 250)) -j DROP"; n=$((n + 1)); done; echo COMMIT; } | iptables-restore`,
    ],
    ['by iptables, of one family', { tool: 'iptables', from: ['192.0.2.1'] }, `iptables -t raw -F ${chain}`],
  ];
  for (const [how, more, words] of byHand) {
    it(`${how}: does not stand any more, and is healed as one that somebody ended`, async () => {
      const machine = await ScratchMachine.start();
      try {
        const leases = leasesOn(machine.host());
        const request = { fault: partition, params: params(ID, more), id: ID, owner: 'workflow/run' };
        const armed = await leases.arm({ ...request, target: 'target', summary: 'summary', ttlSeconds: 30 });
        assert.ok(armed.state === 'armed' && armed.standing, JSON.stringify(armed));
        await machine.output('sh', '-c', words);
        const [reply] = await leases.heal({ ids: [ID] }, 'frame');
        assert.ok(reply?.state === 'healed' && !reply.stood, JSON.stringify(reply));
      } finally {
        await machine.stop();
      }
    });
  }
});

import { strict as assert } from 'node:assert';
import { keyOf } from '../../src/hosts/lease-script.ts';
import { leasesOn } from '../../src/hosts/lease.ts';
import { partitionParams } from '../../src/faults/partition.ts';
import { CONTAINER, STARTED, withDocker } from '../faults/stand-ins.ts';
import { SHELLS } from '../faults/subject.ts';
import { cut, eachOnItsMachine, untilEmpty } from './leased-machine.ts';

const key = keyOf('x');

for (const [shellName, shell] of Object.entries(SHELLS))
  describe(`leases under ${shellName}, on a machine in trouble`, function () {
    this.timeout(60_000);
    const { machine, leases } = eachOnItsMachine(shell);
    const inShell = (script: string): Promise<string> => machine().output('dash', '-c', script);

    it('end, and can be listed and healed, where a number is not one', async () => {
      await leases().arm(cut('y'));
      await leases().heal({ ids: ['y'] }, 'hand');
      await leases().arm(cut('x', { ttlSeconds: 3 }));
      await inShell(
        `cd /run/0k-chaos; sed -i '1s/ [0-9]* \\([0-9a-f-]*\\)$/ 0908 \\1/' ${keyOf('y')}.healed
read -r deadline rest <${key}.until; echo "09\${deadline#??} $rest" >${key}.until`,
      );
      await untilEmpty(leases());
      assert.equal(await inShell('nft list tables'), '');
      assert.ok((await leases().heal('all', 'hand')).every(({ state }) => state !== 'stands'));
    });

    it('are all seen whatever options of a shell came with its environment', async () => {
      const host = machine().host();
      const words = [
        'env',
        'SHELLOPTS=noglob:noclobber:nounset:xtrace:allexport:verbose:monitor',
        'BASHOPTS=failglob:dotglob:nocaseglob:nocasematch',
      ];
      const sly = leasesOn({ ...host, asRoot: () => Promise.resolve(words) });
      assert.equal((await sly.arm(cut('x'))).state, 'armed');
      assert.equal((await sly.list({ probe: true })).length, 1);
      assert.deepEqual(
        (await sly.heal('all', 'hand')).map(({ state }) => state),
        ['healed'],
      );
      assert.equal(await inShell('nft list tables; ls /run/0k-chaos | grep -v "^lease-.*sh$\\|healed$" || :'), '');
    });

    it('go from a network that somebody else is in, whose container is gone, however `ls` is told to quote', async () => {
      await withDocker(machine());
      const sly = leasesOn({ ...machine().host(), asRoot: () => Promise.resolve(['env', 'QUOTING_STYLE=c']) });
      const [container, other] = (
        await inShell(
          `unshare -n sleep 600 >/dev/null 2>&1 & pid=$!; until [ "$(readlink /proc/$pid/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done
nsenter -t $pid -n sleep 600 >/dev/null 2>&1 & echo "$pid $!"; echo '${STARTED} true false '$pid >/run/stand-in-docker`,
        )
      )
        .trim()
        .split(' ');
      const place = { on: 'container', id: CONTAINER, startedAt: STARTED } as const;
      const params = partitionParams.parse({ id: 'x', place, tool: 'nft', from: ['192.0.2.1'] });
      assert.equal((await leases().arm(cut('x', { params }))).state, 'armed');
      await inShell(`kill -KILL ${container}; echo '${STARTED} false false 0' >/run/stand-in-docker`);
      const tables = () => inShell(`nsenter -t ${other} -n nft list tables`);
      assert.match(await tables(), /table inet zk_/);
      const [reply] = await sly.heal({ ids: ['x'] }, 'hand');
      assert.ok(reply?.state === 'healed' && reply.by === 'somebody', JSON.stringify(reply));
      assert.equal(await tables(), '');
      assert.doesNotMatch(await inShell('ls /run/0k-chaos'), /\.net/);
    });

    for (const [what, script] of [
      ['is empty', ': >"$script"'],
      ['ends within a function', 'head -c 3000 "$script" >/run/part; cat /run/part >"$script"'],
    ] as const)
      it(`are healed where the script on the machine ${what}, as by a bad disk`, async () => {
        await leases().arm(cut('x', { ttlSeconds: 600 }));
        await inShell(`for script in /run/0k-chaos/lease-*.sh; do ${script}; done`);
        assert.equal((await leases().heal({ ids: ['x'] }, 'hand'))[0]?.state, 'healed');
        assert.equal((await leases().arm(cut('y'))).state, 'armed');
      });

    it('that somebody has taken out of the ledger are mended by whoever knows the fault, or told to stand', async () => {
      const params = partitionParams.parse({
        id: 'x',
        place: { on: 'machine' },
        tool: 'iptables',
        from: ['192.0.2.1'],
      });
      await leases().arm(cut('x', { params, ttlSeconds: 600 }));
      assert.equal((await leases().mend(cut('x', { params }))).state, 'stands', 'it is in the ledger: that heals it');
      await inShell('rm -r /run/0k-chaos');
      assert.equal((await leases().heal({ ids: ['x'] }, 'frame'))[0]?.state, 'unknown');
      machine().program(
        'iptables',
        '[ -e /run/go ] || { echo \'no memory\' >&2; exit 4; }; exec /usr/sbin/iptables "$@"',
      );
      const reply = await leases().mend(cut('x', { params }));
      assert.ok(reply.state === 'stands' && /no memory/.test(reply.evidence), JSON.stringify(reply));
      await inShell('touch /run/go');
      assert.equal((await leases().mend(cut('x', { params }))).state, 'unknown');
      assert.doesNotMatch(await inShell('iptables-save; ip6tables-save'), /ZK-/);
      assert.equal((await leases().mend(cut('x', { params }))).state, 'unknown', 'nothing is there');
      assert.equal((await leases().arm(cut('x', { params }))).state, 'unarmed', 'it comes too late');
    });

    it('are not armed by iptables where that is there for one family only', async () => {
      for (const tool of ['ip6tables', 'ip6tables-restore', 'ip6tables-save'])
        machine().program(tool, `echo '${tool}: not found' >&2; exit 127`);
      const params = partitionParams.parse({ id: 'x', place: { on: 'machine' }, tool: 'iptables', from: 'all' });
      const reply = await leases().arm(cut('x', { params }));
      assert.ok(reply.state === 'unarmed' && /ip6tables-save: not found/.test(reply.evidence), JSON.stringify(reply));
      assert.doesNotMatch(await inShell('iptables-save; ls /run/0k-chaos'), /ZK-|\.lease$/m);
    });

    it('are not armed where one boot cannot be told from another, and that is said', async () => {
      await leases().list();
      await inShell('mount -t tmpfs none /proc/sys');
      const reply = await leases().arm(cut('x'));
      assert.ok(reply.state === 'unarmed' && /boot_id cannot be read/.test(reply.evidence), JSON.stringify(reply));
      assert.equal(await inShell('nft list tables; ls /run/0k-chaos | grep -v "^lease-.*sh$" || :'), '');
    });

    it('end although all that its session had started is told to end, as logind does it where a worker dies', async () => {
      await leases().arm(cut('x', { ttlSeconds: 3 }));
      await inShell(`for pid in $(cat /run/0k-chaos/${key}.*.timer); do kill -TERM -$pid; done`);
      await untilEmpty(leases());
    });

    it('end although the machine could start no process for a while', async () => {
      await leases().arm(cut('x', { ttlSeconds: 5 }));
      await inShell(
        `for pid in $(cat /run/0k-chaos/${key}.*.timer); do :; done; group=/sys/fs/cgroup/pids/0k-chaos-$$
[ -d /sys/fs/cgroup/pids ] || group=/sys/fs/cgroup/0k-chaos-$$
mkdir $group && echo $group >/run/group && echo $pid >$group/cgroup.procs && echo 1 >$group/pids.max && sleep 3; echo max >$group/pids.max`,
      );
      await untilEmpty(leases());
      await inShell(
        'sleep 3; for pid in $(cat $(cat /run/group)/cgroup.procs); do :; done; rmdir $(cat /run/group) || :',
      );
    });
  });

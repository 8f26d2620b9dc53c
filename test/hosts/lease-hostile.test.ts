import { strict as assert } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import { container, containerParams } from '../../src/faults/container.ts';
import { HostError } from '../../src/hosts/host.ts';
import { keyOf, LEASE_SCRIPT } from '../../src/hosts/lease-script.ts';
import { leasesOn } from '../../src/hosts/lease.ts';
import { CONTAINER, STARTED, withDocker } from '../faults/stand-ins.ts';
import { cut, eachOnItsMachine, untilEmpty } from './leased-machine.ts';

describe('leases among what others have put there', function () {
  this.timeout(60_000);
  const { machine, leases } = eachOnItsMachine();
  const inShell = (script: string): Promise<string> => machine().output('dash', '-c', script);
  const key = keyOf('x');

  for (const [what, script] of [
    ['is a link', 'mkdir /run/theirs && ln -s theirs /run/0k-chaos'],
    ['belongs to somebody else', 'mkdir -m 700 /run/0k-chaos && chown 1000 /run/0k-chaos'],
    ['lets its group write', 'mkdir -m 770 /run/0k-chaos'],
    ['lets everybody write', 'mkdir -m 1777 /run/0k-chaos'],
    ['is a file', 'touch /run/0k-chaos'],
  ] as const)
    it(`refuses a folder that ${what}, says so, and breaks and writes nothing`, async () => {
      await inShell(script);
      for (const ask of [() => leases().arm(cut('x')), () => leases().heal('all', 'hand'), () => leases().list()])
        await assert.rejects(
          ask,
          (error) =>
            error instanceof HostError && error.kind === 'denied' && /\/run\/0k-chaos.* remove it/.test(error.message),
        );
      assert.equal(await machine().output('nft', 'list', 'ruleset'), '');
      assert.equal(await inShell('find /run/theirs /run/0k-chaos -mindepth 1 2>/dev/null || :'), '');
    });

  it('makes a folder that others can read its own again', async () => {
    await inShell('mkdir -m 755 /run/0k-chaos');
    assert.equal((await leases().arm(cut('x'))).state, 'armed');
    assert.equal(await inShell('stat -c %a /run/0k-chaos; find /run/0k-chaos -type f ! -perm 600'), '700\n');
  });

  it('goes on without a folder for what outlives a reboot that is not ours alone, and names it', async () => {
    await leases().arm(cut('x'));
    await inShell('mkdir -m 777 /var/lib/0k-chaos; echo evil >/var/lib/0k-chaos/ab.lease');
    const refused = await leases().arm(cut('y'));
    assert.ok(refused.state === 'unarmed' && /only root can write/.test(refused.evidence), JSON.stringify(refused));
    const [raised] = await leases().fence({ token: 7, resources: ['guardian'] });
    assert.equal(raised?.state, 'unraised');
    const replies = await leases().heal('all', 'hand');
    assert.deepEqual(replies.map(({ state }) => state).toSorted(), ['healed', 'junk'], JSON.stringify(replies));
    assert.match(JSON.stringify(replies), /\/var\/lib\/0k-chaos is not a folder that only root can write to/);
  });

  it('has no unit of a lease run what others could have put there, until that is ours alone again', async () => {
    await withDocker(machine());
    const params = containerParams.parse({ id: CONTAINER, startedAt: STARTED, action: 'kill' });
    const about = { id: 'y', owner: 'a/1', target: 'guardian', summary: 'killed', ttlSeconds: 600 };
    assert.equal((await leases().arm({ fault: container, params, ...about })).state, 'armed');
    await inShell(
      'cd /var/lib/0k-chaos; chmod 777 .; { echo "#0k-chaos-lease-1 a b c"; echo "#{}"; echo "touch /run/evil"; } >lease; echo "#end $(sha256sum <lease | cut -d " " -f 1)" >>lease; for real in *.lease; do mv $real kept; mv lease $real; done; rm *.until',
    );
    const unit = (): Promise<string> =>
      inShell(`timeout 5 sh /run/0k-chaos/lease-*.sh timer ${keyOf('y')} systemd; echo $?; ls /run/evil 2>&1 || :`);
    assert.match(await unit(), /^77\n.*No such file/);
    await inShell('cd /var/lib/0k-chaos; mv kept *.lease; chmod 700 .');
    assert.match(await unit(), /^0\n/);
    assert.match(await inShell('cat /run/stand-in-docker'), /18:00:00.* true false /);
  });

  it('follows no link and waits for no pipe where its own files should be', async () => {
    await inShell('mkdir -m 700 /run/0k-chaos; mkdir /run/theirs; echo precious >/run/theirs/file');
    for (const name of [`${key}.until`, `${key}.lease.1.new`, `${key}.seen`, `${key}.note`, 'lock'])
      await inShell(`ln -s /run/theirs/file /run/0k-chaos/${name}`);
    await inShell(
      `cd /run/0k-chaos; ln -s /run/theirs/file planted.lease; ln -s /run/theirs abcd.lease; mkfifo f1f0.lease`,
    );
    assert.equal((await leases().arm(cut('x', { ttlSeconds: 40 }))).state, 'armed');
    await leases().renew('a/1', 50);
    const listed = await leases().list();
    assert.equal(listed.filter(({ state }) => state === 'junk').length, 3, JSON.stringify(listed));
    assert.ok(listed.some((entry) => entry.state === 'leased' && entry.seconds > 30));
    assert.equal((await leases().heal({ ids: ['x'] }, 'hand'))[0]?.state, 'healed');
    assert.equal(await inShell('cat /run/theirs/file; ls /run/theirs'), 'precious\nfile\n');
  });

  it('does not kill a process that has the number of a timer that is gone', async () => {
    await leases().arm(cut('x'));
    const bystander = (await inShell('setsid sleep 60 >/dev/null 2>&1 & echo $!')).trim();
    await inShell(
      `cd /run/0k-chaos; kill -9 $(cat ${key}.*.timer); rm ${key}.*.timer; echo ${bystander} >${key}.${bystander}.1.timer`,
    );
    assert.equal((await leases().heal({ ids: ['x'] }, 'hand'))[0]?.state, 'healed');
    await inShell(`kill -0 ${bystander}`);
  });

  it('forgets the mark of a timer that is gone, also where its number is of somebody else by now, or waits to be reaped', async () => {
    const zombie = (await inShell('(setsid sleep 0 & echo $!)')).trim();
    const bystander = (await inShell('setsid sleep 60 >/dev/null 2>&1 & echo $!')).trim();
    const birth = (await inShell(`cut -d ' ' -f 22 /proc/${zombie}/stat`)).trim();
    assert.equal((await leases().arm(cut('x'))).state, 'armed');
    await inShell(`cd /run/0k-chaos; touch abc.${zombie}.${birth}.timer abc.${bystander}.1.timer`);
    await leases().heal({ owner: 'nobody/1' }, 'hand');
    assert.match(
      await inShell('ls /run/0k-chaos/*.timer'),
      new RegExp(`^/run/0k-chaos/${key}\\.\\d+\\.\\d+\\.timer\n$`),
    );
  });

  it('finds its own tools whatever the PATH and IFS that it was started with, and not those of the folder it is started in', async () => {
    await inShell(
      'mkdir /run/evil; for t in mkdir ls mv nft flock sleep; do printf "#!/bin/dash\\ntouch /run/pwned\\n" >/run/evil/$t; done; chmod +x /run/evil/*',
    );
    const host = machine().host();
    const words = [
      'env',
      'PATH=/run/evil:.:/usr/local/sbin:/usr/bin',
      'IFS=/',
      'ENV=/dev/null',
      'CDPATH=/tmp',
      'TMPDIR=/nowhere',
    ];
    const sly = leasesOn({ ...host, asRoot: () => Promise.resolve(words) });
    assert.equal((await sly.arm(cut('x'))).state, 'armed');
    assert.equal((await sly.heal('all', 'hand'))[0]?.state, 'healed');
    assert.equal((await machine().exec(['ls', '/run/pwned'])).exitCode, 2);
  });

  it('ends a tool that hangs, and keeps the lease until it answers', async () => {
    machine().program(
      'nft',
      '[ ! -e /run/hangs ] || { trap "" TERM; while :; do sleep 1; done; }; exec /usr/sbin/nft "$@"',
    );
    const hasty = leasesOn(machine().host(), { script: LEASE_SCRIPT.replace('within 30 "$@"', 'within 1 "$@"') });
    await hasty.arm(cut('x', { ttlSeconds: 60 }));
    await inShell('touch /run/hangs');
    const [reply] = await hasty.heal({ ids: ['x'] }, 'frame');
    assert.ok(reply?.state === 'stands', JSON.stringify(reply));
    assert.equal((await hasty.list())[0]?.state, 'leased');
    await inShell('rm /run/hangs');
    assert.equal((await hasty.heal({ ids: ['x'] }, 'frame'))[0]?.state, 'healed');
  });

  it('does not drown in what a tool prints without end', async () => {
    const small = leasesOn(machine().host(), { script: LEASE_SCRIPT.replace('16000000', '100000') });
    await small.arm(cut('x'));
    machine().program('nft', 'exec yes "table inet other"');
    const [reply] = await small.heal({ ids: ['x'] }, 'frame');
    assert.ok(reply?.state === 'stands' && reply.evidence.length < 20_000, JSON.stringify(reply).slice(0, 500));
    await inShell('rm /usr/local/sbin/nft');
    assert.equal((await small.heal({ ids: ['x'] }, 'frame'))[0]?.state, 'healed');
  });

  it('injects nothing late that was to be healed before it came', async () => {
    assert.equal((await leases().heal({ ids: ['x'] }, 'frame'))[0]?.state, 'unknown');
    const late = await leases().arm(cut('x'));
    assert.ok(late.state === 'unarmed' && /too late/.test(late.evidence), JSON.stringify(late));
    assert.equal((await leases().heal({ ids: ['x'] }, 'frame'))[0]?.state, 'unknown');
    assert.equal(await machine().output('nft', 'list', 'ruleset'), '');
  });

  it('arms once what is asked for twice at the same time, and whoever heals meanwhile leaves it healed', async () => {
    const twice = await Promise.all([1, 2, 3].map(() => leases().arm(cut('twice'))));
    assert.deepEqual(
      twice
        .map((reply) => {
          assert.equal(reply.state, 'armed');
          return reply.state === 'armed' && reply.already;
        })
        .filter((already) => already).length,
      2,
    );
    for (let round = 0; round < 4; round++) {
      const id = `race ${round}`;
      const [armed, [healed]] = await Promise.all([
        leases().arm(cut(id)),
        pause(round * 30).then(() => leases().heal({ ids: [id] }, 'frame')),
        leases().renew('a/1', 60),
      ]);
      assert.ok(healed?.state === (armed.state === 'armed' ? 'healed' : 'unknown'), JSON.stringify([armed, healed]));
    }
    await leases().heal('all', 'hand');
    assert.equal(await machine().output('nft', 'list', 'ruleset'), '');
  });

  it('is neither ended nor kept by a clock that jumps by years', async () => {
    const clock = (seconds: number) =>
      machine().program('date', `[ "$1" = +%s ] && echo ${seconds} || exec /bin/date "$@"`);
    clock(1_000_000_000);
    await leases().arm(cut('done'));
    await leases().heal({ ids: ['done'] }, 'frame');
    await leases().arm(cut('x', { ttlSeconds: 30 }));
    for (const year of [4_000_000_000, 1, 99_999_999_999_999]) {
      clock(year);
      const [entry] = await leases().list({ ids: ['x'], probe: true });
      assert.ok(entry?.state === 'leased' && entry.standing && entry.seconds > 5, JSON.stringify(entry));
      assert.equal((await leases().renew('a/1', 30))[0]?.state, 'renewed');
      await leases().heal({ ids: ['another'] }, 'hand');
      assert.equal((await leases().arm(cut('done'))).state, 'healed', 'the record of a heal was forgotten');
    }
    await leases().renew('a/1', 1);
    await untilEmpty(leases());
  });
});

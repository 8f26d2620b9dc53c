import { strict as assert } from 'node:assert';
import { partition, partitionParams } from '../../src/faults/partition.ts';
import { HostError } from '../../src/hosts/host.ts';
import { leasesOn } from '../../src/hosts/lease.ts';
import { cut, eachOnItsMachine, eventually, untilEmpty } from './leased-machine.ts';

describe('leases in trouble', function () {
  this.timeout(60_000);
  const { machine, leases } = eachOnItsMachine();
  const files = async (): Promise<string[]> => (await machine().output('ls', '/run/0k-chaos')).trim().split('\n');

  it('reports evidence to the letter, whatever bytes a tool prints', async () => {
    machine().program('nft', `printf 'a"b\\\\c\\001\\t\\177 \\303\\251 \\360\\237\\246\\200\\nend'; exit 1`);
    const reply = await leases().arm(cut('x'));
    assert.ok(reply.state === 'foreign' && reply.evidence === 'a"b\\c\u0001\t\u007f é 🦀\nend', JSON.stringify(reply));
  });

  it('puts a half-injected fault back at once, and says why', async () => {
    const request = cut('half', { params: { ...cut('half').params, from: ['192.0.2.1', 'nonsense' as never] } });
    const broken = { ...partition, params: { parse: (value: unknown) => value } as never };
    const reply = await leases().arm({
      ...request,
      fault: { ...broken, inject: (p) => [...partition.inject(cut('half').params), ...partition.inject(p)] },
    });
    assert.ok(
      reply.state === 'inject-failed' && !reply.standing && reply.evidence.includes('nonsense'),
      JSON.stringify(reply),
    );
    assert.equal(await machine().output('nft', 'list', 'ruleset'), '');
    assert.equal((await leases().arm(cut('half'))).state, 'healed');
  });

  it('keeps the lease when the heal does not do, notes why, and its timer goes on trying', async () => {
    machine().program(
      'nft',
      `case "$*" in *delete*) [ -e /run/stuck ] && echo 'Device or resource busy' >&2 && exit 1 ;; esac; exec /usr/sbin/nft "$@"`,
    );
    await machine().output('touch', '/run/stuck');
    await leases().arm(cut('stuck', { ttlSeconds: 1 }));
    const [reply] = await leases().heal({ ids: ['stuck'] }, 'frame');
    assert.ok(reply?.state === 'stands' && reply.evidence.includes('busy'), JSON.stringify(reply));
    const [entry] = await leases().list();
    assert.ok(entry?.state === 'leased' && entry.note.includes('busy'), JSON.stringify(entry));
    await machine().output('rm', '/run/stuck');
    await untilEmpty(leases());
    const [later] = await leases().heal({ ids: ['stuck'] }, 'hand');
    assert.ok(later?.state === 'healed' && later.by === 'lease', JSON.stringify(later));
  });

  it('is not armed where what it says of itself is too long to be read again', async () => {
    const from = Array.from({ length: 6_000 }, (_, n) => `198.18.${n >> 8}.${n & 255}`);
    const params = partitionParams.parse({ ...cut('long').params, tool: 'iptables', from });
    const reply = await leases().arm(cut('long', { params }));
    assert.ok(reply.state === 'unarmed' && /64 KB/.test(reply.evidence), JSON.stringify(reply).slice(0, 500));
    assert.doesNotMatch(await machine().output('iptables-save'), /ZK-/);
    assert.deepEqual(
      (await files()).filter((name) => !name.endsWith('.sh')),
      [],
    );
  });

  it('does not take a list that it could not get for an empty one', async () => {
    await leases().arm(cut('unseen', { ttlSeconds: 60 }));
    machine().program('nft', "echo 'netlink: Error: cache initialization failed: Operation not permitted' >&2; exit 1");
    const [reply] = await leases().heal({ ids: ['unseen'] }, 'frame');
    assert.ok(reply?.state === 'stands' && reply.evidence.includes('not permitted'), JSON.stringify(reply));
    await machine().output('rm', '/usr/local/sbin/nft');
    assert.equal((await leases().heal({ ids: ['unseen'] }, 'frame'))[0]?.state, 'healed');
  });

  it('does not say that a fault no longer stands where it could not look, as no process could be started', async () => {
    await leases().arm(cut('x'));
    machine().program(
      'timeout',
      `case "$*" in *nft*) echo 'timeout: fork system call failed: Resource temporarily unavailable' >&2; exit 125 ;; esac
exec /usr/bin/timeout "$@"`,
    );
    const [entry] = await leases().list({ probe: true });
    assert.ok(entry?.state === 'leased' && entry.standing === null, JSON.stringify(entry));
  });

  it('goes on past files that are not leases, and names them', async () => {
    await leases().arm(cut('good'));
    await machine().output(
      'sh',
      '-c',
      `cd /run/0k-chaos; head -c 4000 /dev/urandom >garbage.lease; printf '#0k-chaos-lease-1 a b c\\n#{}\\nheal_words() {\\n' >abc123.lease; : >0000.lease; mkdir folder.lease`,
    );
    const replies = await leases().heal('all', 'hand');
    assert.deepEqual(
      replies.filter(({ state }) => state === 'healed').map(({ lease }) => lease?.id),
      ['good'],
    );
    assert.ok(
      replies.some((reply) => reply.state === 'junk' && reply.evidence.endsWith('/garbage.lease')),
      JSON.stringify(replies),
    );
    assert.ok((await files()).includes('abc123.lease'), 'damaged: its fault may stand');
  });

  it('heals once when many heal at the same time', async () => {
    await leases().arm(cut('many'));
    const replies = await Promise.all(Array.from({ length: 6 }, () => leases().heal({ ids: ['many'] }, 'hand')));
    const distinct = new Set(replies.map((reply) => JSON.stringify(reply)));
    assert.equal(distinct.size, 1, [...distinct].join('\n'));
    assert.ok(replies[0]?.[0]?.state === 'healed' && replies[0][0].stood);
  });

  it('arms one of many that want the same at the same time', async () => {
    const replies = await Promise.all(
      [1, 2, 3, 4].map((n) =>
        leases().arm({ ...cut(`rival ${n}`), params: { ...cut(`rival ${n}`).params, from: ['192.0.2.1'] } }),
      ),
    );
    assert.deepEqual(replies.map(({ state }) => state).toSorted(), ['armed', 'busy', 'busy', 'busy']);
  });

  it('runs nothing of a transmission that was cut off', async () => {
    const host = machine().host();
    const cutOff = (share: number) =>
      leasesOn({
        ...host,
        exec: (argv, options) =>
          host.exec(argv, {
            ...options,
            stdin: String(options?.stdin).slice(0, Math.floor(String(options?.stdin).length * share)),
          }),
      });
    for (const share of [0.05, 0.5, 0.97, 0.999])
      await assert.rejects(
        cutOff(share).arm(cut(`cut off ${share}`)),
        (error) => error instanceof HostError && error.kind === 'unknown',
      );
    assert.equal(await machine().output('nft', 'list', 'ruleset'), '');
    assert.equal((await machine().exec(['ls', '/run/0k-chaos'])).exitCode, 2);
  });

  it('sends the script again to a machine that has lost it', async () => {
    const host = machine().host();
    await leasesOn(host).arm(cut('first'));
    await machine().output('sh', '-c', 'rm /run/0k-chaos/lease-*.sh');
    assert.equal((await leasesOn(host).arm(cut('second'))).state, 'armed');
  });

  it('works without flock, setsid and timeout, and takes over the lock of a killed process', async () => {
    await machine().output(
      'sh',
      '-c',
      `for d in /usr/bin /bin; do for t in flock setsid timeout; do [ ! -e $d/$t ] || mount --bind /dev/null $d/$t; done; done`,
    );
    await machine().output('sh', '-c', 'umask 077; mkdir -p /run/0k-chaos/lock.d && : >/run/0k-chaos/lock.d/999999.1');
    assert.equal((await leases().arm(cut('bare', { ttlSeconds: 1 }))).state, 'armed');
    await untilEmpty(leases());
    await eventually(
      async () =>
        (await machine().output('sh', '-c', 'grep -la "lease-[0-9a-f]*.sh.timer" /proc/[0-9]*/cmdline || :')) === '',
      'whoever bounds a tool ends with it: later its number is of somebody else',
    );
  });
});

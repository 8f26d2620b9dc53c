import { strict as assert } from 'node:assert';
import { HostError, type Host } from '../../src/hosts/host.ts';
import { leasesOn } from '../../src/hosts/lease.ts';
import { cut, eachOnItsMachine, untilEmpty } from './leased-machine.ts';

const HOSTILE = `"'\`$(touch /run/pwned)\\ \n\t\u0001\u007f é 🦀 |*}EOF'`;

describe('leases on a machine', function () {
  this.timeout(60_000);
  const { machine, leases } = eachOnItsMachine();
  const files = async (): Promise<string[]> => (await machine().output('ls', '/run/0k-chaos')).trim().split('\n');

  it('carries any text to the ledger and back as data', async () => {
    const request = cut(HOSTILE, { owner: `${HOSTILE}/1`, target: HOSTILE, summary: HOSTILE });
    assert.equal((await leases().arm(request)).state, 'armed');
    const [entry] = await leases().list();
    assert.ok(entry?.state === 'leased');
    const { id, owner, target, summary } = entry.lease;
    assert.deepEqual(
      { id, owner, target, summary },
      { id: HOSTILE, owner: `${HOSTILE}/1`, target: HOSTILE, summary: HOSTILE },
    );
    assert.equal((await leases().heal({ owner: `${HOSTILE}/1` }, 'hand'))[0]?.state, 'healed');
    assert.equal((await machine().exec(['ls', '/run/pwned'])).exitCode, 2);
  });

  it('heals one owner, named ids, or all', async () => {
    for (const [id, owner] of [
      ['1', 'a/1'],
      ['2', 'a/1'],
      ['3', 'b/1'],
      ['4', 'c/1'],
    ] as const)
      await leases().arm(cut(id, { owner }));
    assert.equal((await leases().heal({ owner: 'a/1' }, 'hold')).length, 2);
    assert.deepEqual(
      (await leases().heal({ ids: ['3', 'never'] }, 'hand')).map(({ state }) => state),
      ['healed', 'unknown'],
    );
    assert.deepEqual(
      (await leases().heal('all', 'hand')).map(({ lease }) => lease?.id),
      ['4'],
    );
  });

  it('never renews what was healed or is over', async () => {
    await leases().arm(cut('healed'));
    await leases().heal({ ids: ['healed'] }, 'frame');
    assert.deepEqual(await leases().renew('a/1', 60), []);
    await leases().arm(cut('over', { ttlSeconds: 1 }));
    await machine().output('sh', '-c', 'kill -9 $(cat /run/0k-chaos/*.timer)');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    assert.equal((await leases().renew('a/1', 60))[0]?.state, 'expired');
    await untilEmpty(leases());
    const [over] = await leases().heal({ ids: ['over'] }, 'sweep');
    assert.ok(over?.state === 'healed' && over.by === 'lease', 'the one who could not renew it had it watched again');
  });

  it('shortens a lease as well', async () => {
    await leases().arm(cut('long', { ttlSeconds: 600 }));
    await leases().renew('a/1', 1);
    await untilEmpty(leases());
  });

  it('says that a fault which it renews does not stand any more, and does not put it back', async () => {
    await leases().arm(cut('lost'));
    await machine().output('nft', 'flush', 'ruleset');
    const [reply] = await leases().renew('a/1', 60);
    assert.ok(reply?.state === 'renewed' && reply.standing === false, JSON.stringify(reply));
    assert.equal(await machine().output('nft', 'list', 'ruleset'), '');
  });

  it('leaves no process and no file but its records when all is healed', async () => {
    await leases().arm(cut('tidy'));
    await leases().heal('all', 'frame');
    assert.deepEqual(
      (await files()).filter((name) => !/^(lock|lease-\w+\.sh|\w+\.healed)$/.test(name)),
      [],
    );
    assert.doesNotMatch(await machine().output('ps', 'ax', '-o', 'stat,args'), /^[^Z].*lease-/m);
  });
});

describe('a machine that answers with something else', () => {
  const answering = (stdout: string, stderr = '', exitCode = 0) =>
    leasesOn({
      ...({} as Host),
      name: 'guardian',
      asRoot: () => Promise.resolve(['sudo', '-n', '--']),
      exec: () => Promise.resolve({ exitCode, signal: null, stdout, stderr, truncated: false, ms: 1 }),
    });

  it('is an error with what it said', async () => {
    for (const nonsense of ['', 'Welcome!\n{"done":true}\n', '{"key":"a","state":"new"}\n{"done":true}\n', '{"key":'])
      await assert.rejects(
        answering(nonsense).list(),
        (error: HostError) => error.kind === 'unknown' && error.message.includes(nonsense.trim()),
      );
  });

  it('is told apart from one that does not let us be root', async () => {
    for (const said of [
      'sudo: a password is required',
      'sudo: sorry, you must have a tty to run sudo',
      'sudo: interactive authentication is required',
      "sudo: I'm sorry james. I'm afraid I can't do that",
    ])
      await assert.rejects(
        answering('', said, 1).heal('all', 'hand'),
        (error: HostError) => error.kind === 'denied' && /sudoers/.test(error.message),
      );
  });

  it('is not asked at all for a lease without a length', async () => {
    await assert.rejects(answering('').arm(cut('a', { ttlSeconds: 0 })), RangeError);
  });
});

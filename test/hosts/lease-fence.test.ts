import { strict as assert } from 'node:assert';
import { HIGHEST_SEEN } from '../../src/contract/fleet-lock.ts';
import type { Host } from '../../src/hosts/host.ts';
import { leasesOn } from '../../src/hosts/lease.ts';
import { SHELLS } from '../faults/subject.ts';
import { cut, eachOnItsMachine } from './leased-machine.ts';

/** As a worker of another version may come, with a token that ours would not send. */
const withToken = (host: Host, sent: string): Host => ({
  ...host,
  exec: (argv, { stdin = '', ...options } = {}) =>
    host.exec(argv, { ...options, stdin: String(stdin).replaceAll(/\b1234567\b/g, sent) }),
});

const FENCES = '/var/lib/0k-chaos/fences';

for (const [name, shell] of Object.entries(SHELLS)) {
  describe(`the fences of a machine, under ${name}`, function () {
    this.timeout(60_000);
    const { machine, leases } = eachOnItsMachine(shell);
    const armed = async (id: string, token?: number, resources = ['guardian']) =>
      leases().arm(cut(id, token === undefined ? {} : { fence: { token, resources } }));
    const files = async () => (await machine().output('sh', '-c', `ls ${FENCES}`)).trim().split('\n');

    it('refuse a token lower than one that was seen, say both and the resource, and nothing is broken', async () => {
      assert.equal((await armed('new', 1_790_000_000_002, ['relay-1', 'guardian'])).state, 'armed');
      const reply = await armed('old', 1_790_000_000_001);
      assert.ok(reply.state === 'fenced', JSON.stringify(reply));
      const { resource, token, fence } = reply;
      assert.deepEqual([resource, token, fence], ['guardian', 1_790_000_000_001, 1_790_000_000_002]);
      assert.deepEqual(
        (await leases().list()).map(({ lease }) => lease?.id),
        ['new'],
      );
      assert.equal((await machine().output('nft', 'list', 'tables')).trim().split('\n').length, 1);
      assert.equal((await armed('other', 1, ['relay-2'])).state, 'armed', 'another resource has a fence of its own');
    });

    it('keep whoever is late from coming again with what it had armed, and let it heal', async () => {
      assert.equal((await armed('a', 5)).state, 'armed');
      assert.equal((await armed('a', 5)).state, 'armed', 'the same token again is fine');
      assert.deepEqual(
        (await leases().fence({ token: 9, resources: ['guardian'] })).map((reply) => 'fence' in reply && reply.fence),
        [9],
      );
      assert.equal((await armed('a', 5)).state, 'fenced');
      assert.equal((await leases().heal({ ids: ['a'] }, 'frame'))[0]?.state, 'healed');
      assert.equal((await armed('a', 5)).state, 'fenced');
      assert.equal((await armed('b', 9)).state, 'armed');
    });

    it('give a holder that lost its lock nothing to renew', async () => {
      await armed('a', 5);
      await leases().fence({ token: 6, resources: ['guardian'] });
      await leases().heal({ owner: 'a/1' }, 'sweep');
      assert.deepEqual(await leases().renew('a/1', 60), []);
      assert.equal((await armed('a', 5)).state, 'fenced');
      assert.deepEqual(await leases().list(), []);
    });

    it('rise only, whoever comes last', async () => {
      const raise = async (token: number) => {
        const [reply] = await leases().fence({ token, resources: ['guardian'] });
        assert.ok(reply?.state === 'raised', JSON.stringify(reply));
        return reply.fence;
      };
      assert.deepEqual([await raise(7), await raise(3), await raise(0)], [7, 7, 7]);
      await Promise.all(Array.from({ length: 8 }, (_, n) => raise(10 + n)));
      assert.equal(await raise(1), 17);
    });

    it('know nothing of what is broken by hand', async () => {
      await leases().fence({ token: 9, resources: ['guardian'] });
      assert.equal((await armed('by hand')).state, 'armed');
    });

    it('stay when the machine is booted and when all is healed, for root only, one small file a resource', async () => {
      await armed('a', 8, ['guardian', "it's $(odd)"]);
      await leases().heal('all', 'hand');
      await machine().output('sh', '-c', 'rm -rf /run/0k-chaos');
      assert.equal((await armed('b', 7)).state, 'fenced');
      const names = await files();
      assert.equal(names.length, 2);
      assert.equal(await machine().output('stat', '-c', '%a', FENCES), '700\n');
      assert.equal(await machine().output('stat', '-c', '%a %s', `${FENCES}/${names[0]}`), '600 2\n');
      assert.deepEqual([await leases().list(), await leases().heal('all', 'hand')], [[], []]);
    });

    it('are bounded: those that nobody raised for the longest time go', async () => {
      const old = `mkdir -p ${FENCES}; i=0; while [ $i -lt 300 ]; do echo 1 >${FENCES}/$i; i=$((i + 1)); done`;
      await machine().output('sh', '-c', `${old}; touch -t 202001010000 ${FENCES}/*`);
      await leases().fence({ token: 9, resources: ['guardian'] });
      assert.equal((await files()).length, 256);
      assert.equal((await armed('late', 8)).state, 'fenced');
    });

    it('let nobody pass while one cannot be read, until a run that was granted raises it anew', async () => {
      await leases().fence({ token: 9, resources: ['guardian'] });
      await machine().output('sh', '-c', `echo nonsense >${FENCES}/$(ls ${FENCES})`);
      const reply = await armed('a', 12);
      assert.ok(reply.state === 'unarmed' && /cannot be read/.test(reply.evidence), JSON.stringify(reply));
      await leases().fence({ token: 11, resources: ['guardian'] });
      assert.equal((await armed('b', 10)).state, 'fenced');
      assert.equal((await armed('c', 11)).state, 'armed');
    });

    it('take no token that no lock gives, and forget one that an older version took', async () => {
      const fence = { token: 1_234_567, resources: ['guardian'] };
      for (const sent of [`${HIGHEST_SEEN + 1}`, '900000000000000', '1'.repeat(40), '007', '-1', '1e3']) {
        const odd = leasesOn(withToken(machine().host(), sent));
        const [raised] = await odd.fence(fence);
        assert.ok(raised?.state === 'unraised' && raised.evidence.endsWith(` ${sent}`), JSON.stringify(raised));
        const reply = await odd.arm(cut('a', { fence }));
        assert.ok(reply.state === 'unarmed' && reply.evidence.endsWith(` ${sent}`), JSON.stringify(reply));
      }
      assert.equal((await armed('highest', HIGHEST_SEEN)).state, 'armed');
      await assert.rejects(armed('higher', HIGHEST_SEEN + 1), RangeError);
      await machine().output('sh', '-c', `echo 900000000000001 >${FENCES}/$(ls ${FENCES})`);
      assert.equal((await armed('before', 5)).state, 'unarmed');
      await leases().fence({ token: 5, resources: ['guardian'] });
      assert.equal((await armed('after', 5)).state, 'armed');
    });

    it('let nobody pass who cannot raise them', async () => {
      await machine().output('sh', '-c', `mkdir -p /var/lib/0k-chaos; : >${FENCES}`);
      const reply = await armed('a', 5);
      assert.ok(reply.state === 'unarmed' && /cannot be written/.test(reply.evidence), JSON.stringify(reply));
      const [raised] = await leases().fence({ token: 5, resources: ['guardian'] });
      assert.ok(raised?.state === 'unraised' && /cannot be written/.test(raised.evidence), JSON.stringify(raised));
    });
  });
}

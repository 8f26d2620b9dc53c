import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { keyOf } from '../../src/hosts/lease-script.ts';
import { SHELLS } from '../faults/subject.ts';
import { cut, eachOnItsMachine, untilEmpty } from './leased-machine.ts';

const HEALS = ['healed', 'stands', 'unknown', 'junk'];

for (const [name, shell] of Object.entries(SHELLS))
  describe(`the ledger on a bad disk, under ${name}`, function () {
    this.timeout(60_000);
    const { machine, leases } = eachOnItsMachine(shell);
    const inShell = (script: string): Promise<string> => machine().output('dash', '-c', script);
    const key = keyOf('x');
    const ruleset = (): Promise<string> => machine().output('nft', 'list', 'ruleset');
    /** The folder on a file system of its own, with so many KiB and files. */
    const small = (size: number, files: number): Promise<string> =>
      inShell(
        `mkdir -m 700 -p /run/0k-chaos && mount -t tmpfs -o mode=700,size=${size}k,nr_inodes=${files} small /run/0k-chaos`,
      );

    it('breaks nothing that it has no room to write down, wherever the room ends, and leaves nothing', async () => {
      await leases().list();
      const script = await inShell('cat /run/0k-chaos/lease-*.sh | wc -c');
      const pages = Math.ceil(Number(script) / 4096);
      for (const [extra, files] of [0, 1, 2, 3].flatMap(
        (n) =>
          [
            [n, 100],
            [20, 3 + n],
          ] as const,
      )) {
        await small((pages + extra) * 4, files);
        const reply = await leases()
          .arm(cut('x'))
          .catch((error: Error) => error.message);
        const state = typeof reply === 'string' ? reply : reply.state;
        if (state === 'armed') {
          assert.equal((await leases().heal({ ids: ['x'] }, 'hand'))[0]?.state, 'healed', `${extra} ${files}`);
        } else {
          assert.match(state, /unarmed|without a whole answer/, `${extra} ${files}`);
          assert.equal(await inShell('ls /run/0k-chaos | grep lease$ || :'), '');
        }
        assert.equal(await ruleset(), '', `${extra} ${files}`);
        await inShell('umount -l /run/0k-chaos');
      }
    });

    it('puts back what stands when there is no room left, writes that down, and renews nothing without saying so', async () => {
      await small(1024, 30);
      await leases().arm(cut('x', { ttlSeconds: 60 }));
      await inShell(
        'cat /dev/zero >/run/0k-chaos/filler 2>/dev/null; i=0; while true >/run/0k-chaos/f$i; do i=$((i+1)); done 2>/dev/null; :',
      );
      const [renewed] = await leases().renew('a/1', 60);
      assert.ok(renewed?.state === 'unrenewed' && /full/.test(renewed.evidence), JSON.stringify(renewed));
      assert.equal((await leases().heal({ ids: ['x'] }, 'frame'))[0]?.state, 'healed');
      assert.equal(await ruleset(), '');
      assert.equal((await leases().arm(cut('x')))?.state, 'healed', 'what was healed is remembered');
    });

    it('puts back what stands when it cannot be written to at all, and by itself', async () => {
      await small(1024, 100);
      await leases().arm(cut('x', { ttlSeconds: 1 }));
      await inShell('mount -o remount,ro /run/0k-chaos');
      for (const deadline = Date.now() + 20_000; (await ruleset()) !== '';) assert.ok(Date.now() < deadline);
      const [reply] = await leases().heal({ ids: ['x'] }, 'frame');
      assert.ok(reply?.state === 'stands' && /put back, but/.test(reply.evidence), JSON.stringify(reply));
      assert.equal(
        (
          await leases()
            .arm(cut('y'))
            .catch(() => ({ state: 'unarmed' }))
        ).state,
        'unarmed',
      );
      await inShell('mount -o remount,rw /run/0k-chaos');
      await untilEmpty(leases());
    });

    it('never takes a damaged entry for a healed one, and heals it when it is whole again', async () => {
      await leases().arm(cut('x', { ttlSeconds: 600 }));
      await inShell(`cp /run/0k-chaos/${key}.lease /run/whole`);
      const size = Number(await inShell('wc -c </run/whole'));
      const lengths = [0, 1, 17, 18, 60, 97, 200, 500, Math.floor(size / 2), size - 6, size - 2];
      for (const length of lengths) {
        await inShell(`head -c ${length} /run/whole >/run/0k-chaos/${key}.lease`);
        const [reply] = await leases().heal({ ids: ['x'] }, 'hand');
        assert.equal(reply?.state, 'junk', `${length}: ${JSON.stringify(reply)}`);
        assert.notEqual(await ruleset(), '');
        assert.ok((await leases().list()).length > 0);
      }
      for (const change of ['s/heal_words() {/&\\ntouch \\/run\\/pwned/', 's/^step /step  /', 's/^#end ./#end x/']) {
        await inShell(`sed '${change}' /run/whole >/run/0k-chaos/${key}.lease`);
        const [reply] = await leases().heal({ ids: ['x'] }, 'hand');
        assert.equal(reply?.state, 'junk', `${change}: ${JSON.stringify(reply)}`);
        assert.notEqual(await ruleset(), '');
      }
      assert.equal((await machine().exec(['ls', '/run/pwned'])).exitCode, 2);
      await inShell(`cat /run/whole >/run/0k-chaos/${key}.lease`);
      assert.equal((await leases().heal({ ids: ['x'] }, 'hand'))[0]?.state, 'healed');
    });

    it('answers whole whatever bytes its files hold', async () => {
      const bytes = fc.uint8Array({ maxLength: 60 });
      await leases().arm(cut('x', { ttlSeconds: 600 }));
      await inShell(`cp -r /run/0k-chaos /run/kept`);
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom('lease', 'until', 'note', 'seen', 'healed', '1.2.timer'),
          bytes,
          async (file, content) => {
            const octal = [...content].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
            await inShell(
              `cp /run/kept/${key}.* /run/0k-chaos/; rm -f /run/0k-chaos/*.healed; printf '${octal}' >/run/0k-chaos/${key}.${file}`,
            );
            const listed = await leases().list({ probe: true });
            // What has no deadline that anybody can read is over: its timer may be quicker than we are.
            assert.ok(listed.length > 0 || file === 'until', 'it is not in the list');
            const [reply] = await leases().heal({ ids: ['x'] }, 'hand');
            assert.ok(reply && HEALS.includes(reply.state) && reply.state !== 'unknown', JSON.stringify(reply));
          },
        ),
        { numRuns: Number(process.env['LEASE_DAMAGE'] ?? 8) },
      );
      assert.equal((await machine().exec(['ls', '/run/pwned'])).exitCode, 2);
    });
  });

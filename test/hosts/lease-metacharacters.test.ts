import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { container, containerParams } from '../../src/faults/container.ts';
import { leasesOn } from '../../src/hosts/lease.ts';
import { CONTAINER, STARTED } from '../faults/stand-ins.ts';
import { SHELLS } from '../faults/subject.ts';
import { cut, eachOnItsMachine } from './leased-machine.ts';

/** What a shell would run, split, match or end at, if it were given the chance. */
const SIGNS = [
  ...[
    '$(touch /run/pwned)',
    '`touch /run/pwned`',
    ';touch /run/pwned;',
    '&touch /run/pwned&',
    '|touch /run/pwned|',
    '>/run/pwned',
  ],
  ...[
    "'",
    '"',
    '\\',
    '\n',
    '\r',
    '\t',
    ' ',
    '*',
    '?',
    '[',
    '~',
    '#',
    '!',
    '{',
    '}',
    '(',
    ')',
    '%s',
    '%n',
    '-n',
    '--',
    '=',
    '$',
    '${IFS}',
  ],
  ...['\u0001', '\u007f', 'é', '🦀', '#end', 'EOF', 'esac', ';;', '{ttl}', '{"done":true}', '\u2028', '=== end'],
];
const sly = fc.array(fc.oneof(fc.constantFrom(...SIGNS), fc.string({ maxLength: 6 })), { minLength: 1, maxLength: 8 });
const text = sly.map((parts) => parts.join('').replaceAll('\0', ''));
const some = text.filter((each) => each !== '');
const runs = { numRuns: Number(process.env['LEASE_METACHARACTERS'] ?? 4) };

for (const [name, shell] of Object.entries(SHELLS))
  describe(`shell metacharacters, under ${name}`, function () {
    this.timeout(Math.max(60_000, runs.numRuns * 10_000));
    const { machine, leases } = eachOnItsMachine(shell);
    const nothingWasRun = async (): Promise<void> =>
      assert.equal((await machine().exec(['ls', '/run/pwned'])).exitCode, 2, 'something was run');
    /** A program that answers with these bytes and this status. */
    const answers = (program: string, said: string, status: number, unless = ''): void => {
      const octal = [...Buffer.from(said)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
      machine().program(program, `${unless}\nprintf '${octal}'; exit ${status}`);
    };

    it('in what people write are data: they come back from the ledger as they were, and are healed by', async () => {
      await fc.assert(
        fc.asyncProperty(some, some, text, text, async (id, owner, target, summary) => {
          const reply = await leases().arm(cut(id, { owner, target, summary }));
          assert.equal(reply.state, 'armed', JSON.stringify(reply));
          const [entry] = await leases().list({ ids: [id], probe: true });
          assert.ok(entry?.state === 'leased' && entry.standing === true, JSON.stringify(entry));
          const { lease } = entry;
          assert.deepEqual([lease.id, lease.owner, lease.target, lease.summary], [id, owner, target, summary]);
          assert.equal((await leases().renew(owner, 60))[0]?.state, 'renewed');
          const [healed] = await leases().heal({ owner }, 'hand');
          assert.ok(healed?.state === 'healed' && healed.lease.id === id, JSON.stringify(healed));
          await nothingWasRun();
        }),
        runs,
      );
    });

    it('in what a tool answers are evidence, to the letter, and a note', async () => {
      await leases().arm(cut('x', { ttlSeconds: 600 }));
      await fc.assert(
        fc.asyncProperty(text, async (said) => {
          answers('nft', said, 1);
          const refused = await leases().arm(cut('y'));
          assert.ok(refused.state === 'foreign', JSON.stringify(refused));
          assert.equal(refused.evidence, said.replace(/\n+$/, ''));
          const [stands] = await leases().heal({ ids: ['x'] }, 'hand');
          assert.ok(
            stands?.state === 'stands' && stands.evidence.includes(said.trim().slice(0, 3)),
            JSON.stringify(stands),
          );
          const [entry] = await leases().list();
          assert.ok(entry?.state === 'leased' && entry.tries > 0, JSON.stringify(entry));
          await nothingWasRun();
        }),
        runs,
      );
      await machine().output('rm', '/usr/local/sbin/nft');
      assert.equal((await leases().heal('all', 'hand'))[0]?.state, 'healed');
    });

    it('in what Docker answers, and in the words that call it, are data', async () => {
      const params = containerParams.parse({ id: CONTAINER, startedAt: STARTED, action: 'stop' });
      const request = { fault: container, params, id: 'c', owner: 'a/1', target: 't', summary: 's', ttlSeconds: 60 };
      await fc.assert(
        fc.asyncProperty(text, text, fc.constantFrom(0, 1), async (said, word, status) => {
          answers('docker', said, status, '[ ! -e /run/well ] || { echo "0 true false"; exit; }');
          const ledger = leasesOn(machine().host(), { docker: ['docker', '-H', word] });
          const reply = await ledger.arm(request);
          assert.ok(reply.state === 'foreign' || reply.state === 'unarmed', JSON.stringify(reply));
          assert.deepEqual(await ledger.list(), []);
          await nothingWasRun();
          assert.deepEqual((await ledger.snapshot()).ours, []);
        }),
        runs,
      );
    });
  });

import { strict as assert } from 'node:assert';
import { diffSnapshots, leasesOn, type ArmRequest, type Leases } from '../../src/hosts/lease.ts';
import { RESIDUE } from '../e2e/residue.ts';
import { untilEmpty } from '../hosts/leased-machine.ts';
import { ScratchMachine, whyNoScratchMachine } from './scratch-machine.ts';
import { SHELLS, type Subject } from './subject.ts';

/** What every fault must do, on a machine of its own: the same cases for each. */
export function behavesAsFault<P>(subject: Subject<P>): void {
  describe(`${subject.name} keeps the contract of faults`, function () {
    this.timeout(60_000);
    before(function () {
      if (whyNoScratchMachine() !== undefined) this.skip();
    });
    for (const name of subject.shells ?? (Object.keys(SHELLS) as (keyof typeof SHELLS)[])) {
      describe(`under ${name}`, () => standsAndHeals(subject, SHELLS[name]));
    }
    describe('when things go wrong', () => survives(subject));
  });
}

interface Ground {
  machine: ScratchMachine;
  leases: Leases;
  id: string;
}

/** A fresh machine for each case. */
function onMachine<P>(subject: Subject<P>, shell: string[], body: (ground: Ground) => Promise<void>) {
  return async () => {
    const machine = await ScratchMachine.start(shell);
    try {
      await subject.prepare?.(machine);
      await body({ machine, leases: leasesOn(machine.host()), id: 'workflow/run/1' });
    } finally {
      await machine.stop();
    }
  };
}

const request = <P>({ fault, params }: Subject<P>, id: string, more: Partial<ArmRequest<P>> = {}): ArmRequest<P> => ({
  ...{ fault, params: params(id), id, owner: 'workflow/run', target: 'target', summary: 'summary', ttlSeconds: 30 },
  ...more,
});

/** Arms it, breaks, and answers whether it stands. */
async function breakIt<P>(
  subject: Subject<P>,
  { machine, leases, id }: Ground,
  ttlSeconds = 30,
): Promise<boolean | null> {
  const reply = await leases.arm(request(subject, id, { ttlSeconds }));
  assert.equal(reply.state, 'armed', JSON.stringify(reply));
  await subject.act?.(machine);
  return stands(leases, id);
}

async function stands(leases: Leases, id: string): Promise<boolean | null> {
  const [entry] = await leases.list({ ids: [id], probe: true });
  return entry?.state === 'leased' ? (entry.standing ?? null) : null;
}

/** What labs look for after everything, but for what is the lease's own. */
async function seenBesides({ machine }: Ground): Promise<string[]> {
  const { stdout } = await machine.exec(['sh', '-c', RESIDUE]);
  return stdout.split('\n').filter((line) => line !== '' && !line.includes('0k-chaos'));
}

function standsAndHeals<P>(subject: Subject<P>, shell: string[]): void {
  const at = (body: (ground: Ground) => Promise<void>) => onMachine(subject, shell, body);

  it(
    'stands after it is injected, and leaves the machine as it was after the heal',
    at(async (ground) => {
      const { leases, id } = ground;
      const before = await leases.snapshot();
      assert.equal(await breakIt(subject, ground), subject.endsItself !== true);
      if (!subject.endsItself) assert.notDeepEqual(await seenBesides(ground), [], 'test/e2e/residue.ts shows nothing');
      const [reply] = await leases.heal({ ids: [id] }, 'frame');
      assert.ok(reply?.state === 'healed' && reply.by === 'frame', JSON.stringify(reply));
      assert.equal(reply.stood, subject.endsItself !== true);
      const after = await leases.snapshot();
      assert.deepEqual([...diffSnapshots(before, after), ...(after.ours ?? ['?'])], []);
      assert.deepEqual(await leases.list(), []);
    }),
  );

  it(
    'ends by its lease when nobody comes back',
    at(async (ground) => {
      await breakIt(subject, ground, 1);
      await untilEmpty(ground.leases);
      const [reply] = await ground.leases.heal({ ids: [ground.id] }, 'hand');
      assert.ok(reply?.state === 'healed' && reply.by === 'lease', JSON.stringify(reply));
      assert.equal((await ground.leases.list()).length, 0);
    }),
  );
}

function survives<P>(subject: Subject<P>): void {
  const at = (body: (ground: Ground) => Promise<void>) => onMachine(subject, ['dash'], body);

  it(
    'heals a machine that somebody healed before, and says so; a second heal answers the same',
    at(async (ground) => {
      const { machine, leases, id } = ground;
      await breakIt(subject, ground);
      await subject.endByHand(machine);
      const [first] = await leases.heal({ ids: [id] }, 'frame');
      const [second] = await leases.heal({ ids: [id] }, 'hand');
      assert.ok(
        first?.state === 'healed' && first.by === (subject.endsItself ? 'frame' : 'somebody') && !first.stood,
        JSON.stringify(first),
      );
      assert.deepEqual(second, first);
    }),
  );

  it(
    'is injected once for one id, and not at all after its heal',
    at(async (ground) => {
      const { leases, id } = ground;
      await breakIt(subject, ground);
      const again = await leases.arm(request(subject, id));
      if (!subject.endsItself)
        assert.ok(again.state === 'armed' && again.already && again.standing, JSON.stringify(again));
      await leases.heal({ ids: [id] }, 'frame');
      assert.equal((await leases.arm(request(subject, id))).state, 'healed');
      assert.equal(await stands(leases, id), null);
    }),
  );

  it(
    'refuses what another run has broken, and names that run',
    at(async (ground) => {
      await breakIt(subject, ground);
      const params = subject.params(ground.id);
      const reply = await ground.leases.arm(request(subject, 'other/run/1', { owner: 'other/run', params }));
      assert.ok(reply.state === 'busy' && reply.lease.owner === 'workflow/run', JSON.stringify(reply));
    }),
  );

  if (subject.plantForeign)
    it(
      "refuses what is somebody else's, with the evidence, and does not change a bit of it",
      at(async ({ machine, leases, id }) => {
        const look = await subject.plantForeign?.(machine);
        const before = await look?.();
        const reply = await leases.arm(request(subject, id));
        assert.ok(reply.state === 'foreign' && reply.evidence !== '', JSON.stringify(reply));
        assert.equal(await look?.(), before);
        assert.deepEqual(await leases.list(), []);
      }),
    );

  it(
    'ends when whoever heals it is killed half-way',
    at(async (ground) => {
      const { machine, leases } = ground;
      const before = await leases.snapshot();
      await breakIt(subject, ground, 2);
      await abruptly(machine)
        .heal({ ids: [ground.id] }, 'frame')
        .catch(() => undefined);
      await untilEmpty(leases);
      assert.deepEqual(diffSnapshots(before, await leases.snapshot()), []);
    }),
  );

  it(
    'ends when whoever puts it in place is killed half-way',
    at(async (ground) => {
      for (let round = 0; round < 4; round++) await killedHalfWay(subject, ground, `workflow/run/k${round}`);
      assert.deepEqual(await ground.leases.list(), []);
    }),
  );
}

/** Whose commands are killed after a random while. */
const abruptly = (machine: ScratchMachine): Leases =>
  leasesOn({
    ...machine.host(),
    exec: (argv, options) => machine.exec(argv, { ...options, timeoutMs: 5 + Math.random() * 60 }),
  });

async function killedHalfWay<P>(subject: Subject<P>, { machine, leases }: Ground, id: string): Promise<void> {
  const before = await leases.snapshot();
  await abruptly(machine)
    .arm(request(subject, id, { ttlSeconds: 1 }))
    .catch(() => undefined);
  await untilEmpty(leases);
  const reply = await leases.arm(request(subject, id));
  if (reply.state === 'armed') await leases.heal({ ids: [id] }, 'frame');
  assert.deepEqual(diffSnapshots(before, await leases.snapshot()), []);
}

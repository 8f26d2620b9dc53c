import { strict as assert } from 'node:assert';
import { container, containerParams } from '../../src/faults/container.ts';
import { markOf } from '../../src/faults/place.ts';
import { keyOf, LEASE_SCRIPT } from '../../src/hosts/lease-script.ts';
import { diffSnapshots, leasesOn, type ArmRequest, type Leases } from '../../src/hosts/lease.ts';
import { ScratchMachine, whyNoScratchMachine } from '../faults/scratch-machine.ts';
import { CONTAINER, STARTED, withDocker, withSystemd } from '../faults/stand-ins.ts';
import { SHELLS } from '../faults/subject.ts';
import { cut, eventually, untilEmpty } from './leased-machine.ts';
import { endAt, stepping, steps, type Who } from './stepping.ts';

/**
 * `LEASE_KILLS=all`: before every statement (a night: about an hour). Otherwise so many for each command and shell, drawn from
 * `LEASE_KILLS_SEED`, which is printed.
 */
const SAMPLE = process.env['LEASE_KILLS'] === 'all' ? Infinity : Number(process.env['LEASE_KILLS'] ?? 2);
const SEED = Number(process.env['LEASE_KILLS_SEED'] ?? Date.now() % 1_000_000);
const SCRIPT = stepping(LEASE_SCRIPT);

interface Ground {
  machine: ScratchMachine;
  leases: Leases;
}

/** A command during which somebody is killed, in each round with a fault of its own. */
interface Killing {
  who: Who;
  before?(ground: Ground, id: string): Promise<unknown>;
  act(ground: Ground, id: string): Promise<unknown>;
}

const short = (id: string) => cut(id, { ttlSeconds: 1 });
const KILL: ArmRequest<ReturnType<typeof containerParams.parse>> = {
  params: containerParams.parse({ id: CONTAINER, startedAt: STARTED, action: 'kill' }),
  ...{ fault: container, id: '', owner: 'a/1', target: 'guardian', summary: 'killed', ttlSeconds: 8 },
};
const killContainer = async ({ leases, machine }: Ground, id: string): Promise<void> => {
  await machine.output('dash', '-c', `echo '${STARTED} true false 1' >/run/stand-in-docker`);
  const reply = await leases.arm({ ...KILL, id });
  assert.equal(reply.state, 'armed', JSON.stringify(reply));
  await machine.output('docker', 'kill', CONTAINER);
};

const KILLINGS: Record<string, Killing> = {
  'who arms a cut': { who: 'main', act: ({ leases }, id) => leases.arm(short(id)) },
  'who renews a cut': {
    who: 'main',
    before: ({ leases }, id) => leases.arm(cut(id, { ttlSeconds: 8 })),
    act: ({ leases }) => leases.renew('a/1', 1),
  },
  'who heals a cut': {
    who: 'main',
    before: ({ leases }, id) => leases.arm(cut(id, { ttlSeconds: 2 })),
    act: ({ leases }, id) => leases.heal({ ids: [id] }, 'frame'),
  },
  'who heals all': {
    who: 'main',
    before: ({ leases }, id) => leases.arm(cut(id, { ttlSeconds: 2 })),
    act: ({ leases }) => leases.heal('all', 'sweep'),
  },
  'the timer of a cut': {
    who: 'timer',
    act: async ({ leases, machine }, id) => {
      const reply = await leases.arm(short(id));
      await eventually(
        async () => !(await machine.output('ls', '/run/0k-chaos')).includes('.lease') || (await ended(machine)),
      );
      return reply;
    },
  },
  'who arms the kill of a container': {
    who: 'main',
    act: ({ leases }, id) => leases.arm({ ...KILL, id, ttlSeconds: 1 }),
  },
  'who heals a killed container': {
    who: 'main',
    before: killContainer,
    act: ({ leases }, id) => leases.heal({ ids: [id] }, 'frame'),
  },
  'what acts at boot': {
    who: 'boot',
    before: async (ground, id) => {
      await killContainer(ground, id);
      await ground.machine.output(
        'dash',
        '-c',
        `cd /var/lib/0k-chaos && echo '1 another-boot 60 .' >${keyOf(id)}.until`,
      );
    },
    act: ({ machine }) => machine.exec(['setsid', 'sh', '/var/lib/0k-chaos/boot.sh', 'boot']),
  },
};

for (const [shellName, shell] of Object.entries(SHELLS))
  describe(`killed before a statement, under ${shellName}`, function () {
    this.timeout(Number.isFinite(SAMPLE) ? 60_000 : 7_200_000);
    let ground: Ground;
    before(function () {
      if (whyNoScratchMachine() !== undefined) this.skip();
    });
    beforeEach(async () => {
      const machine = await ScratchMachine.start(shell);
      await withDocker(machine);
      await withSystemd(machine);
      machine.program('systemd-run', 'exit 1');
      ground = { machine, leases: leasesOn(machine.host(), { script: SCRIPT }) };
    });
    afterEach(() => ground.machine.stop());

    for (const [what, killing] of Object.entries(KILLINGS))
      it(`${what} leaves nothing, and never a fault without a lease (seed ${SEED})`, async () => {
        const before = await ground.leases.snapshot();
        const total = await killed(ground, killing, 0);
        assert.ok(total > 20, `${total} statements`);
        for (const at of drawn(total, `${shellName} ${what}`)) await killed(ground, killing, at);
        await cleans(ground, before);
      });
  });

/** What nobody is killed in does what it should. */
const DONE = /"state":"(armed|renewed|healed)"|"exitCode":0/;

/** One round. @returns how many statements were run */
async function killed({ machine, leases }: Ground, { who, ...killing }: Killing, at: number): Promise<number> {
  const id = `killed at ${at}`;
  await killing.before?.({ machine, leases }, id);
  await endAt(machine, who, at, at % 2 === 0 ? 'all' : 'itself');
  const said = await killing.act({ machine, leases }, id).catch(() => null);
  if (at === 0) assert.match(JSON.stringify(said), DONE);
  const count = await steps(machine, who);
  await holds(machine, id, who, at);
  // Its own timer, or the next heal.
  if (at % 3 === 0 && who !== 'timer') await untilEmpty(leases);
  else await healed(leases, id);
  const [again] = await leases.heal({ ids: [id] }, 'hand');
  assert.ok(again?.state === 'healed' || again?.state === 'unknown', `${at}: ${JSON.stringify(again)}`);
  const late = await leases.arm(short(id));
  assert.notEqual(late.state, 'armed', `${at}: a late inject after the heal`);
  return count;
}

async function healed(leases: Leases, id: string): Promise<void> {
  for (const reply of await leases.heal('all', 'hand'))
    assert.ok(reply.state === 'healed' || reply.state === 'unknown', `${id}: ${JSON.stringify(reply)}`);
}

/** A fault that stands has a whole lease, and who watches it unless that was killed. */
async function holds(machine: ScratchMachine, id: string, who: Who, at: number): Promise<void> {
  const key = keyOf(id);
  const says = await machine.output(
    'dash',
    '-c',
    `cd /run/0k-chaos; nft list tables | grep -q zk_${markOf(id)} || exit 0
for mark in ${key}.*.timer; do pid=\${mark#*.}; grep -qs '^State:.[^Z]' /proc/\${pid%%.*}/status && watched=yes; done
[ "$(tail -n 1 ${key}.lease)" = "#end $(sed '$d' ${key}.lease | sha256sum | cut -d ' ' -f 1)" ] && echo "lease $watched" || echo 'no lease'`,
  );
  assert.ok(
    says === '' ||
      says === (who === 'timer' ? 'lease \n' : 'lease yes\n') ||
      (who === 'timer' && says === 'lease yes\n'),
    `killed at ${at}: ${says}`,
  );
}

async function cleans({ machine, leases }: Ground, before: Awaited<ReturnType<Leases['snapshot']>>): Promise<void> {
  await untilEmpty(leases);
  assert.equal(await machine.output('nft', 'list', 'ruleset'), '');
  assert.match(await machine.output('cat', '/run/stand-in-docker'), / true false /);
  assert.deepEqual(diffSnapshots(before, await leases.snapshot()), []);
  await eventually(async () => !/sh .*lease-/.test(await machine.output('ps', 'ax', '-o', 'args')));
  await leases.heal('all', 'hand');
  const files = await machine.output('dash', '-c', 'ls -A /run/0k-chaos /var/lib/0k-chaos /run/systemd/system | sort');
  const left = files.split('\n').filter((name) => !/^$|^\/.*:$|^lease-\w+\.sh$|\.healed$/.test(name));
  assert.deepEqual(left, []);
}

/** Was the timer killed? */
const ended = async (machine: ScratchMachine): Promise<boolean> => {
  const [n = 0, at = 0] = (await machine.output('cat', '/run/kill.timer')).split(' ').map(Number);
  return at > 0 && n >= at;
};

/** Which statements: all of `total`, or a sample. */
function drawn(total: number, salt: string): number[] {
  const all = Array.from({ length: total }, (_, n) => n + 1);
  if (total <= SAMPLE) return all;
  const rank = (n: number): string => keyOf(`${SEED} ${salt} ${n}`);
  return all.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1)).slice(0, SAMPLE);
}

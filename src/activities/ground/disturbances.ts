import type { FaultSpec } from '../../contract/fault-spec.ts';
import { gaugeFor } from '../bite/index.ts';
import type { Gauge, Numbers } from '../bite/index.ts';
import { parsePing } from '../bite/ping.ts';
import { peerAddress } from '../peer-address.ts';
import { NotSo, type GroundCheck } from './check.ts';
import { disturb, type Disturbed } from './disturb.ts';
import { fail, ok, type Observation } from './observation.ts';
import type { Scratch } from './scratch.ts';

const KERNEL = 'see `0k-chaos doctor`: it names what kernel and tools lack';
const DELAY_MS = 200;
const LOSS_PERCENT = 50;
const PINGS = 4;

export const disturbanceChecks: GroundCheck[] = [
  {
    name: 'distributed_netem_relay_latency',
    does: `netem delays a relay by ${DELAY_MS} ms: measured by real traffic, healed, measured again.`,
    fix: KERNEL,
    breaks: 'relay',
    run: async (scratch) => {
      const target = (await scratch.relays())[0]?.name ?? '';
      const done = await netem(scratch, { kind: 'netem', target, delayMs: DELAY_MS });
      const [before, after] = [done.before, done.after].map(({ rttMs }) => Number(rttMs ?? Infinity));
      return judged(target, done, (after ?? Infinity) < (before ?? 0) + DELAY_MS / 2, `${after} ms`);
    },
  },
  {
    name: 'distributed_netem_guardian_loss',
    does: `netem loses ${LOSS_PERCENT} % of what the edge machine sends to the relays' machine: measured, healed, measured again.`,
    fix: KERNEL,
    breaks: 'edge',
    run: async (scratch) => {
      const [target, toward] = [scratch.playing('edge'), scratch.playing('relayMachine')];
      const done = await netem(scratch, { kind: 'netem', target, toward, lossPercent: LOSS_PERCENT });
      const lost = Number(done.after['lossPercent'] ?? 100);
      return judged(target, done, lost < LOSS_PERCENT / 3, `loss ${lost} %`);
    },
  },
  {
    name: 'distributed_partition_beast_guardian',
    does: "A cut between the edge machine and the relays' machine lets nothing through but control.",
    fix: KERNEL,
    breaks: 'edge',
    run: async (scratch) => {
      const { bite } = await cut(scratch);
      return [bite.bit ? ok(bite.how) : fail(`the cut stands and cuts nothing: ${bite.how}`, KERNEL)];
    },
  },
  {
    name: 'distributed_heal_partition',
    does: 'The cut is healed by its own ledger entry, and packets get through again.',
    fix: 'end it: `0k-chaos heal --all`',
    breaks: 'edge',
    run: async (scratch) => {
      const done = await cut(scratch);
      const came = Number(done.after['received'] ?? 0);
      return [healed(done, came > 0, `${came} of ${PINGS} pings come back`)];
    },
  },
];

const netem = (scratch: Scratch, spec: FaultSpec & { kind: 'netem' }): Promise<Disturbed> =>
  disturb(scratch, spec, gaugeFor(scratch.deps, scratch.run, spec));

function judged(target: string, done: Disturbed, isAsBefore: boolean, after: string): Observation[] {
  const { bit, how } = done.bite;
  const bite = bit
    ? ok(`${target}: ${how}`)
    : fail(`netem on ${target} is in place, and is not to be seen: ${how}`, KERNEL);
  return [bite, healed(done, isAsBefore, after)];
}

function healed({ healed: reply }: Disturbed, isAsBefore: boolean, after: string): Observation {
  const way = 'end it: `0k-chaos heal --all`, then look at that machine';
  if (reply?.state !== 'healed') return fail(`its heal was answered with \`${reply?.state ?? 'nothing'}\``, way);
  if (!reply.stood)
    return fail(`it was gone before it was healed, ended by ${reply.by}`, 'see who heals there, and run it again');
  return isAsBefore ? ok(`healed: ${after}`) : fail(`healed by its probe, but measured: ${after}`, way);
}

/** One cut for both checks. Proved by pings: sync may go round the mesh, a packet to that address may not. */
const cut = (scratch: Scratch): Promise<Disturbed> =>
  scratch.once('cut', async () => {
    const [target, from] = [scratch.playing('edge'), scratch.playing('relayMachine')];
    const { machine } = scratch.client('edge');
    const address = peerAddress(scratch.deps, machine, from);
    const spec: FaultSpec = { kind: 'partition', target, from: [from], direction: 'both' };
    return disturb(scratch, spec, pinging(scratch, machine, address));
  });

function pinging({ deps }: Scratch, machine: string, address: string): Gauge {
  const look = async (): Promise<Numbers> => {
    const argv = ['ping', '-n', '-q', '-c', `${PINGS}`, '-i', '0.2', '-W', '2', address];
    const { stdout, stderr } = await deps.hosts.get(machine).exec(argv, { timeoutMs: 30_000 });
    const stats = parsePing(stdout);
    if (stats) return { sent: stats.sent, received: stats.received };
    throw new NotSo(`\`${argv.join(' ')}\` on ${machine} gave no summary: ${(stderr || stdout).trim()}`, KERNEL);
  };
  return {
    before: look,
    after: look,
    during: async (before) => {
      const during = await look();
      const how = `${machine} → ${address}: ${before['received']} of ${PINGS} pings come back before, ${during['received']} while cut`;
      return { bit: Number(before['received']) > 0 && during['received'] === 0, how, before, during };
    },
  };
}

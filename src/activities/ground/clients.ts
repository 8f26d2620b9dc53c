import { setTimeout as pause } from 'node:timers/promises';
import { patience } from '../../hosts/awake.ts';
import { push } from '../../zerok/commands.ts';
import { parsePush } from '../../zerok/push-output.ts';
import { stopwatch } from '../clock.ts';
import type { SyncClient } from '../sync-client.ts';
import { installFix } from './client.ts';
import { NotSo, type GroundCheck } from './check.ts';
import { ok, warn, type Observation } from './observation.ts';
import { binary } from './binary.ts';
import { initialised, inOneGroup, paired, runnable, type Part } from './joining.ts';
import type { Scratch } from './scratch.ts';

const BY_HAND = 'run the same `sync-cli` command there by hand';
const POLL_MS = 300;

export const clientChecks: GroundCheck[] = [
  {
    name: 'distributed_guardian_binary_exists',
    does: 'The program of the edge client is there, may be run, and is the one that was built last.',
    fix: 'correct `command` of the client in the fleet file',
    run: (scratch) => binary(scratch.deps, scratch.playing('edge')),
  },
  {
    name: 'distributed_guardian_cli_version',
    does: '`sync-cli --version` runs on the edge machine, and is the version we know.',
    fix: 'build `sync-cli` for that machine: `0k-chaos guardian install`',
    run: (scratch) => runnable(scratch, 'edge'),
  },
  {
    name: 'distributed_guardian_init',
    does: '`sync-cli init` makes a device on the edge machine, in a scratch folder.',
    fix: BY_HAND,
    run: async (scratch) => {
      await initialised(scratch, 'edge');
      return [ok(`${scratch.client('edge').cli.dataDir}`)];
    },
  },
  joins('distributed_init_pair_q', 'home', 'on this machine'),
  joins('distributed_init_pair_guardian', 'edge', 'on the edge machine'),
  joins('distributed_init_pair_beast_container', 'contained', 'in its container'),
  {
    name: 'distributed_push_pull_q_to_guardian',
    does: 'What Q pushes is what the edge client pulls, once.',
    fix: 'look at the log of the relays: `0k-chaos relays logs`',
    run: pushAndPull,
  },
  {
    name: 'distributed_configure_multi_relay',
    does: 'Every client has the addresses of all relays, and all are in one group.',
    fix: BY_HAND,
    run: configure,
  },
];

function joins(name: string, part: Part, where: string): GroundCheck {
  return {
    name,
    does: `\`sync-cli init\` and \`pair\` work for the client ${where}, in a scratch folder.`,
    fix: BY_HAND,
    run: async (scratch) => {
      const { group_id } = await paired(scratch, part);
      return [ok(`${scratch.playing(part)} joined \`${group_id.slice(0, 8)}…\``)];
    },
  };
}

async function configure(scratch: Scratch): Promise<Observation[]> {
  const wanted = (await scratch.relays()).map(({ endpointId }) => endpointId);
  const groups = await inOneGroup(scratch);
  return Object.entries(groups).map(([name, { relay_addresses: has }]) => {
    if (has.join() === wanted.join()) return ok(`${name}: ${has.length} relays`);
    const fix = `look whether another \`sync-cli\` writes to ${scratch.deps.fleet.clients[name]?.data}`;
    throw new NotSo(`${name}: its group.json holds \`${has.join(' ')}\` and not the ids of all relays`, fix);
  });
}

async function pushAndPull(scratch: Scratch): Promise<Observation[]> {
  await inOneGroup(scratch);
  const text = `0k-chaos ground ${scratch.run.runId}`;
  const clock = stopwatch();
  const [from, to] = [scratch.client('home'), scratch.client('edge')];
  const pushed = parsePush(await from.exec(push(from.cli, text)));
  if (pushed.outcome !== 'acknowledged') {
    const fix = installFix(scratch.deps, from.name) ?? 'look at the log of the relays: `0k-chaos relays logs`';
    throw new NotSo(`the push of ${from.name} was ${pushed.outcome}: ${pushed.reason}`, fix);
  }
  const pushSeconds = clock();
  const copies = await untilPulled(scratch, to, text);
  const seen = ok(`pushed in ${pushSeconds} s, at ${to.name} after ${clock()} s`);
  return copies === 1
    ? [seen]
    : [seen, warn(`${to.name} received it ${copies} times`, 'known of 0.1.0 after a failover')];
}

/** @returns how many copies arrived. @throws NotSo after the fleet's `deliverSeconds` */
async function untilPulled({ deps }: Scratch, client: SyncClient, text: string): Promise<number> {
  const { deliverSeconds } = deps.fleet.times;
  const isOver = patience(deliverSeconds);
  for (;;) {
    const pages = await client.pullAll(client.cli);
    const copies = pages.flatMap(({ rows }) => rows).filter((row) => row.text.trimEnd() === text).length;
    if (copies > 0) return copies;
    if (isOver()) {
      const said = pages.at(-1)?.reason ?? pages.at(-1)?.kind ?? 'nothing';
      const what = `${client.name} has not pulled the message within ${deliverSeconds} s; its last pull said: ${said}`;
      throw new NotSo(what, 'see whether it reaches the relays over UDP, directly or through discovery');
    }
    await pause(POLL_MS);
  }
}

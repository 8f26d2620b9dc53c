import { ownerOf } from '../contract/run.ts';
import type { Ground, Steps } from '../contract/steps.ts';
import { brokenMachines, resolveTarget } from '../fleet/select.ts';
import { refuseWhenBraked } from './brake.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { braked } from './ground/braked.ts';
import { program } from './ground/client.ts';
import { fail, ok, SEE, type Observation } from './ground/observation.ts';
import { leftovers, missing } from './ground/machine.ts';
import { observeGuard } from './guard-look.ts';
import { container, health } from './ground/relay.ts';
import { rolesOf } from './ground/roles.ts';
import type { MachineFacts } from '../hosts/lease.ts';
import { stopwatch } from './clock.ts';
import { beating } from './heartbeat.ts';
import { fenceOff } from './fences.ts';
import { RunFolder } from './journal.ts';
import { ledgerOf } from './leases.ts';
import { sweepMachine } from './sweep.ts';
import { takeBaseline } from './verify.ts';

/** What is looked at before a run: the looks of `0k-chaos ground` that it needs and that break nothing. */
interface Look {
  /** The ground's check that looks at the same, by its name. */
  check: string;
  subject: string;
  look: () => Promise<Observation[]>;
}

/** Everything that a run stands on, side by side. Nothing is broken before all of it is as it should be. */
export const prepare = (deps: Deps): Steps['prepare'] =>
  async function prepare({ run, targets, clients, fence }) {
    return beating(async () => {
      const folder = new RunFolder(deps.stateDir, run);
      const ground: Ground = { checks: [], swept: [] };
      // Before the sweep, which so finds all that anybody could still break.
      const { token, untold } = await fenceOff(deps, ownerOf(run), fence);
      if (token !== fence.token) ground.token = token;
      const machines = brokenMachines(deps.fleet);
      const broken = new Set(targets.map((target) => resolveTarget(deps.fleet, target).machine));
      const onMachines = machines.map((name) => ({
        ...machineLook(deps, name, broken.has(name), ground),
        ...(untold.has(name) && { look: () => Promise.reject(untold.get(name)) }),
      }));
      const looks = [...onMachines, ...clients.map((name) => clientLook(deps, name)), ...guardLooks(deps)];
      const first = await Promise.all(looks.map(looked));
      // After the sweep, which may have started a relay again.
      const relays = Object.keys(deps.fleet.relays).flatMap((name) => relayLooks(deps, name));
      const all = [...first, ...(await Promise.all(relays.map(looked)))];
      for (const { good, seconds } of all) ground.checks.push(...good.map((what) => ({ what, seconds })));
      const problems = all.flatMap(({ bad }) => bad);
      const warnings = all.flatMap(({ doubtful }) => doubtful);
      folder.record({ kind: 'check', summary: 'ground', data: { ...ground, problems, warnings } });
      if (problems.length > 0) throw failure('GroundFailed', problems.join('\n'));
      refuseWhenBraked(deps);
      await Promise.all(machines.map((machine) => takeBaseline(deps, run, machine)));
      return ground;
    });
  };

interface Looked {
  seconds: number;
  good: string[];
  doubtful: string[];
  bad: string[];
}

async function looked({ check, subject, look }: Look): Promise<Looked> {
  const clock = stopwatch();
  const found = await look().catch((error: Error) => [fail(`${subject}: ${error.message}`, SEE)]);
  const told = (state: Observation['state']): string[] =>
    found
      .filter((one) => one.state === state)
      .map(({ what, fix }) => ((fix ?? SEE) === SEE ? what : `${what}; ${fix}`));
  const bad = told('fail').map((problem) => `\`${check}\`: ${problem}`);
  return { seconds: clock(), good: told('ok'), doubtful: told('warn'), bad };
}

/** One round trip for what the ledger holds, one for what the machine has. */
const machineLook = (deps: Deps, name: string, toBeBroken: boolean, ground: Ground): Look => ({
  check: machineCheck(deps, name),
  subject: name,
  look: async () => {
    const { healed, stands, left } = await sweepMachine(deps, name);
    ground.swept.push(...healed);
    if (stands.length + left.length > 0) return [...stands, ...left].map((what) => fail(what, SEE));
    const facts = await ledgerOf(deps, name).check();
    const lacks = toBeBroken ? [...braked(facts), ...missing(facts)].filter(({ state }) => state === 'fail') : [];
    lacks.push(...(await forgotten(deps, name, facts)));
    const { kernel, systemd } = facts;
    const seen = ok(`${name}: Linux ${kernel}, ${systemd ? 'systemd' : 'no systemd'}`);
    return [seen, ...lacks.map((one) => ({ ...one, what: `${name}: ${one.what}` }))];
  },
});

/** What disturbs, and no lease ends it: a run would fail of it. Seen twice, as a fault of others may be healed just now. */
async function forgotten(deps: Deps, name: string, facts: MachineFacts): Promise<Observation[]> {
  const left = (seen: MachineFacts): Observation[] =>
    leftovers({ ...seen, ours: seen.ours.filter((what) => !what.startsWith('/')) }).filter(
      ({ state }) => state === 'fail',
    );
  return left(facts).length === 0 ? [] : left(await ledgerOf(deps, name).check());
}

function machineCheck({ fleet }: Deps, name: string): string {
  const { relayMachine, edge = '' } = rolesOf(fleet);
  if (name === relayMachine) return 'ssh_exec_beast_whoami';
  return name === fleet.clients[edge]?.machine ? 'ssh_exec_guardian_whoami' : `machine ${name}`;
}

const clientLook = (deps: Deps, name: string): Look => ({
  check: name === rolesOf(deps.fleet).edge ? 'distributed_guardian_cli_version' : `version of ${name}`,
  subject: name,
  look: () => program(deps, name),
});

const guardLooks = (deps: Deps): Look[] =>
  (deps.fleet.guards?.abortWhen ?? []).map((watch) => ({
    check: 'guards.abortWhen',
    subject: 'guard',
    look: async () => [await observeGuard(deps, watch)],
  }));

const relayLooks = (deps: Deps, name: string): Look[] => [
  { check: 'distributed_connect_to_relays', subject: name, look: () => container(deps, name) },
  { check: 'distributed_relay_health_checks', subject: name, look: () => health(deps, name) },
];

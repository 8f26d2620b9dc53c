import type { Ground, Steps } from '../contract/steps.ts';
import type { MachineFacts } from '../hosts/lease.ts';
import { resolveTarget } from '../fleet/select.ts';
import { version } from '../zerok/commands.ts';
import { clientProblem } from '../zerok/ground.ts';
import { brokenMachines } from './admit.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { beating, secondsSince } from './heartbeat.ts';
import { RunFolder } from './journal.ts';
import { ledgerOf } from './leases.ts';
import { healthOf, relayNow } from './relays.ts';
import { sweepMachine } from './sweep.ts';
import { SyncClient } from './sync-client.ts';
import { takeBaseline } from './verify.ts';

interface Checked {
  what: string;
  /** What is wrong, each with its way out. */
  problems: string[];
  swept?: string[];
}

/** Everything that a run stands on, side by side. Nothing is broken before all of it is as it should be. */
export const prepare = (deps: Deps): Steps['prepare'] =>
  async function prepare({ run, targets, clients }) {
    return beating(async () => {
      const folder = new RunFolder(deps.stateDir, run);
      const ground: Ground = { checks: [], swept: [] };
      const problems: string[] = [];
      const checked = async (name: string, check: () => Promise<Checked>) => {
        const startedAt = Date.now();
        const found = await check().catch((error: Error): Checked => ({
          what: name,
          problems: [`${name}: ${error.message}`],
        }));
        ground.checks.push({ what: found.what, seconds: secondsSince(startedAt) });
        ground.swept.push(...(found.swept ?? []));
        problems.push(...found.problems);
      };

      const machines = brokenMachines(deps.fleet);
      const broken = new Set(targets.map((target) => resolveTarget(deps.fleet, target).machine));
      await Promise.all([
        ...machines.map((machine) => checked(machine, () => checkMachine(deps, machine, broken.has(machine)))),
        ...clients.map((name) => checked(name, () => checkClient(new SyncClient(deps, run, name)))),
      ]);
      // After the sweep, which may have started a relay again.
      await Promise.all(Object.keys(deps.fleet.relays).map((name) => checked(name, () => checkRelay(deps, name))));
      folder.record({ kind: 'check', summary: 'ground', data: { ...ground, problems } });
      if (problems.length > 0) throw failure('GroundFailed', problems.join('; '));
      await Promise.all(machines.map((machine) => takeBaseline(deps, run, machine)));
      return ground;
    });
  };

async function checkMachine(deps: Deps, machine: string, toBeBroken: boolean): Promise<Checked> {
  const swept = await sweepMachine(deps, machine);
  const facts = await ledgerOf(deps, machine).check();
  const problems = toBeBroken ? missingOn(machine, facts) : [];
  return { what: `${machine}: Linux ${facts.kernel}, ${facts.systemd ? 'systemd' : 'no systemd'}`, problems, swept };
}

/** Tools without which no fault can be put in place or taken away. */
function missingOn(machine: string, { tools, uid }: MachineFacts): string[] {
  const needed = [
    ['tc', 'iproute2'],
    ['ip', 'iproute2'],
    ['nsenter', 'util-linux'],
  ] as const;
  const missing = needed.filter(([tool]) => !tools[tool]).map(([tool, pkg]) => `no \`${tool}\`: install ${pkg}`);
  if (!tools['nft'] && !tools['iptables']) missing.push('neither `nft` nor `iptables`: install nftables');
  if (uid !== 0) missing.push('no root: allow `sudo -n` for this user (docs/sudoers)');
  return missing.map((problem) => `${machine}: ${problem}`);
}

async function checkRelay(deps: Deps, name: string): Promise<Checked> {
  const [{ container, endpointId }, health] = await Promise.all([relayNow(deps, name), healthOf(deps, name)]);
  const way = `start it, then look at \`docker logs ${container.name}\``;
  const problems = health.ok
    ? []
    : [`${name} is not healthy (container ${container.status}, health: ${health.evidence}): ${way}`];
  return { what: `${name}: healthy, endpoint ${endpointId.slice(0, 8)}…`, problems };
}

async function checkClient(client: SyncClient): Promise<Checked> {
  const printed = await client.exec(version(client.cli));
  const wrong = clientProblem(client.name, client.cli.command.join(' '), printed);
  const problems = wrong === undefined ? [] : [`${wrong.problem}; ${wrong.fix}`];
  return { what: `${client.name}: ${printed.stdout.trim().slice(0, 60)}`, problems };
}

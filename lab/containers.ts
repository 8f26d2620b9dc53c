import { join } from 'node:path';
import { startQ, tellQ } from './container-q.ts';
import { engineOf, memoryOf, pidsOf, startContainer } from './container-start.ts';
import { docker, dockerSays, findEngine, netemAtAGlance, netemInAContainer, type Engine } from './container-engine.ts';
import { ensureContainerImage } from './container-image.ts';
import { addressesOf, containerOf, labelOf, networkWords } from './container-words.ts';
import { spreadEnvironment } from './environment.ts';
import { LabError } from './error.ts';
import { sshTarget } from './fleet-file.ts';
import type { Machines } from './machines.ts';
import { MACHINE_NAMES } from './qemu-words.ts';
import { startRelays } from './relays.ts';
import { machineScript } from './sources.ts';
import { mustAsRoot, onceReachable } from './ssh.ts';
import { buildStandins } from './standins/build.ts';

const START_MS = 60_000;
/** What a machine has paused could not die with it, where cgroups are of version 1. */
const THAW = 'for each in $(find /sys/fs/cgroup/freezer -name freezer.state 2>/dev/null); do echo THAWED >$each; done';
export const NO_NETEM = 'its kernel has no netem, which needs the module `sch_netem`';

/** Two containers of a Docker engine, with sshd in both and an engine of its own in Beast, and a third one for discovery. */
export const containers: Machines = {
  async prepare(dir, progress) {
    const engine = await findEngine();
    if ('why' in engine) {
      throw new LabError(`no containers for the lab: ${engine.why}. Start Docker, or use \`--machines vm\`.`, 2);
    }
    const { keys, tag } = await ensureContainerImage(engine, progress);
    await buildStandins(join(dir, 'standins'));
    const netem = (await netemAtAGlance(engine)) ?? (await netemInAContainer(engine, tag));
    const kernel = netem ? 'netem in its kernel' : `${NO_NETEM}: netem scenarios will end inconclusive`;
    const why = `containers on ${engine.name}; ${kernel}`;
    const addresses = addressesOf(await freeSubnet(engine));
    const { words } = engine;
    return { kind: 'containers', why, image: keys, template: dir, addresses, engine: { words, image: tag, netem } };
  },

  async up(record) {
    await docker(engineOf(record), networkWords(record));
    const machines = MACHINE_NAMES.map((machine) => containers.powerOn(record, machine));
    await Promise.all([startQ(record), ...machines]);
  },

  async down({ dir, engine }) {
    if (engine === undefined) return;
    const own = ['--quiet', '--filter', `label=${labelOf(dir)}`];
    // An engine that does not answer runs nothing; what it remembers goes with the next `up` or `down`.
    const [ids, networks] = await Promise.all([
      dockerSays(engine, ['ps', '--all', ...own]),
      dockerSays(engine, ['network', 'ls', ...own]),
    ]);
    if (ids) await docker(engine, ['rm', '--force', '--volumes', ...ids.split('\n')]);
    if (networks) await docker(engine, ['network', 'rm', ...networks.split('\n')]);
  },

  async powerCut(record, machine) {
    const { [machine]: pid } = await pidsOf(record);
    if (pid === null) return;
    const name = containerOf(record.name, machine);
    await dockerSays(engineOf(record), ['exec', name, 'sh', '-c', THAW]);
    await docker(engineOf(record), ['kill', name]);
  },

  async powerOn(record, machine) {
    const { [machine]: running } = await pidsOf(record);
    if (running !== null) return;
    await startContainer(record, machine);
    const target = sshTarget(record, machine);
    const say = async (): Promise<string> =>
      docker(engineOf(record), ['logs', '--tail', '10', containerOf(record.name, machine)]);
    const assertAlive = async (): Promise<void> => {
      if ((await pidsOf(record))[machine] === null) {
        throw new LabError(`the machine \`${machine}\` has died. Its console said: ${await say()}`);
      }
    };
    await onceReachable(target, 'true', { deadlineMs: START_MS, assertAlive, console: say });
    await spreadEnvironment(record, [machine]);
    if (machine === 'guardian') return;
    await mustAsRoot(target, machineScript('engine.sh'), { timeoutMs: START_MS });
    await startRelays(record);
  },

  async state(record) {
    const pids = await pidsOf(record);
    return Promise.all(
      MACHINE_NAMES.map(async (machine) => {
        const pid = pids[machine];
        return { machine, pid, residentBytes: pid === null ? 0 : await memoryOf(record, machine) };
      }),
    );
  },

  async discoveryPid(record) {
    return (await pidsOf(record)).q;
  },

  tellDiscovery: tellQ,
};

/** The first `n` for which no network of the engine has 10.77.n.0/24. */
async function freeSubnet(engine: Engine): Promise<number> {
  const ids = (await docker(engine, ['network', 'ls', '--quiet'])).trim().split('\n');
  const format = '{{range .IPAM.Config}}{{.Subnet}} {{end}}';
  const taken = (await docker(engine, ['network', 'inspect', '--format', format, ...ids])).split(/\s+/);
  const free = Array.from({ length: 256 }, (_, n) => n).find((n) => !taken.includes(`10.77.${n}.0/24`));
  if (free === undefined) throw new LabError('the Docker engine has no free network among 10.77.0.0/16');
  return free;
}

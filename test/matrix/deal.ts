import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { powerCut, powerOn } from '../../lab/lab.ts';
import type { Death } from './axes.ts';
import type { Scene } from './scene.ts';

/** How a death is dealt while the boundary is held, and what is done about it later. */
export interface Dealing {
  deal(scene: Scene): Promise<void>;
  /** The boundary is let go. */
  opened?(scene: Scene): Promise<void>;
  /** Nothing is left on any machine. */
  clean?(scene: Scene): Promise<void>;
  /** The run has ended. */
  ended?(scene: Scene): Promise<void>;
}

/** Longer than the lease by so much, in seconds: it has healed by then. */
const LONGER = 3;

const back = (scene: Scene): Promise<void> => scene.matrix.addWorker();

/** For longer than the lease, as nobody gets there meanwhile: the machine does and undoes it by itself. */
async function meanwhile(scene: Scene, act: string, undo: string): Promise<void> {
  const done = '/run/matrix-dealt';
  const script = `rm -f ${done}; ${act}; : >${done}; sleep ${scene.leaseSeconds + LONGER}; ${undo}`;
  await scene.sh(`setsid sh -c '${script}' >/dev/null 2>&1 </dev/null &`);
  // Where we come by ssh ourselves, nobody can tell us.
  if (scene.matrix.lab.lab.kind === 'vm') return;
  await scene.sh(`until [ -e ${done} ]; do sleep 0.05; done; rm ${done}`);
}

const RESET_SSH = 'pkill -KILL -f "^sshd.*: j(immy|ames)b"';

export const DEALINGS: Record<Death, Dealing> = {
  'worker killed': { deal: ({ matrix }) => matrix.endWorker('SIGKILL'), clean: back },
  'worker killed and back at once': { deal: ({ matrix }) => matrix.endWorker('SIGKILL'), opened: back },
  'worker terminated': {
    // It waits for what it is at, so it ends when the gate is open.
    deal: async ({ matrix }) => void matrix.workers[0]?.kill('SIGTERM'),
    opened: async (scene) => {
      await scene.matrix.endWorker('SIGTERM');
      await back(scene);
    },
  },
  'server killed': { deal: (scene) => scene.matrix.lab.withoutTemporal(() => scene.openGate()) },
  'ssh reset': { deal: async (scene) => void (await scene.sh(`${RESET_SSH} || true`)) },
  'black hole': { deal: blackHole },
  'sshd killed': { deal: withoutSshd },
  'power cut': {
    deal: ({ matrix, machine }) => powerCut(machine, { name: matrix.lab.lab.name }),
    opened: async ({ matrix, machine }) => {
      await powerOn(machine, { name: matrix.lab.lab.name });
      await matrix.settle(machine);
    },
  },
  'dockerd restarted': { deal: async (scene) => void (await scene.sh(RESTART_DOCKERD)) },
  cancelled: { deal: async (scene) => void (await scene.handle.cancel()) },
  'terminated by hand': { deal: async (scene) => void (await scene.handle.terminate('the matrix ends it')) },
  'run timeout': { deal: untilTimedOut },
  reset: { deal: resetToLastTask },
  'two workers': { deal: back },
  'frozen worker': {
    deal: async (scene) => {
      scene.matrix.workers[0]?.kill('SIGSTOP');
      await back(scene);
    },
    ended: async ({ matrix }) => void matrix.workers[0]?.kill('SIGCONT'),
  },
};

function blackHole(scene: Scene): Promise<void> {
  const chain = (hook: string, way: string) =>
    `nft add chain inet blackhole ${hook} "{ type filter hook ${hook} priority -500; }"; nft add rule inet blackhole ${hook} ${way} != lo drop`;
  const make = `nft add table inet blackhole; ${chain('prerouting', 'iifname')}; ${chain('output', 'oifname')}`;
  return meanwhile(scene, make, 'nft delete table inet blackhole');
}

/** In a container sshd is what the machine ends with: there it listens elsewhere, and what it served is killed. */
function withoutSshd(scene: Scene): Promise<void> {
  const config = '/etc/ssh/sshd_config';
  const elsewhere = `cp ${config} ${config}.kept; sed -i "1i ListenAddress 127.0.0.9" ${config}; pkill -HUP -o -x sshd; sleep 0.3`;
  return meanwhile(scene, `${elsewhere}; ${RESET_SSH}`, `mv ${config}.kept ${config}; pkill -HUP -o -x sshd`);
}

const RESTART_DOCKERD = `kill -KILL $(pidof dockerd)
if [ -d /run/systemd/system ]; then
  systemctl start docker
else
  while pidof dockerd containerd >/dev/null; do sleep 0.05; done
  rm -f /run/docker.pid
  setsid dockerd >>/var/log/dockerd.log 2>&1 </dev/null &
fi
until docker version >/dev/null 2>&1; do sleep 0.1; done`;

async function untilTimedOut({ handle }: Scene): Promise<void> {
  while ((await handle.describe()).status.name === 'RUNNING') await sleep(100);
}

async function resetToLastTask({ matrix, handle, workflowId }: Scene): Promise<void> {
  const { events } = await handle.fetchHistory();
  const completed = events?.findLast(({ workflowTaskCompletedEventAttributes: task }) => task != null);
  const { client } = matrix.lab;
  await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId },
    reason: 'the matrix resets it',
    requestId: randomUUID(),
    workflowTaskFinishEventId: completed?.eventId ?? null,
  });
}

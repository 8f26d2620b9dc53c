import { setTimeout as sleep } from 'node:timers/promises';
import { powerCut, powerOn } from '../lab/lab.ts';
import type { TestLab } from '../test/e2e/test-lab.ts';

/** Of the somebody who meddles: the lab, and a relay's container, another one each time. */
export interface Hands {
  lab: TestLab;
  container: string;
}

const onBeast = ({ lab }: Hands, script: string): Promise<string> => lab.root('beast', 'sh', '-c', script);
const onGuardian = ({ lab }: Hands, script: string): Promise<string> => lab.root('guardian', 'sh', '-c', script);

const RUN_FOLDERS = '/tmp/0k-sync-test/0k-chaos-*';
const LEDGERS = 'rm -rf /run/0k-chaos/* /var/lib/0k-chaos/*';
const END_DOCKERD = 'kill -KILL $(pidof dockerd); while pidof dockerd containerd >/dev/null; do sleep 0.05; done';
const START_DOCKERD =
  'rm -f /run/docker.pid; setsid dockerd >>/var/log/dockerd.log 2>&1 </dev/null & until docker version >/dev/null 2>&1; do sleep 0.1; done';

/** What somebody does while a run is under way, on a lab of containers. Nothing of it is 0k-sync's doing. */
export const MEDDLINGS: Record<string, (hands: Hands) => Promise<unknown>> = {
  'restarts a relay': (hands) => onBeast(hands, `docker restart -t 1 ${hands.container}`),
  'kills a relay and starts it 3 s later': (hands) =>
    onBeast(hands, `docker kill ${hands.container}; sleep 3; docker start ${hands.container}`),
  'kills a relay': (hands) => onBeast(hands, `docker kill ${hands.container}`),
  'pauses a relay for 6 s': (hands) =>
    onBeast(hands, `docker pause ${hands.container}; sleep 6; docker unpause ${hands.container}`),
  'empties a relay and restarts it': (hands) =>
    onBeast(hands, `docker exec ${hands.container} sh -c 'rm -f /data/*'; docker restart -t 0 ${hands.container}`),
  'restarts the client in a container': (hands) => onBeast(hands, 'docker restart -t 0 dist-chaos-client-beast-1'),
  'kills the client in a container': (hands) => onBeast(hands, 'docker kill dist-chaos-client-beast-1'),
  'kills what sync-cli runs on guardian': (hands) => onGuardian(hands, "pkill -KILL -f '[s]ync-cli.cjs'; true"),
  'stops what sync-cli runs on guardian for 5 s': (hands) =>
    onGuardian(hands, "pkill -STOP -f '[s]ync-cli.cjs'; sleep 5; pkill -CONT -f '[s]ync-cli.cjs'; true"),
  "removes guardian's folder of the run": (hands) => onGuardian(hands, `rm -rf ${RUN_FOLDERS}`),
  "empties guardian's group.json": (hands) =>
    onGuardian(hands, `for file in ${RUN_FOLDERS}/main/group.json; do : >$file; done`),
  'cuts our SSH connections': async (hands) => {
    // The answer is cut off as well.
    await onBeast(hands, 'pkill -KILL -f "^sshd: jimmyb"').catch(() => undefined);
    await onGuardian(hands, 'pkill -KILL -f "^sshd: jamesb"').catch(() => undefined);
  },
  'stops the worker for 8 s': async ({ lab }) => {
    lab.worker?.kill('SIGSTOP');
    await sleep(8_000);
    lab.worker?.kill('SIGCONT');
  },
  'kills the worker and starts another one': async ({ lab }) => {
    await lab.endWorker('SIGKILL');
    await lab.startWorker();
  },
  'kills Temporal and starts it 3 s later': ({ lab }) => lab.withoutTemporal(() => sleep(3_000)),
  'removes the ledgers': (hands) => Promise.all([onBeast(hands, LEDGERS), onGuardian(hands, LEDGERS)]),
  'heals by hand': ({ lab }) => lab.chaos(['heal', '--all']),
  'flushes the rules of guardian': (hands) => onGuardian(hands, 'nft flush ruleset'),
  'kills the Docker engine of beast and starts it': (hands) => onBeast(hands, `${END_DOCKERD}; ${START_DOCKERD}`),
  'cuts the power of beast and gives it back': async ({ lab }) => {
    const { name } = lab.lab;
    await powerCut('beast', { name });
    await powerOn('beast', { name });
  },
};

import { rootScript } from '../hosts/as-root.ts';
import { parseHealth } from '../zerok/health.ts';
import { parseMetrics, relayMetrics } from '../zerok/metrics.ts';
import { readVitals, type RelayVitals } from '../zerok/relay-vitals.ts';
import { boundedText } from './http.ts';
import type { Deps } from './deps.ts';
import type { RunFolder } from './journal.ts';
import { metricsUrl, relayContainer } from './relays.ts';

/** Memory and open files of each process and its children, the machine's own clock, and which start of it this is. Source: proc(5), random(4). */
const LOOK = `
echo "now $(date +%s)"
echo "boot $(cat /proc/sys/kernel/random/boot_id)"
for pid do
  rss=0 files=0 peak=0
  for one in $pid $(cat /proc/$pid/task/*/children 2>/dev/null); do
    kb=$(sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/$one/status 2>/dev/null)
    most=$(sed -n 's/^VmHWM:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/$one/status 2>/dev/null)
    rss=$((rss + \${kb:-0})) peak=$((peak + \${most:-0})) files=$((files + $(ls /proc/$one/fd 2>/dev/null | wc -l)))
  done
  echo "$pid $rss $files $peak"
done`;

const FILE = 'vitals.json';

/** What the relays are like before anything is done to them. Not taken again after a worker's death. */
export async function takeVitals(deps: Deps, folder: RunFolder): Promise<void> {
  if (folder.read(FILE) === '') folder.write(FILE, JSON.stringify(await vitalsOf(deps, folder, 'before')));
}

export const vitalsBefore = (folder: RunFolder): RelayVitals[] =>
  folder.read(FILE) === '' ? [] : (JSON.parse(folder.read(FILE)) as RelayVitals[]);

/** Of every relay; a machine is asked once. What the metrics said is kept beside the journal. */
export async function vitalsOf(deps: Deps, folder: RunFolder, when: 'before' | 'after'): Promise<RelayVitals[]> {
  const relays = Object.entries(deps.fleet.relays);
  const containers = await Promise.all(relays.map(([name]) => relayContainer(deps, name)));
  const processes = await Promise.all(
    [...new Set(relays.map(([, { machine }]) => machine))].map(async (machine) => {
      const pids = containers.flatMap(({ pid }, n) => (relays[n]?.[1].machine === machine ? [String(pid)] : []));
      const { stdout } = await rootScript(deps.hosts.get(machine), LOOK, pids);
      return [machine, stdout] as const;
    }),
  );
  return Promise.all(
    relays.map(async ([name, { machine, health }], n): Promise<RelayVitals> => {
      const [healthText, metricsText] = await Promise.all([boundedText(health), boundedText(metricsUrl(deps, name))]);
      folder.write(`metrics/${name}-${when}.txt`, metricsText);
      const said = processes.find(([where]) => where === machine)?.[1] ?? '';
      const { id = '', pid = 0, startedAt = '', restarts = 0, status = '', exitCode = 0 } = containers[n] ?? {};
      const parsed = parseHealth(healthText);
      const healthNow = 'health' in parsed ? parsed.health : null;
      return {
        relay: name,
        container: id,
        startedAt,
        restarts,
        ...{ status, exitCode },
        workerSeconds: Date.now() / 1000,
        ...readVitals(said, pid),
        health: healthNow,
        metrics: relayMetrics(parseMetrics(metricsText)),
      };
    }),
  );
}

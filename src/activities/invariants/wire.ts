import { MOST_ATTEMPTS } from '../../contract/steps.ts';
import { rootScript } from '../../hosts/as-root.ts';
import { attemptNow } from '../attempts.ts';
import { failure } from '../failures.ts';
import { needlesOf } from './leaks.ts';
import { report } from './search.ts';
import type { Inquest } from './index.ts';

/** `ends FILE [-]`: that process (and its group), as its `stat` there says, and nobody who has its number since. */
const ENDS = `
ends() {
  set -- "$2" $(cat "$dir/$1")
  [ -n "\${23}" ] && [ "\${23}" = "$(cut -d " " -f 22 "/proc/$2/stat")" ] && kill -TERM "$1$2"
} 2>/dev/null
nap() { sleep 0.05 2>/dev/null || { sleep 1; n=$((n + 19)); }; n=$((n + 1)); }`;

/**
 * Listens to what the machine sees through the filter, into a folder that only root reads, with a quarter of the room at most that leases
 * need too. Says its folder once it listens, or why it does not. Ends and clears up by itself, also after one that was killed. Source: tcpdump(1).
 */
const TAP = `
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
for tool in tcpdump setsid timeout base64; do command -v $tool >/dev/null || { echo "no $tool there"; exit 0; }; done
umask 077
find /run -maxdepth 1 -type d -name '0k-chaos-tap.*' -mmin +10 -exec rm -rf {} + 2>/dev/null
dir=$(mktemp -d /run/0k-chaos-tap.XXXXXXXX) || exit 1
free=$(df -P -k /run | { read -r _; read -r _ _ _ free _; echo "$free"; })
most=$2
case $free in '' | *[!0-9]*) ;; *) [ $((free * 256)) -ge "$most" ] || most=$((free * 256)) ;; esac
setsid sh -c '
  cat /proc/$$/stat >"$1/group"
  timeout "$2" sh -c "cat /proc/\\$\\$/stat >\\$1/pid; exec tcpdump -i any -n -s 0 -U -w - \\"\\$2\\" 2>\\$1/said" sh "$1" "$4" | head -c "$3" >"$1/pcap"
  : >"$1/over"
  sleep 60
  rm -rf "$1"' sh "$dir" "$1" "$most" "$3" >/dev/null 2>&1 </dev/null &
${ENDS}
n=0
until grep -q "listening on" "$dir/said" 2>/dev/null || [ -e "$dir/over" ] || [ $n -ge 100 ]; do nap; done
grep -q "listening on" "$dir/said" && echo "$dir" && exit 0
echo "tcpdump does not listen: $(tail -n 1 "$dir/said")"
ends pid
ends group -
rm -rf "$dir"`;

/** As text, which any channel carries; with what it had caught and not written yet. */
const READ = `
dir=$1
${ENDS}
[ -e "$dir/over" ] || ends pid
n=0
until [ -e "$dir/over" ] || [ $n -ge 40 ]; do nap; done
base64 -w 0 "$dir/pcap"
read=$?
ends group -
rm -rf "$dir"
exit $read`;

const MOST_BYTES = 16 * 1024 * 1024;
const LONGEST_SECONDS = 120;

interface Tap {
  machine: string;
  dir: string;
  /** Where `dir` is empty. */
  why?: string;
}

/**
 * Runs `act`, while the relays' machines listen to the wire once `listening`, where they can; searches what went by, also for an earlier
 * attempt that could not say it any more. What fails and is tried again leaves its own to the next.
 */
export async function tapped<T>(inquest: Inquest, act: (listening: Promise<unknown>) => Promise<T>): Promise<T> {
  const machines = [...new Set(Object.values(inquest.deps.fleet.relays).map(({ machine }) => machine))];
  const left = unsearched(inquest);
  const opening = Promise.all(machines.map((machine) => open(inquest, machine)));
  const searchAll = async (): Promise<void> => {
    const taps = [...left, ...(await opening)];
    await Promise.all(taps.map((tap) => search(inquest, tap)));
  };
  try {
    const result = await act(opening);
    await searchAll();
    return result;
  } catch (error) {
    if (inquest.signal.aborted || attemptNow() >= MOST_ATTEMPTS) await searchAll();
    throw error;
  }
}

const OPENED = 'listens to the wire';

/** What earlier attempts opened and did not get to search. Each ends and clears up by itself. */
function unsearched({ folder }: Inquest): Tap[] {
  const told = folder.events().flatMap(({ summary, machine = '', data }) => {
    const dir = data?.['tap'];
    return typeof dir === 'string' ? [{ machine, dir, isOpened: summary === OPENED }] : [];
  });
  const searched = new Set(told.filter(({ isOpened }) => !isOpened).map(({ dir }) => dir));
  return told.filter(({ dir, isOpened }) => isOpened && !searched.has(dir));
}

async function open(inquest: Inquest, machine: string): Promise<Tap> {
  const words = [String(LONGEST_SECONDS), String(MOST_BYTES), filterFor(inquest, machine)];
  const said = (await script(inquest, machine, TAP, words).catch((error: Error) => error.message)).trim();
  const isOpen = /^\/run\/0k-chaos-tap\.[A-Za-z0-9]{8}$/.test(said);
  const tap = isOpen ? { machine, dir: said } : { machine, dir: '', why: said };
  if (tap.dir !== '') inquest.folder.record({ kind: 'note', machine, summary: OPENED, data: { tap: tap.dir } });
  return tap;
}

/**
 * All UDP, and the TCP that relays answer in clear or that goes between machines of the fleet, but for control: all of it would crowd out
 * the rest on a machine that is busy otherwise. Source: pcap-filter(7).
 */
function filterFor({ deps }: Inquest, machine: string): string {
  const pages = Object.values(deps.fleet.relays).flatMap(({ health, machine: at }) =>
    at === machine ? [Number(new URL(health).port) || 80] : [],
  );
  const ports = [...new Set([80, 8080, ...pages])].map((port) => `port ${port}`);
  const machines = Object.entries(deps.fleet.machines);
  const others = machines.flatMap(([name, { addresses }]) => (name === machine ? [] : addresses));
  const control = [...new Set([22, ...machines.flatMap(([, { ssh }]) => ssh?.port ?? [])])];
  const between = others.map((address) => `host ${address}`).join(' or ');
  const inFleet = others.length === 0 ? '' : ` or (not port ${control.join(' and not port ')} and (${between}))`;
  return `udp or (tcp and (${ports.join(' or ')}${inFleet}))`;
}

/** Where nothing could be heard, nothing is said: the wire is searched where a capture can be made. */
async function search(inquest: Inquest, { machine, dir, why }: Tap): Promise<void> {
  const { folder } = inquest;
  if (dir === '') return folder.record({ kind: 'note', machine, summary: `the wire was not searched: ${why}` });
  try {
    const pcap = Buffer.from(await script(inquest, machine, READ, [dir]), 'base64');
    const { secrets } = await needlesOf(inquest);
    await report(inquest, `the wire of ${machine}`, 'leak-wire', pcap, secrets);
    folder.record({ kind: 'check', machine, summary: `searched ${pcap.length} bytes of its wire`, data: { tap: dir } });
  } catch (error) {
    const summary = `the wire was not searched: ${(error as Error).message}`;
    folder.record({ kind: 'note', machine, summary, data: { tap: dir } });
  }
}

async function script({ deps }: Inquest, machine: string, text: string, words: string[]): Promise<string> {
  const host = deps.hosts.get(machine);
  const { exitCode, stdout, stderr } = await rootScript(host, text, words, { maxBytes: 2 * MOST_BYTES });
  if (exitCode === 0) return stdout;
  throw failure('CommandFailed', `${machine}: listening to the wire failed (exit ${exitCode}): ${stderr.trim()}`);
}

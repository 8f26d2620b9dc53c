import type { Deps } from '../activities/deps.ts';
import { ledgerOf } from '../activities/leases.ts';
import { globMatches } from '../contract/glob.ts';
import { isOfLeaseScript, type Argv } from '../faults/argv.ts';
import { rootExec } from '../hosts/as-root.ts';
import type { Fault } from '../faults/fault.ts';

/** What keeps a fault from being put in place now, as the inject would find it; null: nothing. Reads only. */
export async function inTheWay<P>(deps: Deps, machine: string, fault: Fault<P>, params: P): Promise<string | null> {
  return (await holder(deps, machine, fault.bearer(params))) ?? (await stranger(deps, machine, fault, params));
}

/** The fault of ours that has the bearer already. */
async function holder(deps: Deps, machine: string, bearer: string): Promise<string | null> {
  for (const entry of await ledgerOf(deps, machine).list()) {
    if (entry.state === 'leased' && entry.lease.bearer === bearer)
      return `\`${entry.lease.summary}\` of ${entry.lease.owner} is there already: \`0k-chaos faults\``;
  }
  return null;
}

/** Somebody else's rule or queueing discipline. */
async function stranger<P>(deps: Deps, machine: string, fault: Fault<P>, params: P): Promise<string | null> {
  const free = fault.free?.(params);
  const words = free && (await plainWords(deps, machine, free.argv));
  if (free === undefined || words === undefined) return null;
  const { stdout, stderr } = await rootExec(deps.hosts.get(machine), words);
  const seen = `${stdout}${stderr}`.replace(/\n+$/, '');
  if (matchesPattern(seen, free.matches)) return null;
  return `somebody else's is there and is never touched: \`${words.join(' ')}\` on ${machine} shows \`${seen}\``;
}

/** Undefined where only lease.sh can look: the inject does. */
async function plainWords(deps: Deps, machine: string, argv: Argv): Promise<Argv | undefined> {
  const [first = '', id = '', , ...words] = argv;
  if (first !== 'in_container') return isOfLeaseScript(first) ? undefined : argv;
  const { pid } = await deps.hosts.get(machine).docker().inspect(id);
  return pid === 0 ? undefined : ['nsenter', '-t', String(pid), '-n', ...words];
}

/** A shell pattern as faults use them: `*` and `|`, everything else is itself. */
export const matchesPattern = (text: string, pattern: string): boolean =>
  pattern.split('|').some((one) => globMatches(one, text));

import { isOurChain, isOurTable, OUR_QDISC, OUR_TABLE, type Sections } from './machine-state.ts';

export interface Snapshot {
  /** Lines by section, without what is ours, what Docker moves about, and what only counts. */
  sections: Record<string, string[]>;
  /** Status by `id name`. Null: the engine did not answer. */
  containers: Record<string, { status: string; startedAt: string }> | null;
  /** Tables, chains, queues, devices and files for boot of ours, whoever's fault has put them there. */
  ours?: string[];
}

export function snapshotOf(sections: Sections): Snapshot {
  const compared = [...sections].filter(([name]) => !['end', 'containers', 'boot'].includes(name));
  const told = sections.get('containers') ?? [];
  const containers = told.map((line) => {
    const [id = '', title = '', status = '', startedAt = ''] = line.split(' ');
    return [`${title.replace(/^\//, '')} ${id.slice(0, 12)}`, { status, startedAt }] as const;
  });
  const kept = compared.map(([name, lines]) => [name, stable(name, lines)] as const);
  return {
    sections: Object.fromEntries(kept),
    containers: told[0] === 'unanswered' ? null : Object.fromEntries(containers),
    ours: oursIn(sections),
  };
}

/** In the words of the machine, without what only counts. */
function oursIn(sections: Sections): string[] {
  const lines = (name: string, isOurs: (line: string) => boolean): string[] =>
    (sections.get(name) ?? []).filter(isOurs).map((line) => line.replace(/ \{$| \[\d+:\d+\]$/, ''));
  return [
    ...lines('qdiscs', (line) => OUR_QDISC.test(line)),
    ...lines('nft', isOurTable),
    ...lines('iptables', isOurChain),
    ...lines('ip6tables', isOurChain),
    ...(sections.get('boot') ?? []),
  ];
}

function stable(name: string, lines: string[]): string[] {
  if (name === 'qdiscs') {
    const theirs = lines.filter((line) => !OUR_QDISC.test(line) && !/ dev (veth|lo)/.test(line));
    return theirs.map((line) => line.replace(/ (direct_packets_stat|refcnt) \d+/g, ''));
  }
  if (name === 'nft') return rules(withoutSomeTables(lines), (line) => line.startsWith('table '));
  if (name.endsWith('tables')) return rules(lines, (line) => line.startsWith('*'));
  return lines.filter((line) => !OUR_QDISC.test(line));
}

/** Without our tables, and those that iptables keeps in nft: they have sections of their own. */
function withoutSomeTables(lines: string[]): string[] {
  let skipped = false;
  return lines.filter((line) => {
    if (line.startsWith('table '))
      skipped = OUR_TABLE.test(line) || /^table ip6? (raw|mangle|nat|filter|security) /.test(line);
    return !skipped;
  });
}

/** Each with its table in front, so that they can be compared whatever their order: Docker moves its own about. */
function rules(lines: string[], opensTable: (line: string) => boolean): string[] {
  let table = '';
  return lines.flatMap((line) => {
    const text = line
      .trim()
      .replace(/ \[\d+:\d+\]$/, '')
      .replaceAll(/ expires \w+/g, '');
    if (opensTable(line)) table = text;
    return opensTable(line) || NO_RULE.test(text) || movedByDocker(text) ? [] : [`${table} ${text}`];
  });
}

/** Comments, ends, built-in chains that let everything through (listing a table makes them), and chains of ours. */
const NO_RULE = /^#|^COMMIT$|^\}$|^:[A-Z]+ ACCEPT$|ZK-[0-9a-f]{12}-/;

/** Docker writes these anew, with the address that a container has at the moment. */
const movedByDocker = (rule: string): boolean =>
  /^-A DOCKER |^-A PREROUTING -d \S+\/32 ! -i (br-|docker)\S+ -j DROP/.test(rule) ||
  /-s (\S+)\/32 -d \1\/32 .*-j MASQUERADE/.test(rule);

/** What is not as it was, one line for people each; empty: all is. Order within a table does not count. */
export function diffSnapshots(before: Snapshot, after: Snapshot): string[] {
  return [...sectionDiffs(before, after), ...containerDiffs(before, after)];
}

function sectionDiffs(before: Snapshot, after: Snapshot): string[] {
  const passing = passingDevices(before, after);
  const stays = (line: string): boolean => !namesIn(line).some((name) => passing.has(name));
  return Object.entries(before.sections).flatMap(([name, lines]) => {
    const now = Object.hasOwn(after.sections, name) ? after.sections[name] : undefined;
    if (now === undefined) return passing.has(name.replace(/^(classes|filters) /, '')) ? [] : [`${name}: gone`];
    const gone = without(lines, now).map((line) => ({ line, told: `${name}: gone: \`${line}\`` }));
    const come = without(now, lines).map((line) => ({ line, told: `${name}: new: \`${line}\`` }));
    return [...gone, ...come].filter(({ line }) => stays(line)).map(({ told }) => told);
  });
}

/** Interfaces that came or went: no fault does that, and what the machine has for them came or went with them. */
function passingDevices(before: Snapshot, after: Snapshot): Set<string> {
  const devices = ({ sections }: Snapshot): string[] => (sections['qdiscs'] ?? []).flatMap(namesIn);
  const [then, now] = [new Set(devices(before)), new Set(devices(after))];
  return new Set([...then, ...now].filter((name) => then.has(name) !== now.has(name)));
}

const namesIn = (line: string): string[] => [...line.matchAll(/ (?:dev|-[io]) (\S+)/g)].map(([, name = '']) => name);

/** `lines` less those of `others`, counting how often each is there. */
function without(lines: string[], others: string[]): string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}

/** Containers that came later are nobody's residue; a new `startedAt` is what a heal of a killed one leaves. */
function containerDiffs(before: Snapshot, after: Snapshot): string[] {
  if (before.containers === null) return [];
  const { containers } = after;
  if (containers === null)
    return Object.keys(before.containers).length === 0 ? [] : ['containers: the Docker engine does not answer'];
  return Object.entries(before.containers).flatMap(([name, { status }]) => {
    const now = containers[name]?.status ?? 'gone';
    return now === status ? [] : [`container ${name}: was ${status}, is ${now}`];
  });
}

/** Output of machine.sh by section. */
export type Sections = Map<string, string[]>;

/** Undefined when the last section did not arrive. */
export function sectionsOf(output: string): Sections | undefined {
  const sections: Sections = new Map();
  let lines: string[] = [];
  for (const line of output.split('\n')) {
    if (line.startsWith('=== ')) sections.set(line.slice(4), (lines = []));
    else if (line.trim() !== '') lines.push(line);
  }
  return sections.has('end') ? sections : undefined;
}

export interface MachineFacts {
  uid: number;
  kernel: string;
  bootId: string;
  /** Wall clock of the machine; null where its `date` knows no milliseconds. */
  clockMs: number | null;
  systemd: boolean;
  /** Path by name; null: not there. */
  tools: Record<string, string | null>;
  /** What the kernel and the tools can do, tried out in a scratch network namespace. */
  can: { prio: boolean; netem: boolean; flower: boolean; nftTimeout: boolean };
  /** Evidence for what cannot. */
  complaints: string[];
  /** Root queueing discipline of each interface, such as `fq_codel 0:`. */
  qdiscs: Record<string, string>;
  /** Its brake, when that is on: what its file says. */
  brake?: string;
  /** Faults in the ledger. */
  leases: number;
  /** Tables, qdiscs and files for boot of ours, to be told from those that leases account for. */
  ours: string[];
}

const TOOLS = 'tc ip nft iptables ip6tables nsenter unshare flock timeout setsid systemd-run docker ping conntrack';
const OUR_TABLE = /\bzk_[0-9a-f]+\b/;
/** Roots, lanes and their filters; and the devices through which arriving packets are led. */
const OUR_QDISC = /\bc4a0:|\bdev zk[0-9a-f]{12}\b/;

export function readFacts(sections: Sections): MachineFacts {
  const lines = sections.get('facts') ?? [];
  const fact = (name: string): string =>
    lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? '';
  const traffic = sections.get('traffic') ?? [];
  const can = (what: string): boolean => traffic.includes(`${what} yes`);
  const clock = fact('clock');
  const brake = lines.find((line) => /^brake( |$)/.test(line));
  const qdiscs = sections.get('qdiscs') ?? [];
  return {
    uid: Number(fact('uid')),
    kernel: fact('kernel'),
    bootId: fact('boot'),
    clockMs: /^\d{13}$/.test(clock) ? Number(clock) : null,
    systemd: fact('systemd') === 'yes',
    tools: Object.fromEntries(TOOLS.split(' ').map((tool) => [tool, fact(`tool ${tool}`) || null])),
    can: { prio: can('prio'), netem: can('netem'), flower: can('flower'), nftTimeout: can('nftTimeout') },
    complaints: traffic.filter((line) => !line.endsWith(' yes')),
    qdiscs: rootQdiscs(qdiscs),
    ...(brake === undefined ? {} : { brake: brake.slice('brake '.length) }),
    leases: sections.get('leases')?.length ?? 0,
    ours: [
      ...(sections.get('tables') ?? []).filter(isOurTable),
      ...qdiscs.filter((line) => OUR_QDISC.test(line)),
      ...(sections.get('boot') ?? []),
    ],
  };
}

const isOurTable = (line: string): boolean => OUR_TABLE.test(line);

function rootQdiscs(lines: string[]): Record<string, string> {
  const roots = lines.flatMap((line) => {
    const [, kind, handle, dev] = /^qdisc (\S+) (\S+) dev (\S+) root\b/.exec(line) ?? [];
    return kind === undefined || handle === undefined || dev === undefined ? [] : [[dev, `${kind} ${handle}`]];
  });
  return Object.fromEntries(roots);
}

export interface Snapshot {
  /** Lines by section, without what is ours, what Docker moves about, and what only counts. */
  sections: Record<string, string[]>;
  /** Status by `id name`. Null: the engine did not answer. */
  containers: Record<string, { status: string; startedAt: string }> | null;
  /** Tables, chains, queues and devices of ours, whoever's fault has put them there. */
  ours?: string[];
}

export function snapshotOf(sections: Sections): Snapshot {
  const compared = [...sections].filter(([name]) => name !== 'end' && name !== 'containers');
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
  const isChain = (line: string): boolean => /^:ZK-[0-9a-f]{12}-/.test(line);
  return [
    ...lines('qdiscs', (line) => OUR_QDISC.test(line)),
    ...lines('nft', (line) => line.startsWith('table ') && isOurTable(line)),
    ...lines('iptables', isChain),
    ...lines('ip6tables', isChain),
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
  return Object.entries(before.sections).flatMap(([name, lines]) => {
    const now = Object.hasOwn(after.sections, name) ? after.sections[name] : undefined;
    if (now === undefined) return [`${name}: gone`];
    const gone = without(lines, now).map((line) => `${name}: gone: \`${line}\``);
    return [...gone, ...without(now, lines).map((line) => `${name}: new: \`${line}\``)];
  });
}

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

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

/** Programs that it is asked for. */
export const TOOLS =
  'tc ip nft iptables ip6tables nsenter unshare flock timeout setsid systemd-run docker ping conntrack'.split(' ');
export const OUR_TABLE = /\bzk_[0-9a-f]+\b/;
/** Roots, lanes and their filters; and the devices through which arriving packets are led. */
export const OUR_QDISC = /\bc4a0:|\bdev zk[0-9a-f]{12}\b/;

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
    tools: Object.fromEntries(TOOLS.map((tool) => [tool, fact(`tool ${tool}`) || null])),
    can: { prio: can('prio'), netem: can('netem'), flower: can('flower'), nftTimeout: can('nftTimeout') },
    complaints: traffic.filter((line) => !line.endsWith(' yes')),
    qdiscs: rootQdiscs(qdiscs),
    ...(brake === undefined ? {} : { brake: brake.slice('brake '.length) }),
    leases: sections.get('leases')?.length ?? 0,
    ours: [
      ...(sections.get('tables') ?? []).filter((line) => isOurTable(line) || isOurChain(line)),
      ...qdiscs.filter((line) => OUR_QDISC.test(line)),
      ...(sections.get('boot') ?? []),
    ],
  };
}

export const isOurTable = (line: string): boolean => line.startsWith('table ') && OUR_TABLE.test(line);
export const isOurChain = (line: string): boolean => /^:ZK-[0-9a-f]{12}-/.test(line);

function rootQdiscs(lines: string[]): Record<string, string> {
  const roots = lines.flatMap((line) => {
    const [, kind, handle, dev] = /^qdisc (\S+) (\S+) dev (\S+) root\b/.exec(line) ?? [];
    return kind === undefined || handle === undefined || dev === undefined ? [] : [[dev, `${kind} ${handle}`]];
  });
  return Object.fromEntries(roots);
}

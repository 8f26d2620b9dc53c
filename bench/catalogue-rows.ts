import { renderTable } from '../src/report/table.ts';
import type { Row } from './exec.bench.ts';

/** One scenario both ways, in seconds of the wall. Null: nothing of the kind happened in it. */
export interface Compared {
  /** The whole run with its checks: ground, group, body, bite, heals, invariants, journal. */
  ours: number;
  verdict: string;
  /** The same steps the guide's way, without any check. */
  guide: number;
  /** Of these, in fixed waits. */
  waits: number;
  commands: number;
  /** How many of its messages the guide's last pulls showed. */
  guideGot: string;
  ratio: number;
  /** As if the guide did not wait at all. */
  ratioWithoutWaits: number;
  /** The longest wait of the body until a client had all that it was to receive; what the invariants read later is not in it. */
  sync: number | null;
  /** What the first push under a fault took. */
  failover: number | null;
  /** The slowest heal. */
  heal: number | null;
  at: string;
}

export interface Together {
  scenarios: string[];
  seconds: number;
  verdict: string;
  at: string;
}

/** How many scenarios of the suite may be at work at once. */
export const PARALLEL = 4;

export const rounded = (value: number): number => Number(value.toFixed(2));

const sum = (all: Compared[], of: (one: Compared) => number): number => all.reduce((total, one) => total + of(one), 0);

export function total(all: Compared[]): Row {
  const [ours, theirs, waits] = [
    sum(all, (one) => one.ours),
    sum(all, (one) => one.guide),
    sum(all, (one) => one.waits),
  ];
  const without = rounded((theirs - waits) / ours);
  const note = `${all.length} scenarios; ${waits} s of theirs are fixed waits in real seconds, while the lab's product times are a tenth (emulated: a fifth) of the real ones; without the waits the ratio is ${without}`;
  return {
    name: "catalogue: the same steps the guide's way ÷ ours with all checks (s)",
    ...{ ours: rounded(ours), theirs: rounded(theirs), ratio: rounded(theirs / ours), bar: 5, atLeast: true, note },
  };
}

export function inAll(all: Compared[], { seconds, verdict }: Together): Row {
  const theirs = sum(all, (one) => one.guide);
  return {
    name: `catalogue: the guide's way, one after the other ÷ ours as \`run --all --parallel ${PARALLEL}\` (s)`,
    ...{ ours: seconds, theirs: rounded(theirs), ratio: rounded(theirs / seconds), bar: 5, atLeast: true },
    note: `${all.length} scenarios as one suite: ${verdict}`,
  };
}

const HEADS = [
  'scenario',
  'ours',
  'guide',
  'waits',
  'ratio',
  'no waits',
  'sync',
  'fail over',
  'heal',
  'verdict',
  'guide got',
];

export const tableOf = (measured: Record<string, Compared>): string =>
  renderTable(
    HEADS,
    Object.entries(measured).map(([name, one]) =>
      [
        ...[name, one.ours, one.guide, one.waits, one.ratio, one.ratioWithoutWaits],
        ...[one.sync ?? '—', one.failover ?? '—', one.heal ?? '—', one.verdict, one.guideGot],
      ].map(String),
    ),
  );

import type { Delivery, FaultRecord, Verdict } from './run.ts';

/** A run as its live page in the Temporal UI shows it. */
export interface DetailsState {
  scenario: string;
  claim: string;
  phase: string;
  faults: FaultRecord[];
  /** `state` is a word or a time of day; the newest stands last. */
  checks: { what: string; state: string; seconds?: number }[];
  deliveries: Delivery[];
  verdict?: Verdict;
  because?: string;
}

/** What a person still reads; the journal has everything. */
const PAGE_CHARS = 8_000;
const ROWS = 20;
const CELL_CHARS = 300;

/** The live page of a run, in Markdown, for `setCurrentDetails`. Safe in the workflow sandbox. */
export function renderDetails(state: DetailsState): string {
  const parts = [
    `### ${plain(state.scenario)}: ${plain(state.verdict ?? state.phase)}`,
    plain(state.claim),
    ...(state.because === undefined ? [] : [`**Because:** ${plain(state.because)}`]),
    ...section('Faults', ['fault', 'injected', 'healed', 'bite'], state.faults.map(faultRow)),
    ...section('Deliveries', ['to', 'arrived', 'slowest'], deliveryRows(state.deliveries)),
    ...section('Steps', ['', 'what', 's'], state.checks.map(checkRow)),
  ];
  return withinLimit(parts);
}

/** Whole parts as long as they fit: half a table would not render. */
function withinLimit(parts: string[]): string {
  const kept: string[] = [];
  let left = PAGE_CHARS;
  for (const part of parts) {
    if (part.length + 2 > left) return [...kept, '*The rest is in the journal.*'].join('\n\n');
    kept.push(part);
    left -= part.length + 2;
  }
  return kept.join('\n\n');
}

/** A table under its title; of many rows the last. `[]` for none. */
export function section(title: string, columns: string[], rows: string[][], most = ROWS): string[] {
  if (rows.length === 0) return [];
  const older = rows.length > most ? `, the last ${most} of ${rows.length}` : '';
  const lines = [columns, columns.map(() => '---'), ...rows.slice(-most)].map((cells) => `| ${cells.join(' | ')} |`);
  return [`**${title}**${older}`, lines.join('\n')];
}

const faultRow = (fault: FaultRecord): string[] => [
  plain(fault.summary),
  timeOfDay(fault.injectedAt) ?? 'not yet',
  fault.healedAt === null
    ? '**no**'
    : `${timeOfDay(fault.healedAt)} by ${fault.healedBy ?? '?'}${after(fault.healSeconds)}`,
  fault.bite === null ? 'not measured' : `${fault.bite.bit ? 'yes' : '**no**'}: ${plain(fault.bite.how)}`,
];

const after = (seconds: number | null): string => (seconds === null ? '' : `, ${rounded(seconds)} s`);

const checkRow = ({ state, what, seconds }: DetailsState['checks'][number]): string[] => [
  plain(state),
  plain(what),
  seconds === undefined ? '' : rounded(seconds),
];

/** One row a client: how many of its messages arrived, and the slowest of them. */
function deliveryRows(deliveries: Delivery[]): string[][] {
  const clients = [...new Set(deliveries.map(({ to }) => to))];
  return clients.map((client) => {
    const expected = deliveries.filter(({ to }) => to === client);
    const seconds = expected.flatMap((delivery) => delivery.seconds ?? []);
    const slowest = seconds.length === 0 ? '' : `${rounded(Math.max(...seconds))} s`;
    return [plain(client), `${seconds.length} of ${expected.length}`, slowest];
  });
}

const rounded = (seconds: number): string => String(Math.round(seconds * 10) / 10);

/** `2026-02-08T10:11:12.000Z` → `10:11:12`. */
const timeOfDay = (iso: string | null): string | undefined => iso?.slice(11, 19);

/** One line of text that Markdown shows as it is, also inside a table. */
export function plain(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const cut = line.length > CELL_CHARS ? `${line.slice(0, CELL_CHARS - 1)}…` : line;
  return cut.replace(/[\\|<*[]/g, '\\$&');
}

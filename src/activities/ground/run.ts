import type { Deps } from '../deps.ts';
import { stopwatch } from '../clock.ts';
import type { GroundCheck } from './check.ts';
import { fail, SEE, type Observation } from './observation.ts';
import { Scratch } from './scratch.ts';

/** How one check ended; what `0k-chaos ground --json` prints. */
export interface Checked {
  name: string;
  does: string;
  /** `skipped`: what it stands on failed, as another check says. */
  state: 'ok' | 'warn' | 'fail' | 'skipped';
  /** The evidence, or what is wrong. */
  what: string;
  fix: string | null;
  seconds: number;
}

export interface GroundOptions {
  /** Ends all commands; what they left is then tidied up. */
  signal: AbortSignal;
  /** Told of each check as it ends. */
  tell?: (checked: Checked) => void;
  /** Why nothing may be broken now. */
  busy?: Observation | undefined;
}

export interface GroundReport {
  /** In the order in which they were given. */
  checks: Checked[];
  /** What could not be tidied up, one line each. */
  left: string[];
}

/** Runs checks side by side, those that break something last; leaves nothing behind, however it ends. */
export async function runGround(deps: Deps, checks: GroundCheck[], options: GroundOptions): Promise<GroundReport> {
  const { signal, tell } = options;
  const scratch = new Scratch(deps, signal);
  const blames = new Map<Error, string>();
  const done = new Map<string, Checked>();
  const keep = async (check: GroundCheck): Promise<void> => {
    if (signal.aborted) return;
    const checked = await runOne(scratch, check, options, blames);
    done.set(check.name, checked);
    if (!signal.aborted) tell?.(checked);
  };
  const kind = (wanted: GroundCheck['breaks']): GroundCheck[] => checks.filter(({ breaks }) => breaks === wanted);
  await Promise.all(kind(undefined).map(keep));
  await Promise.all([inTurn(kind('relay'), keep), inTurn(kind('edge'), keep)]);
  const left = await scratch.tidy();
  return { checks: checks.flatMap(({ name }) => done.get(name) ?? []), left };
}

async function inTurn<T>(items: T[], act: (item: T) => Promise<void>): Promise<void> {
  for (const item of items) await act(item);
}

async function runOne(
  scratch: Scratch,
  check: GroundCheck,
  { busy }: GroundOptions,
  blames: Map<Error, string>,
): Promise<Checked> {
  const clock = stopwatch();
  const found = await look(scratch, check, check.breaks === undefined ? undefined : busy, blames);
  return { name: check.name, does: check.does, ...found, seconds: clock() };
}

type Judged = Pick<Checked, 'state' | 'what' | 'fix'>;

async function look(
  scratch: Scratch,
  check: GroundCheck,
  busy: Observation | undefined,
  blames: Map<Error, string>,
): Promise<Judged> {
  if (busy) return judge([busy], check);
  try {
    return judge(await check.run(scratch), check);
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const blamed = blames.get(error);
    if (blamed !== undefined) return { state: 'skipped', what: `not done: see \`${blamed}\``, fix: null };
    blames.set(error, check.name);
    return judge([fail(error.message, (error as { fix?: string }).fix ?? check.fix)], check);
  }
}

/** The worst of what was found decides; what is wrong is told alone. */
function judge(found: Observation[], check: GroundCheck): Judged {
  const state = (['fail', 'warn'] as const).find((wanted) => found.some((one) => one.state === wanted)) ?? 'ok';
  const told = state === 'fail' ? found.filter((one) => one.state === 'fail') : found;
  const fixes = told.flatMap(({ state: of, fix }) =>
    of === state && fix !== undefined ? [fix === SEE ? check.fix : fix] : [],
  );
  return { state, what: told.map(({ what }) => what).join('; '), fix: [...new Set(fixes)].join('; ') || null };
}

import { HostError } from '../../hosts/host.ts';
import { fail, SEE, type Observation } from '../../activities/ground/observation.ts';
import { oneLine, paint, wrap, type Look } from '../../report/look.ts';

/** One line of the doctor. */
export interface Check {
  area: string;
  state: 'ok' | 'warn' | 'fail';
  what: string;
  /** The way out; null where all is well. */
  fix: string | null;
  seconds: number;
}

/** Looks at one thing; that it cannot be looked at is an observation as well. */
export async function check(area: string, fix: string, look: () => Promise<Observation[]>): Promise<Check[]> {
  const startedAt = Date.now();
  const found = await look()
    .catch((error: Error) => {
      // A look may be repeated: a link that was lost is opened anew.
      if (error instanceof HostError && error.kind === 'unknown') return look();
      throw error;
    })
    .catch((error: Error): Observation[] => [fail(error.message, fix)]);
  const seconds = (Date.now() - startedAt) / 1000;
  return found.map((one) => ({ area, state: one.state, what: one.what, fix: one.fix ?? null, seconds }));
}

const STYLE = { ok: 'green', warn: 'yellow', fail: 'red' } as const;
const STATE_COLUMNS = 6;

export function renderChecks(checks: Check[], look: Look): string {
  const areaColumns = Math.max(0, ...checks.map(({ area }) => area.length)) + 2;
  const indent = STATE_COLUMNS + areaColumns;
  const width = Math.max(20, (look.width ?? 80) - indent);
  return checks
    .flatMap(({ area, state, what, fix, seconds }) => {
      const [first = '', ...more] = wrap(`${oneLine(what, look)} (${seconds.toFixed(1)} s)`, width);
      const fixed = fix === null || fix === SEE ? [] : wrap(`fix: ${oneLine(fix, look)}`, width);
      const head =
        paint(look, STYLE[state], state) + ' '.repeat(STATE_COLUMNS - state.length) + area.padEnd(areaColumns);
      return [head + first, ...[...more, ...fixed].map((line) => ' '.repeat(indent) + line)];
    })
    .join('\n');
}

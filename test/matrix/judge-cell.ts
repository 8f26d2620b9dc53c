import type { Ended } from '../e2e/test-lab.ts';
import { axisOf, type Cell, type Death } from './axes.ts';
import type { HealedRecord } from './outside.ts';

/** What was seen of one cell, from outside. */
export interface Seen {
  /** Null: nobody waits for the end of a run that is ended by force. */
  ended: Ended | null;
  /** By the machine's own record of the run's fault; null: it has none. */
  healed: HealedRecord | null;
  /** The machine was off while the fault may have stood, and remembers nothing. */
  forgot: boolean;
}

/**
 * Nothing of the run itself dies, so it has to say what its claim says. Not so with a frozen worker: the server goes on giving it tasks, and
 * a step that it got five times in a row is one that the tool could not do.
 */
const GOES_ON: readonly Death[] = [
  'worker killed and back at once',
  'worker terminated',
  'server killed',
  'ssh reset',
  'two workers',
];

/** What is wrong with the end of a run: it never fails, as its claim holds, and passes only if the frame itself ended what stood. */
export function wrongEnd(cell: Cell, { ended, healed, forgot }: Seen): string[] {
  if (ended === null) return [];
  const { status, message } = ended;
  if (cell.death === 'terminated by hand' || cell.death === 'run timeout')
    return status === 'terminated' ? [] : [`it ended ${status}: ${message}`];
  const verdict = ended.result?.verdict;
  if (verdict === 'failed' || ended.kind === 'ClaimFailed') return [`failed because of the tool: ${message}`];
  const why = interruption(cell, healed, forgot);
  if (status === 'completed') return why === undefined ? [] : [`passed, although ${why}`];
  if (status === 'cancelled') return cell.death === 'cancelled' ? [] : [`it ended cancelled: ${message}`];
  if (status === 'terminated') return [`it ended ${status}: ${message}`];
  if (why === undefined && GOES_ON.includes(cell.death) && !isUnmeasured(cell))
    return [`not passed, although nothing interrupted it: ${message}`];
  return ended.kind === 'Inconclusive' ? [] : [`it ended ${status} (${ended.kind}): ${message}`];
}

/** Its worker died between the inject and its measurement, and the next one gets there when all is over. */
const isUnmeasured = ({ fault, boundary, death }: Cell): boolean =>
  axisOf(fault).cutsControl === true && ['injected', 'probed'].includes(boundary) && death.startsWith('worker ');

/** Why the disturbance was not what the run meant; undefined: it was. */
function interruption(cell: Cell, healed: HealedRecord | null, forgot: boolean): string | undefined {
  if (forgot) return 'the machine lost its power while the fault stood';
  if (healed === null) return 'the machine knows of no heal';
  const { cutsControl } = axisOf(cell.fault);
  if (healed.by !== (cutsControl ? 'lease' : 'frame')) return `it was healed by ${healed.by}`;
  // The kernel's own timer ends such a cut, a moment before the lease looks.
  return healed.stood || cutsControl || cell.fault === 'container restart'
    ? undefined
    : 'the fault was gone before it was healed';
}

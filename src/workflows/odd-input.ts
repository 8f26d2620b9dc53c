import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';

/** Set by `payload-converter.cjs` on what could not be read. */
const UNREADABLE = Symbol.for('0k-chaos.unreadable');
/** No input has more within each other; a thousand times more cannot be sent on. */
const DEEPEST = 32;

/** The first door: anybody may have started the workflow, with anything. `carried` comes from an execution before this one. @throws BadInput */
export function refuseOddInput(input: unknown, ...carried: unknown[]): void {
  const why = whyUnreadable(input);
  if (why !== undefined) throw refused(`cannot be read (${why})`);
  if (isTooDeep(input)) throw refused(`has more than ${DEEPEST} levels`);
  if (carried.some((one) => one !== undefined) && !isHandedOver()) throw refused('is not the only one');
}

/** Whether an execution before this one has started it. */
export const isHandedOver = (): boolean => workflowInfo().continuedFromExecutionRunId !== undefined;

function whyUnreadable(input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  try {
    return (input as Record<symbol, string | undefined>)[UNREADABLE];
  } catch (error) {
    return String(error);
  }
}

function isTooDeep(input: unknown): boolean {
  let level: unknown[] = [input];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) return true;
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
  }
  return false;
}

const refused = (what: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    `The input of ${workflowInfo().workflowType} ${what}. It takes one JSON object, or nothing: see \`0k-chaos list\`.`,
    'BadInput',
  );

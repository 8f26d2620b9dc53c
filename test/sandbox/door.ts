import type { Steps } from '../../src/contract/steps.ts';
import type { Case } from './case.ts';
import { PROGRAM_WORKFLOW } from './program.ts';
import type { Door } from './steps-on-machines.ts';

const admitted = new Map<string, Awaited<ReturnType<Steps['admit']>>>();

/** The real door, asked once for each kind of run: its checks cost as much as a whole run here. */
export function doorFor({ type, leaseSeconds, program, happenings }: Case): Door {
  const abortWhen = happenings.some(({ kind }) => kind === 'a guard fails')
    ? { abortWhen: ['the fleet is not well'] }
    : {};
  return (real) => async (ask) => {
    const known = admitted.get(type) ?? (await real(ask));
    admitted.set(type, known);
    const options = type === PROGRAM_WORKFLOW ? { program: JSON.stringify(program) } : known.options;
    return { ...known, ...abortWhen, leaseSeconds, options };
  };
}

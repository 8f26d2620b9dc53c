import type { Mutation } from './bundles.ts';

const FAULTS = 'workflows/faults.ts';
const FRAME = 'workflows/scenario.ts';
const STEPS = 'workflows/steps.ts';

const REGISTER = `    this.#handles.push(handle);
    this.#state.faults.push(record);
`;
const EACH_HEAL = 'for (const handle of [...this.#handles].reverse()) {';
const INJECTED = '    const injected = await injecting;\n';

const only = (file: string, replace: string, by: string): Mutation[] => [{ file, replace, by }];

/** Frames that somebody might write, each with one mistake that leaves something broken or says what is not so. */
export const mutants: Record<string, Mutation[]> = {
  'registers a heal after its inject': [
    { file: FAULTS, replace: REGISTER, by: '' },
    { file: FAULTS, replace: INJECTED, by: `${INJECTED}${REGISTER}` },
    { file: FAULTS, replace: '${this.#handles.length + 1}`', by: '${(this.#underWay.length += 1)}`' },
  ],
  'heals the oldest fault first': only(FAULTS, '[...this.#handles].reverse()', '[...this.#handles]'),
  'heals nothing more after a heal that failed': only(
    FAULTS,
    EACH_HEAL,
    `${EACH_HEAL}\n      if (book.residue.length > 0) break;`,
  ),
  'skips one fault after a heal that failed': only(
    FAULTS,
    EACH_HEAL,
    `let skipped = false;\n    ${EACH_HEAL}\n      if (book.residue.length > 0 && !skipped) { skipped = true; continue; }`,
  ),
  'heals all at once': only(FAULTS, 'await this.#state.slow.untilDoneOrSlow(HEALING(handle.record.summary), one);', ''),
  'heals only as long as nobody cancels': only(
    FRAME,
    'return CancellationScope.nonCancellable(async () => {\n      await this.#putBack',
    'return CancellationScope.cancellable(async () => {\n      await this.#putBack',
  ),
  'does not wait for injects that are under way': only(FAULTS, 'await Promise.allSettled(this.#underWay);', ''),
  'gives injects up as soon as they are cancelled': only(
    STEPS,
    'ActivityCancellationType.WAIT_CANCELLATION_COMPLETED',
    'ActivityCancellationType.TRY_CANCEL',
  ),
  'stops its hold before it heals': only(
    FRAME,
    '      await this.#putBack(faults);\n',
    '      hold.cancel();\n      await this.#putBack(faults);\n',
  ),
  'lets its hold go with the run that is cancelled': only(
    FRAME,
    'const shield = new CancellationScope({ cancellable: false });',
    'const shield = CancellationScope.current();',
  ),
  'gives a heal a last attempt': only(
    STEPS,
    "retry: { initialInterval: '500ms', maximumInterval: '5s' },",
    "retry: { initialInterval: '500ms', maximumInterval: '5s', maximumAttempts: 2 },",
  ),
  'breaks things whoever has the lock by now': only(FAULTS, ', token: this.fence.token }', ' }'),
  'passes although a guard failed': only('workflows/guarded.ts', 'if (reason !== undefined) throw', 'if (false) throw'),
  'lets a body go on when it is over': only('workflows/body.ts', '      this.#scope.cancel();\n', ''),
  'leaves the lock before it has healed': only(
    FRAME,
    '      await this.#putBack(faults);\n',
    '      await releaseLocks(this.#run, this.#state);\n      await this.#putBack(faults);\n',
  ),
  'passes although a fault was interrupted': only('contract/verdict.ts', '    ...injected.flatMap(interrupted),\n', ''),
  'passes although a fault did not bite': [
    { file: 'contract/verdict.ts', replace: '    ...injected.flatMap(withoutBite),\n', by: '' },
  ],
  'leaves a journal that says more than it does': only(
    FRAME,
    'await this.#write(admitted, (result = this.#judged(admitted)));',
    'result = this.#judged(admitted);',
  ),
  'passes with residue': only(
    'contract/verdict.ts',
    '    ...evidence.residue.map((line) => `not as it was before the run: ${line}`),\n',
    '',
  ),
  'passes although a fault was not injected': only(
    'contract/verdict.ts',
    '    ...others.map(({ summary }) => `\\`${summary}\\` was not injected`),\n',
    '',
  ),
  'says that all is healed without looking': only(FAULTS, 'healedBy: healed.healedBy,', "healedBy: 'frame',"),
  'does other things on replay': [
    { file: FAULTS, replace: 'import { CancellationScope,', by: 'import { workflowInfo, CancellationScope,' },
    {
      file: FAULTS,
      replace: '${this.#handles.length + 1}`',
      by: '${this.#handles.length + 1}${workflowInfo().unsafe.isReplaying ? "/again" : ""}`',
    },
  ],
};

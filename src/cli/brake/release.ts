import { brakeOn, releaseBrake } from '../../activities/brake.ts';
import type { Config } from '../../config.ts';
import { describeBrake, RELEASE } from '../../contract/brake.ts';
import { EXIT } from '../../report/exit-code.ts';
import { withLedgers } from '../ledgers.ts';
import { answer, say } from '../output.ts';
import { brakeThere, type BrakeThere } from './state.ts';

/** Here first, or a sweep would put it on again there. */
export async function release(config: Config, json: boolean | undefined): Promise<void> {
  const was = brakeOn(config) ?? null;
  releaseBrake(config);
  const answers = await withLedgers(config, (ledgers) =>
    ledgers.each(async (ledger) => ({ before: await ledger.brake('look'), after: await ledger.brake('off') })),
  );
  const machines = answers.map(({ machine, value, error }) => ({
    wasOn: value?.before.state === 'braked',
    ...brakeThere({ machine, ...(value && { value: value.after }), ...(error !== undefined && { error }) }),
  }));
  const left = machines.filter(({ brake, problem }) => brake !== null || problem !== null);
  const released = machines.filter((one) => one.wasOn && !left.includes(one)).map(({ machine }) => machine);
  answer(json, { was, released, left: left.map(leftOf), isOff: left.length === 0 }, () =>
    [
      was === null ? 'the brake was off here' : `taken off: ${describeBrake(was)}`,
      ...machines.map(
        ({ machine, wasOn }) =>
          `${machine}: ${left.some((one) => one.machine === machine) ? 'NOT taken off' : wasOn ? 'taken off' : 'it was off'}`,
      ),
      ...(left.length === 0 ? ['faults may be injected again'] : []),
    ].join('\n'),
  );
  for (const { machine, problem } of left)
    say(`${machine} stays braked, if it is: ${problem ?? 'its file stays'}; say \`${RELEASE}\` again later`);
  if (left.length > 0) process.exitCode = EXIT.notHealed;
}

const leftOf = ({ machine, brake, problem }: BrakeThere): BrakeThere => ({ machine, brake, problem });

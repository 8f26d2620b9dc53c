import type { MessageSpec } from '../contract/message-spec.ts';
import type { Message, RunRef } from '../contract/run.ts';
import type { Admitted, ContainerFault } from '../contract/steps.ts';
import type { EvidenceBook } from './evidence.ts';
import type { RunState } from './run-state.ts';
import { step } from './steps.ts';

interface Sight {
  run: RunRef;
  admitted: Admitted;
  messages: Message[];
  /** The last message, pushed when all is healed. */
  canary: MessageSpec;
  book: EvidenceBook;
  state: RunState;
}

const doneTo = ({ action, record: { target, bite } }: RunState['containerFaults'][number]): ContainerFault => {
  const startedAt = bite?.after?.['startedAt'];
  return { target, action, ...(typeof startedAt === 'string' ? { startedAt } : {}) };
};

/** What must hold after every run, whatever its claim is. */
export async function invariants({ run, admitted, messages, canary, book, state }: Sight): Promise<void> {
  const { drives: clients, relays, exclusive, deliverSeconds } = admitted;
  const broken = relays.filter((relay) => exclusive.includes(relay));
  const { claimedAtEach: atEach, beforeAll } = state;
  const containerFaults = state.containerFaults.map(doneTo);
  const done = { messages, broken, containerFaults, beforeAll, ...(atEach.length > 0 ? { atEach } : {}) };
  const ask = { run, clients, canary, ...done };
  const what = 'what must always hold: delivered, whole, not leaked';
  state.note(`checking ${what}`);
  const seen = await step('invariants', what, ask, 2 * deliverSeconds + 300);
  const breaks = ({ id }: { id: string }): boolean => state.claimsOnce && id === 'duplicate';
  book.broken.push(...seen.broken, ...seen.findings.filter(breaks));
  book.unknown.push(...seen.unknown);
  book.outside.push(...(seen.outside ?? []));
  book.findings.push(...seen.findings.filter((one) => !breaks(one)));
  state.deliveries.push(...seen.deliveries.filter(({ message }) => message === (seen.canary?.id ?? canary.id)));
  for (const { id, message } of [...seen.broken, ...seen.findings]) state.note(`${id}: ${message}`);
}

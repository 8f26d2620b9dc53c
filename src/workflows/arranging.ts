import type { Message, RunRef } from '../contract/run.ts';
import { firstMessage } from '../contract/message-spec.ts';
import type { Admitted } from '../contract/steps.ts';
import type { EvidenceBook } from './evidence.ts';
import { mustBeAcknowledged, noted } from './pushes.ts';
import type { RunState } from './run-state.ts';
import { step } from './steps.ts';

interface Arranging {
  run: RunRef;
  admitted: Admitted;
  state: RunState;
  book: EvidenceBook;
  /** Everything that was pushed, in that order. */
  pushed: Message[];
}

/**
 * A sync group of the run's own, and its first message at every relay before anything is broken: a fault that makes a relay forget finds
 * something to forget. @returns once the clients are arranged what has to hold of that message
 */
export async function arranged({ run, admitted, state, book, pushed }: Arranging): Promise<() => void> {
  const { drives: clients, seed, commandSeconds } = admitted;
  state.enter('arranging');
  const ask = { run, clients, first: firstMessage(seed) };
  const seconds = 300 + commandSeconds;
  const { findings, first = [] } = await step('arrange', `new sync group on ${clients.join(', ')}`, ask, seconds);
  book.findings.push(...findings);
  pushed.push(...first);
  state.beforeAll.push(...first.map(({ id }) => id));
  state.note(`new sync group on ${clients.join(', ')}`);
  noted(state, first);
  return () => mustBeAcknowledged(first, 'while nothing is broken');
}

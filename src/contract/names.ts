/** Names that are stored in histories or typed by people: a public interface, never renamed. */

/** The queue that workflows and ordinary activities are polled from. */
export const TASK_QUEUE = 'Q';

/** Heals have a queue of their own, so that they never wait behind work. Same worker process. */
export const HEAL_QUEUE = 'Q-heal';

/** What stands beside runs for as long as they live or wait, holds and places in the line, so that it takes no slot of a heal. Same worker process. */
export const HOLD_QUEUE = 'Q-hold';

/** Search attributes, with the type that Temporal registers them under. */
export const SEARCH_ATTRIBUTES = {
  ChaosScenario: 'Keyword',
  ChaosPhase: 'Keyword',
  ChaosVerdict: 'Keyword',
  ChaosSuite: 'Keyword',
  ChaosFleet: 'Keyword',
  ChaosTarget: 'KeywordList',
  ChaosFaultActive: 'Bool',
  ChaosSeed: 'Int',
} as const;

/** Queries that a run answers. */
export const QUERY_REPORT = 'report';
export const QUERY_FAULTS = 'faults';
export const QUERY_PROGRESS = 'progress';

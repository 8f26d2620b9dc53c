import type { StepName } from './world.ts';

/** What a scenario does to the machines when all goes well. */
export interface Journey {
  type: string;
  claim: RegExp;
  breaks: string[];
  /** Its body, each step with the target that it speaks of. */
  body: string[];
  /** Faults that the body leaves to the frame, the newest first. */
  left: string[];
}

export const journeys: Journey[] = [
  {
    type: 'mr_01_relay_crash_failover',
    claim: /^MR-01\. A killed relay costs nobody a message/,
    breaks: ['relay-1'],
    body: ['inject relay-1', 'push', 'awaitDelivery'],
    left: ['heal relay-1'],
  },
  {
    type: 'edge_01_guardian_high_latency',
    claim: /^EDGE-01\. A slow link delays Guardian/,
    breaks: ['guardian'],
    body: ['inject guardian', 'push', 'awaitDelivery'],
    left: ['heal guardian'],
  },
  {
    type: 'edge_03_guardian_partition_recovery',
    claim: /^EDGE-03\. Guardian, cut off, receives nothing/,
    breaks: ['guardian'],
    body: ['inject guardian', 'push', 'look', 'heal guardian', 'awaitDelivery'],
    left: [],
  },
  {
    type: 'conv_01_convergence_after_multi_failure',
    claim: /^CONV-01\. After a relay crash and a cut-off Guardian everybody converges/,
    breaks: ['relay-1', 'guardian'],
    body: ['inject relay-1', 'inject guardian', 'push', 'heal relay-1', 'heal guardian', 'awaitDelivery'],
    left: [],
  },
];

/** A step of a journey: where something may happen. */
export interface Position {
  step: StepName;
  nth: number;
  /** `door`: nothing is held yet. `body`: up to the end of the body. `end`: the frame puts back and judges. */
  part: 'door' | 'body' | 'end';
  /** Where it stands in the story. */
  index: number;
}

export const DOOR = ['admit', 'lock'];
export const END = ['invariants', 'verify', 'conclude', 'unlock'];

export const storyOf = ({ body, left }: Journey): string[] => [...DOOR, 'prepare', 'arrange', ...body, ...left, ...END];

export function positionsOf(journey: Journey): Position[] {
  const seen = new Map<string, number>();
  const endBegins = DOOR.length + 2 + journey.body.length;
  return storyOf(journey).map((line, index) => {
    const step = stepOf(line);
    const nth = (seen.get(step) ?? 0) + 1;
    seen.set(step, nth);
    return { step, nth, index, part: index < DOOR.length ? 'door' : index < endBegins ? 'body' : 'end' };
  });
}

/** The story of a run that goes wrong at a position: what stands is healed, the newest first, then checked and written down. */
export function storyWhenEndedAt(journey: Journey, { index, part, step }: Position, isDone: boolean): string[] {
  const story = storyOf(journey);
  if (part === 'end') return story;
  if (step === 'admit') return ['admit', ...(isDone ? ['unlock'] : [])];
  if (step === 'lock' && !isDone) return ['admit', 'lock', 'unlock'];
  const past = story.slice(0, index + 1);
  const isHealed = (target: string) => past.slice(0, isDone ? undefined : -1).includes(`heal ${target}`);
  const standing = past.filter((line) => stepOf(line) === 'inject').map((line) => line.slice('inject '.length));
  const heals = standing.filter((target) => !isHealed(target)).map((target) => `heal ${target}`);
  const isArranged = past.slice(0, isDone ? undefined : -1).includes('arrange');
  return [...past, ...heals.reverse(), ...END.filter((line) => line !== 'invariants' || isArranged)];
}

/** Steps that run side by side are one line. */
export const told = (story: string[]): string[] => story.filter((line, n) => line !== story[n - 1]);

const stepOf = (line: string): StepName => line.split(' ')[0] as StepName;

/** What a body does, step by step: made by chance, and small enough to be read when it is found at fault. */
export type Step =
  | { do: 'inject'; what: FaultName }
  /** The nth fault that was injected so far. */
  | { do: 'heal'; nth: number }
  | { do: 'push' | 'deliver' | 'missing' | 'bug' }
  | { do: 'wait'; seconds: number }
  | { do: 'together' | 'race'; branches: Step[][] }
  /** What goes wrong inside is nobody's business; what is forgotten, nobody waits for. */
  | { do: 'shrug' | 'forget'; steps: Step[] }
  | { do: 'deadline'; seconds: number; steps: Step[] };

export const FAULT_NAMES = ['kill 1', 'pause 2', 'stop 3', 'restart 2', 'cut off', 'slow', 'cut control'] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

/** The scenario that takes its body from its options. */
export const PROGRAM_WORKFLOW = 'by_chance';

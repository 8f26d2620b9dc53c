/**
 * How often a scenario runs in a night, by its family, as the maintainers' guide recommends: 10 for transport, 25 for sync,
 * 50 for what depends on timing.
 */
const NIGHTLY: [RegExp, number][] = [
  [/^net_/, 10],
  [/^(cm|conv)_/, 25],
  [/^(mr|edge)_/, 50],
];

/** Scenarios of no known family count as sync. */
export const nightlyIterations = (scenario: string): number =>
  NIGHTLY.find(([family]) => family.test(scenario))?.[1] ?? 25;

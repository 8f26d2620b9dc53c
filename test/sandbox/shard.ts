import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import fc from 'fast-check';
import type { Case } from './case.ts';
import { cases } from './chance.ts';
import { broken } from './properties.ts';
import { Sandbox } from './sdk-sandbox.ts';
import type { Found, Shard } from './search.ts';
import { Simulation } from './simulation.ts';

/* One process of a search: its cases, one after the other, in a sandbox of its own. */

process.once('disconnect', () => process.exit());
const [{ bundle, seed, runs, path, isShrinking }] = (await once(process, 'message')) as [Shard];
const sandbox = new Sandbox(readFileSync(bundle, 'utf8'));
const tally: Record<string, number> = {};

const property = fc.asyncProperty(cases, async (chosen) => {
  const run = await new Simulation(sandbox, chosen).run();
  for (const what of [run.status, ...run.met.map(({ kind }) => kind), ...run.happened.map(({ kind }) => kind)]) {
    tally[what] = (tally[what] ?? 0) + 1;
  }
  const problems = broken(chosen, run);
  if (problems.length > 0) throw new Error(problems.join('; '));
});

const report = await fc.check(property, {
  ...{ seed, numRuns: runs, endOnFailure: !isShrinking },
  ...(path === undefined ? {} : { path }),
});

const found: Found = { seed, runs: report.numRuns, tally };
if (report.failed) {
  const [chosen] = report.counterexample as [Case];
  found.counterexample = { chosen, problem: String(report.errorInstance), path: report.counterexamplePath ?? '' };
}
process.send?.(found, () => process.disconnect());

import { fileURLToPath } from 'node:url';
import { onContainers, runScript } from './on-containers.ts';
import { say } from './run-program.ts';

const USAGE = `usage: node --import tsx scripts/meddling.ts [runs, default 50] [seed, default 1]
  Scenarios drawn from the seed, on a lab of containers, and somebody who meddles in the middle of each: restarts a relay, kills a client,
  cuts the power. No run may blame 0k-sync for it, and what we broke is put back. Written to bench/results/. Half a minute a run.
  Exit code 0: so it is; 1: it is not; 2: words that make no sense; 3: not complete.`;

const LAB = fileURLToPath(new URL('meddling-lab.ts', import.meta.url));

async function main([runs = '50', seed = '1', ...more]: string[]): Promise<number> {
  if (more.length === 0 && [runs, seed].every((word) => /^[1-9]\d{0,5}$/.test(word)))
    return onContainers((place) => runScript(LAB, [runs, seed], place));
  say(USAGE);
  return 2;
}

process.exit(await main(process.argv.slice(2)));

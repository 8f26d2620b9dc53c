import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

import type { Case } from './case.ts';

/** What one process looks for. */
export interface Shard {
  /** File of the bundle. */
  bundle: string;
  seed: number;
  runs: number;
  /** Of a counterexample that is to be seen again. */
  path?: string | undefined;
  isShrinking: boolean;
}

export interface Found {
  seed: number;
  runs: number;
  /** How often runs ended so, and how often each mishap was met. */
  tally: Record<string, number>;
  counterexample?: { chosen: Case; problem: string; path: string };
}

/** Cases by chance, on every core. The same seed is the same cases, whatever the number of cores. */
export async function search(all: Omit<Shard, 'seed' | 'runs'> & { seed: number; runs: number }): Promise<Found[]> {
  const shards = all.path === undefined ? SHARDS : 1;
  const waiting = Array.from({ length: shards }, (_, n) => ({
    ...all,
    seed: all.seed + n,
    runs: Math.ceil(all.runs / shards),
  }));
  const found: Found[] = [];
  const work = async (): Promise<void> => {
    for (let shard = waiting.shift(); shard; shard = waiting.shift()) found.push(await inProcess(shard));
  };
  await Promise.all(Array.from({ length: Math.min(shards, availableParallelism()) }, work));
  return found;
}

const SHARDS = 4;

/** A process of its own: it has a core for itself, and its memory goes with it. */
export function inProcess(shard: Shard): Promise<Found> {
  const child = fork(fileURLToPath(new URL('./shard.ts', import.meta.url)), {
    // Most of what a run allocates is gone with it.
    execArgv: ['--import', 'tsx', '--max-semi-space-size=64'],
  });
  child.send(shard);
  return new Promise((done, fail) => {
    child.once('message', (found) => done(found as Found)).once('error', fail);
    child.once('exit', (code) => fail(new Error(`a process of the search ended with ${code}`)));
  });
}

/** For people: what happened in which case, and how to see it again. */
export function told({ seed, counterexample }: Found): string[] {
  if (!counterexample) return [];
  const { chosen, problem, path } = counterexample;
  const again = `again: SANDBOX_SEED=${seed} SANDBOX_PATH=${path}`;
  return [`${problem}\nin ${JSON.stringify(chosen, null, 1)}\n${again}`];
}

import { pull } from '../zerok/commands.ts';
import { parsePull } from '../zerok/pull-output.ts';
import type { PullResult } from '../zerok/pull-output.ts';
import type { RunFolder } from './journal.ts';
import type { SyncClient } from './sync-client.ts';

/** One pull as a person does it: from the cursor that the client keeps, which it moves. What it printed is kept. */
export async function pullPlainly(folder: RunFolder, client: SyncClient, signal: AbortSignal): Promise<PullResult> {
  folder.add(fileOf(client.name), ASKED);
  const printed = await client.exec(pull(client.cli), { signal });
  const page = parsePull(printed);
  if (page.kind !== 'cut-short') folder.add(fileOf(client.name), page);
  return page;
}

/** A line before each pull: what has no answer after it was cut off. */
const ASKED = { kind: 'asked' } as const;

/**
 * What plain pulls have shown this client in this run, in order. `whole`: all of it; a pull that was cut off, as by the death of a
 * worker, may have moved the client's cursor past what nobody has seen.
 */
export function plainlyPulled(folder: RunFolder, client: string): { pages: PullResult[]; whole: boolean } {
  const lines = folder.lines<typeof ASKED | PullResult>(fileOf(client));
  const answers = lines.filter((line): line is PullResult => line.kind !== 'asked');
  return { pages: answers.filter(({ kind }) => kind === 'rows'), whole: 2 * answers.length === lines.length };
}

const fileOf = (client: string): string => `pulled/${client}.jsonl`;

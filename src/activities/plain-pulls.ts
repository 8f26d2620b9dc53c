import { pull } from '../zerok/commands.ts';
import { parsePull } from '../zerok/pull-output.ts';
import type { PullResult } from '../zerok/pull-output.ts';
import type { RunFolder } from './journal.ts';
import type { SyncClient } from './sync-client.ts';

/** One pull as a person does it: from the cursor that the client keeps, which it moves. What it printed is kept. */
export async function pullPlainly(folder: RunFolder, client: SyncClient, signal: AbortSignal): Promise<PullResult> {
  const printed = await client.exec(pull(client.cli), { signal });
  const page = parsePull(printed);
  if (page.kind === 'rows') folder.add(fileOf(client.name), page);
  return page;
}

/** Everything that plain pulls have shown this client in this run, in order. */
export const plainlyPulled = (folder: RunFolder, client: string): PullResult[] => folder.lines(fileOf(client));

const fileOf = (client: string): string => `pulled/${client}.jsonl`;

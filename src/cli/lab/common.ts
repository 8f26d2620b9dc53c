import type { Command } from 'commander';
import { LabError } from '../../../lab/error.ts';
import { say } from '../output.ts';

export interface Common {
  name?: string;
  json?: boolean;
}

export function common(command: Command): Command {
  return command
    .option('--name <lab>', "a lab of another name than this clone's")
    .option('--json', 'one JSON document on stdout');
}

/** A person reads one message, not a stack. */
export async function guarded(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    say(`0k-chaos lab: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = error instanceof LabError ? error.exitCode : 1;
  }
}

import type { Command } from 'commander';

export interface Common {
  name?: string;
  json?: boolean;
}

export function common(command: Command): Command {
  return command
    .option('--name <lab>', "a lab of another name than this clone's")
    .option('--json', 'one JSON document on stdout');
}

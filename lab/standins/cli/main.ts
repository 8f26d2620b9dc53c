// A stand-in for 0k-sync's `sync-cli` 0.1.0, for the lab: its outside is the product's, its inside is not.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Command, parseArguments, UsageError } from './args.ts';
import { Failure, osError } from './failure.ts';
import { prepareDataDir } from './files.ts';
import { init } from './init.ts';
import { pair } from './pair.ts';
import { pull } from './pull.ts';
import { push } from './push.ts';
import { serve } from './serve.ts';
import { status } from './status.ts';

async function main(words: string[]): Promise<void> {
  const { dataDir, command } = parseArguments(words);
  if (command.name === 'print') {
    process.stdout.write(command.text);
    return;
  }
  const dir = dataDir ?? defaultDataDir();
  prepareDataDir(dir);
  await run(dir, command);
}

async function run(dir: string, command: Exclude<Command, { name: 'print' }>): Promise<void> {
  switch (command.name) {
    case 'init':
      return init(dir, command.deviceName);
    case 'pair':
      return pair(dir, command.join, command.passphrase);
    case 'push':
      return push(dir, dataOf(command.message, command.file));
    case 'pull':
      return pull(dir, command.afterCursor);
    case 'status':
      return status(dir);
    case 'serve':
      return serve(dir);
  }
}

function dataOf(message: string | null, file: string | null): Buffer {
  if (message !== null) return Buffer.from(message);
  if (file === null) throw new Failure('Must specify message or --file');
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Failure('Failed to read file', osError(error));
  }
}

function defaultDataDir(): string {
  return join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'sync-cli');
}

/** Like the product's clients it just ends, and the relay notices by its idle timeout; but not before all is written. */
function end(code: number, error = ''): void {
  process.stderr.write(error, () => process.stdout.write('', () => process.exit(code)));
}

main(process.argv.slice(2)).then(
  () => end(0),
  (error: unknown) => {
    if (error instanceof UsageError) end(2, error.message);
    else end(1, error instanceof Failure ? error.text() : `Error: ${(error as Error).message}\n`);
  },
);

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { KnownDefect } from '../contract/known-defects.ts';
import { readPlainFile } from '../fleet/plain-file.ts';
import { parseKnownDefects } from '../report/known-defects.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';

const NAME = 'known-defects.yml';
const LARGEST_BYTES = 1024 * 1024;

/** The list that the fleet file names, else the one beside it, else none. @throws BadInput with the file and what is wrong in it */
export function readKnownDefects({ fleet, fleetFile }: Pick<Deps, 'fleet' | 'fleetFile'>): KnownDefect[] {
  const beside = fleetFile === undefined ? undefined : path.join(path.dirname(fleetFile), NAME);
  const file = fleet.knownDefects ?? (beside !== undefined && existsSync(beside) ? beside : undefined);
  if (file === undefined) return [];
  const read = parseKnownDefects(textOf(file));
  if ('defects' in read) return read.defects;
  throw failure('BadInput', `The list of known defects \`${file}\` is not valid:\n${read.error}`);
}

function textOf(file: string): string {
  try {
    return readPlainFile(file, LARGEST_BYTES).toString();
  } catch (error) {
    throw failure('BadInput', `The list of known defects \`${file}\` cannot be read: ${(error as Error).message}`);
  }
}

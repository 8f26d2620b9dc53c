import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineFolder } from './paths.ts';

/** A script of lab/machine. */
export function machineScript(name: string): string {
  return readFileSync(join(machineFolder(), name), 'utf8');
}

/** Our own source, compiled or not. */
export function sourceOf(name: string): string {
  const extension = import.meta.filename.slice(import.meta.filename.lastIndexOf('.'));
  return readFileSync(join(import.meta.dirname, name.replace('.ts', extension)), 'utf8');
}

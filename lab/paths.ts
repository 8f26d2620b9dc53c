import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder that package.json stands in, also when we run compiled, from `dist/lab`. */
export function cloneFolder(): string {
  const above = join(import.meta.dirname, '..');
  return realpathSync(above.endsWith('/dist') ? join(above, '..') : above);
}

/** The scripts that make a machine. They are read from the clone, compiled or not. */
export function machineFolder(): string {
  return join(cloneFolder(), 'lab', 'machine');
}

/** What is built once and shared by all clones. */
export function cacheFolder(): string {
  return join(xdg('XDG_CACHE_HOME', '.cache'), '0k-chaos', 'lab');
}

/** One folder per lab: ports, keys, fleet file, state of its runs. */
export function labsFolder(): string {
  return join(xdg('XDG_STATE_HOME', '.local/state'), '0k-chaos', 'labs');
}

/** A lab belongs to its clone, so that two clones never share one by chance. */
export function defaultLabName(clone: string = cloneFolder()): string {
  return `lab-${createHash('sha256').update(clone).digest('hex').slice(0, 8)}`;
}

/** The XDG specification: an empty or a relative path counts as unset. */
function xdg(variable: string, fallback: string): string {
  const value = process.env[variable];
  return value?.startsWith('/') ? value : join(homedir(), fallback);
}

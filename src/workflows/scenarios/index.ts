import type { Scenario } from '../scenario.ts';
import * as catalogue from './catalogue.ts';

/** In the guide's order; a family that it does not know comes after them. */
const FAMILIES = ['mr', 'cm', 'edge', 'net', 'conv'];

function place(name: string): string {
  const family = FAMILIES.indexOf(name.split('_')[0] ?? '');
  return `${family === -1 ? FAMILIES.length : family} ${name}`;
}

const all: Record<string, Scenario> = { ...catalogue };

/** Every scenario by its workflow type, in the guide's order: what `list`, `plan` and `run` know. */
export const scenarios: Record<string, Scenario> = Object.fromEntries(
  Object.entries(all).toSorted(([a], [b]) => (place(a) < place(b) ? -1 : 1)),
);

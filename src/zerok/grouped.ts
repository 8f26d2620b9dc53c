import type { Finding } from '../contract/run.ts';

/** One finding for all that is wrong in the same way: the first of them speaks for it. */
export function grouped(id: string, by: Map<string, string>): Finding[] {
  const [first] = by.values();
  return first === undefined ? [] : [{ id, message: first, count: by.size }];
}

import { globMatches } from '../../contract/glob.ts';
import { didYouMean } from '../../fleet/nearest.ts';
import type { Fleet } from '../../fleet/schema.ts';
import { badInput } from '../errors.ts';

/** Relays by names or globs, in the order of the fleet file; none or `all`: all. @throws CliError */
export function chosenRelays({ relays, name }: Fleet, words: readonly string[]): string[] {
  const known = Object.keys(relays);
  if (known.length === 0) throw badInput(`the fleet \`${name}\` has no relays`);
  if (words.length === 0 || words.includes('all')) return known;
  const wanted = words.flatMap((word) => {
    const found = known.filter((name) => globMatches(word, name));
    if (found.length > 0) return found;
    throw badInput(`no relay \`${word}\` in the fleet \`${name}\`; ${didYouMean(word, known)}`);
  });
  return known.filter((relay) => wanted.includes(relay));
}

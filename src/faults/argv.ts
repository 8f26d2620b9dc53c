/** The words of one command; never joined by hand. Only `quote` of src/hosts turns words into shell text. */
export type Argv = readonly string[];

/** Inside a word: replaced by the lease's current length in whole seconds on the machine, at inject and at each renewal. */
export const TTL_SECONDS = '{ttl}';

/** Where a fault's commands run: on the machine itself, or in the network namespace of one incarnation of a container. */
export type Place = { on: 'machine' } | { on: 'container'; id: string; startedAt: string };

/** Words that run `argv` at `place`. `in_container` is a function of lease.sh: it finds the container's process at that
 * moment, and does nothing (printing `gone`) when the container is no longer the incarnation that was started at `startedAt`. */
export function at(place: Place, argv: Argv): Argv {
  return place.on === 'machine' ? argv : ['in_container', place.id, place.startedAt, ...argv];
}

/** A function of lease.sh, told from a program as `run` of lease-words.sh does: only lease.sh can run it. */
export const isOfLeaseScript = (word: string): boolean => /_|^(feed|firewall|engine)$/.test(word);

/** Tagged template: each `${}` is one word, an array several; white space in the literal parts separates words. */
export function argv(literals: TemplateStringsArray, ...values: (string | number | readonly string[])[]): Argv {
  const words: string[] = [];
  literals.forEach((literal, index) => {
    words.push(...literal.split(/\s+/).filter((word) => word !== ''));
    if (index < values.length) {
      const value = values[index] as string | number | readonly string[];
      words.push(...(Array.isArray(value) ? value : [String(value)]));
    }
  });
  return words;
}

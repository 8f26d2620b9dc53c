/** Names a person may have meant: those of `known` that are a few typing errors away from `word`, nearest first, at most three. */
export function nearest(word: string, known: readonly string[]): string[] {
  const wanted = word.toLowerCase();
  // Two letters that changed places are two errors.
  const limit = wanted.length < 4 ? 1 : Math.max(2, Math.floor(wanted.length / 3));
  return known
    .map((name) => ({ name, errors: score(wanted, name.toLowerCase()) }))
    .filter(({ errors }) => errors <= limit)
    .sort((a, b) => a.errors - b.errors || a.name.localeCompare(b.name))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** The way out of a wrong name, as the end of a sentence: what was probably meant, else all there is. */
export function didYouMean(word: string, known: readonly string[]): string {
  if (known.length === 0) {
    return 'none is known';
  }
  const near = nearest(word, known);
  return near.length > 0 ? `did you mean ${list(near, ' or ')}?` : `known: ${list(known, ', ')}`;
}

const list = (names: readonly string[], glue: string): string => names.map((name) => `\`${name}\``).join(glue);

/** A name that begins with what was typed, or holds it, is as good as one typing error. */
function score(wanted: string, name: string): number {
  const contains = wanted.length >= 3 && name.includes(wanted);
  return contains ? Math.min(1, distance(wanted, name)) : distance(wanted, name);
}

/** Levenshtein's distance, one row at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

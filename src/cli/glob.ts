/** The names that `word` stands for: itself, or what its `*` and `?` fit. */
export function matching(word: string, names: readonly string[]): string[] {
  const pattern = word
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const fits = new RegExp(`^${pattern}$`);
  return names.filter((name) => fits.test(name));
}

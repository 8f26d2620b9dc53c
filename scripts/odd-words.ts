/** Why these words of `npm run demo` or `npm test` make no sense, before anything is installed or started; undefined: they do. */
export function oddWords(command: string, words: string[]): string | undefined {
  if (command === 'demo') {
    const odd = words.find((word) => word !== '--exit');
    return odd === undefined ? undefined : `\`npm run demo\` takes \`--exit\` and \`--yes\`, not \`${odd}\``;
  }
  // All others are mocha's, which takes whatever it does not know.
  const odd = command === 'test' ? words.find((word) => /^-+un/.test(word) && word !== '--unit') : undefined;
  return odd === undefined ? undefined : `\`npm test\` knows no \`${odd}\`; did you mean \`--unit\`?`;
}

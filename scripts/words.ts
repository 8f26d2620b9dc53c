/** Why these words of an npm command make no sense, before anything is installed or started; undefined: they do. */
export async function oddWords(command: string, words: string[]): Promise<string | undefined> {
  if (command === 'demo') {
    const odd = words.find((word) => word !== '--exit');
    return odd === undefined ? undefined : `\`npm run demo\` takes \`--exit\` and \`--yes\`, not \`${odd}\``;
  }
  if (command === 'bench') return refusal((await import('../bench/words.ts')).readWords, words);
  if (command === 'matrix') return refusal((await import('../test/matrix/words.ts')).readWords, words);
  // All others are mocha's, which takes whatever it does not know.
  const odd = words.find((word) => /^-+un/.test(word) && word !== '--unit');
  return odd === undefined ? undefined : `\`npm test\` knows no \`${odd}\`; did you mean \`--unit\`?`;
}

function refusal(read: (words: string[]) => unknown, words: string[]): string | undefined {
  try {
    read(words);
    return undefined;
  } catch (error) {
    const isOurs = error instanceof RangeError || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS');
    if (isOurs) return (error as Error).message;
    throw error;
  }
}

/** Tests without a lab, and a list of what could be done, need nothing installed. */
export const needsLab = (words: string[]): boolean => !words.includes('--unit') && !words.includes('--list');

const HELP: Record<string, string> = {
  demo: `usage: npm run demo [-- [--exit] [--yes]]
  Two scenarios on the lab, and a worker killed in the middle of the second. All stays up until Ctrl-C, for you to look at.
  --exit: takes all down at the end. --yes: installs missing Debian packages without a question.`,
  test: `usage: npm test [-- [--unit] [--yes] [mocha's own words, such as --grep X]]
  Types, lint and format, then all tests: on this machine, on labs of containers on Docker engines of their own, on virtual machines.
  --unit: only those that need no lab. --yes: installs missing Debian packages without a question. One file: npx mocha FILE.
  Exit code 0: all passed; 1: not; 2: words that make no sense, or packages are missing.`,
  bench: `usage: npm run bench [-- [NAME …] [--only mr_01,cm_02] [--machines vm|containers]]
  Ratios against the same things done by hand, side by side on one lab: memory, exec, inject, temporal, recovery; catalogue (half an hour)
  only by its name. Written to bench/results/. --only: these scenarios of the catalogue.`,
  matrix: `usage: npm run matrix [-- [--list] [--machines vm|containers] [--only 'container*'] [--boundaries X,Y] [--deaths X,Y]
                           [--sample N] [--seed S] [--resume]]
  Each kind of fault × each boundary between its steps × each death: what stays behind, and whether the run says what is true.
  --list: the cells, and why some cannot be. --sample: so many of them, drawn from the seed. --resume: without those of today's file.
  Half a minute a cell. Ctrl-C ends it and its lab. Written to bench/results/matrix-*.`,
};

/** What `--help` gives; undefined: nobody asked. */
export const helpOf = (command: string, words: string[]): string | undefined =>
  words.some((word) => word === '--help' || word === '-h') ? HELP[command] : undefined;

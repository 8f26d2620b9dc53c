/** Options that people may put in front of the command. */
const WITH_VALUE = ['--fleet', '--profile'];
const PLAIN = ['--json'];

export interface Arguments {
  /** Undefined: none was given. */
  command: string | undefined;
  /** What the command gets: options that stood in front of it come first. */
  rest: string[];
  json: boolean;
  /** `--no-color` stood somewhere. */
  colourless: boolean;
}

/** Splits the words of a command line. Pure. What follows `--` is left alone. */
export function splitArguments(argv: readonly string[]): Arguments {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  const ours = argv.slice(0, end).filter((word) => word !== '--no-color');
  const leading: string[] = [];
  while (isGlobal(ours[0])) {
    const word = ours.shift() ?? '';
    leading.push(word, ...(WITH_VALUE.includes(word) ? ours.splice(0, 1) : []));
  }
  const [command, ...rest] = ours;
  return {
    command,
    // Behind a subcommand, as in `server status`, where it is declared.
    rest: [...rest, ...leading, ...argv.slice(end)],
    json: ours.includes('--json') || leading.includes('--json'),
    colourless: ours.length + leading.length < end,
  };
}

const isGlobal = (word = ''): boolean =>
  [...WITH_VALUE, ...PLAIN].includes(word) || WITH_VALUE.some((option) => word.startsWith(`${option}=`));

import { Failure } from './failure.ts';

export type Command =
  | { name: 'init'; deviceName: string }
  | { name: 'pair'; join: string | null; passphrase: string | null }
  | { name: 'push'; message: string | null; file: string | null }
  | { name: 'pull'; afterCursor: number | null }
  | { name: 'status' }
  | { name: 'serve' }
  | { name: 'print'; text: string };

export interface Arguments {
  dataDir: string | null;
  command: Command;
}

interface Shape {
  /** Long options that take a value, and their short forms. */
  options: Record<string, string | null>;
  /** Placeholder of the one positional, if there is one. */
  positional?: string;
  usage: string;
}

const SHAPES: Record<string, Shape> = {
  init: { options: { name: 'n' }, usage: 'init [OPTIONS] --name <NAME>' },
  pair: { options: { join: null, passphrase: null }, usage: 'pair [OPTIONS]' },
  push: { options: { file: 'f' }, positional: 'MESSAGE', usage: 'push [OPTIONS] [MESSAGE]' },
  pull: { options: { 'after-cursor': null, limit: null }, usage: 'pull [OPTIONS]' },
  status: { options: {}, usage: 'status [OPTIONS]' },
  serve: { options: {}, usage: 'serve [OPTIONS]' },
};

const VERSION = 'sync-cli 0.1.0\n';
const HELP = `CLI tool for testing 0k-Sync protocol

Usage: sync-cli [OPTIONS] <COMMAND>

Commands:
  init    Initialize device identity
  pair    Create or join a sync group
  push    Push data to the sync group
  pull    Pull data from the sync group
  status  Show sync status
  serve   Start a sync server (accepts connections from other devices)
  help    Print this message or the help of the given subcommand(s)

Options:
      --data-dir <DATA_DIR>  Data directory for storing device identity and sync state
  -h, --help                 Print help
  -V, --version              Print version
`;

/** Thrown for words that make no command; printed as they are, exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';

  constructor(what: string, usage = '[OPTIONS] <COMMAND>') {
    super(`error: ${what}\n\nUsage: sync-cli ${usage}\n\nFor more information, try '--help'.\n`);
  }
}

/** @throws UsageError */
export function parseArguments(words: string[]): Arguments {
  const found = scan(words);
  const dataDir = found.values['data-dir'] ?? null;
  if (found.print !== null) return { dataDir, command: { name: 'print', text: found.print } };
  if (found.command === null) throw new UsageError("'sync-cli' requires a subcommand but one was not provided");
  return { dataDir, command: commandOf(found.command, found.values, found.positional) };
}

interface Found {
  command: string | null;
  values: Record<string, string>;
  positional: string | null;
  print: string | null;
}

function scan(words: string[]): Found {
  const found: Found = { command: null, values: {}, positional: null, print: null };
  let isOpen = true;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const shape = found.command === null ? undefined : SHAPES[found.command];
    if (isOpen && word === '--') isOpen = false;
    else if (isOpen && (word === '-V' || word === '--version')) return { ...found, print: VERSION };
    else if (isOpen && (word === '-h' || word === '--help')) return { ...found, print: HELP };
    else if (isOpen && word.startsWith('-') && word !== '-') i += takeOption(found, shape, word, words[i + 1]);
    else if (shape === undefined) {
      if (word === 'help') return { ...found, print: HELP };
      if (!Object.hasOwn(SHAPES, word)) throw new UsageError(`unrecognized subcommand '${word}'`);
      found.command = word;
    } else if (shape.positional !== undefined && found.positional === null) found.positional = word;
    else throw new UsageError(`unexpected argument '${word}' found`, shape.usage);
  }
  return found;
}

/** @returns how many words it took besides its own. */
function takeOption(found: Found, shape: Shape | undefined, word: string, next: string | undefined): number {
  const usage = shape?.usage;
  const equals = word.indexOf('=');
  const left = equals < 0 ? word : word.slice(0, equals);
  const known = { ...shape?.options, 'data-dir': null };
  const name = Object.entries(known).find(([long, short]) => left === `--${long}` || left === `-${short}`)?.[0];
  if (name === undefined) throw new UsageError(`unexpected argument '${left}' found`, usage);
  const shown = `--${name} <${name.replaceAll('-', '_').toUpperCase()}>`;
  if (name in found.values) throw new UsageError(`the argument '${shown}' cannot be used multiple times`, usage);
  const value = equals < 0 ? next : word.slice(equals + 1);
  const isOption = equals < 0 && value !== undefined && /^-./.test(value);
  if (value === undefined || isOption)
    throw new UsageError(`a value is required for '${shown}' but none was supplied`, usage);
  found.values[name] = value;
  return equals < 0 ? 1 : 0;
}

function commandOf(name: string, values: Record<string, string>, positional: string | null): Command {
  switch (name) {
    case 'init': {
      const deviceName = values['name'];
      if (deviceName !== undefined) return { name, deviceName };
      throw new UsageError(
        'the following required arguments were not provided:\n  --name <NAME>',
        'init --name <NAME>',
      );
    }
    case 'pair':
      return { name, join: values['join'] ?? null, passphrase: values['passphrase'] ?? null };
    case 'push': {
      const file = values['file'] ?? null;
      if (file === null || positional === null) return { name, message: positional, file };
      throw new UsageError("the argument '[MESSAGE]' cannot be used with '--file <FILE>'", 'push [OPTIONS] [MESSAGE]');
    }
    case 'pull':
      // --limit is checked and ignored, as in the product.
      wholeNumber('limit', values['limit']);
      return { name, afterCursor: wholeNumber('after-cursor', values['after-cursor']) };
    case 'status':
    case 'serve':
      return { name };
    default:
      throw new Failure(`no command \`${name}\``);
  }
}

function wholeNumber(option: string, value: string | undefined): number | null {
  if (value === undefined) return null;
  if (/^\d{1,15}$/.test(value)) return Number(value);
  const shown = `--${option} <${option.replaceAll('-', '_').toUpperCase()}>`;
  throw new UsageError(`invalid value '${value}' for '${shown}': invalid digit found in string`, 'pull [OPTIONS]');
}

import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument, type Document, type YAMLError } from 'yaml';
import { contradictions } from './check.ts';
import { NotAFileError, NotOursError, readPlainFile, TooLargeError } from './plain-file.ts';
import { explain, FleetError, Lines, MOST_TOLD, problem } from './problems.ts';
import { fleetSchema, type Fleet } from './schema.ts';
import { whyNoState } from './state-folder.ts';

export { FleetError } from './problems.ts';

/** A fleet is written by hand: anything larger is another file, named by mistake. The time that YAML takes grows with its square. */
const LARGEST_BYTES = 64 * 1024;

/** Reads, checks and completes a fleet file. `owners`: whose it may be besides ours and root's. @throws FleetError with every problem and its line. */
export function loadFleet(file: string, owners: readonly number[] = []): Fleet {
  const { fleet, lines } = parse(read(file, owners), file);
  const why = fleet.state === undefined ? undefined : whyNoState(fleet.state);
  if (why === undefined) return fleet;
  throw new FleetError(file, [problem(lines, ['state'], `\`${fleet.state}\`: ${why}; name another folder`)]);
}

/** The same for a text that was read from `file`; looks at nothing else on the disk. */
export const parseFleet = (text: string, file: string): Fleet => parse(text, file).fleet;

function parse(text: string, file: string): { fleet: Fleet; lines: Lines } {
  if (Buffer.byteLength(text) > LARGEST_BYTES) throw tooLarge(file, Buffer.byteLength(text));
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const lines = new Lines(document, counter);
  const faults: YAMLError[] = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    const problems = faults.map((fault) => ({ line: lines.at(fault.pos[0]), field: '', what: inWords(fault) }));
    throw new FleetError(file, problems);
  }
  const input = toPlain(document, file);
  const swallowed = protos(input).map((path) => problem(lines, path, 'not a usable name; rename it'));
  if (swallowed.length > 0) throw new FleetError(file, swallowed);
  const parsed = fleetSchema.safeParse(input);
  if (!parsed.success) {
    const problems = parsed.error.issues.slice(0, MOST_TOLD + 1).flatMap((issue) => explain(issue, input, lines));
    throw new FleetError(file, problems);
  }
  const wrong = contradictions(parsed.data).map(({ path, what }) => problem(lines, path, what));
  if (wrong.length > 0) {
    throw new FleetError(file, wrong);
  }
  return { fleet: withFullPaths(parsed.data, dirname(resolve(file))), lines };
}

function read(file: string, owners: readonly number[]): string {
  try {
    return readPlainFile(file, LARGEST_BYTES, { owners }).toString();
  } catch (error) {
    throw new FleetError(file, [{ line: 0, field: '', what: whyUnread(error) }]);
  }
}

const tooLarge = (file: string, bytes: number): FleetError =>
  new FleetError(file, [{ line: 0, field: '', what: `${bytes} bytes is no fleet file (at most ${LARGEST_BYTES})` }]);

const UNREAD: Record<string, string> = {
  ENOENT: 'there is no such file; write one with `0k-chaos init`, or name another with `--fleet FILE`',
  EACCES: 'may not be read by this user; see `ls -l` of the file and its folders',
  ENOTDIR: 'a part of the path is not a folder; name another file with `--fleet FILE`',
};

function whyUnread(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (error instanceof NotAFileError || error instanceof TooLargeError)
    return `${message}; name a fleet file with \`--fleet FILE\``;
  if (error instanceof NotOursError) return message;
  return UNREAD[code] ?? `cannot be read: ${message}`;
}

function inWords(fault: YAMLError): string {
  if (fault.code === 'DUPLICATE_KEY') return 'a name stands twice in the same place; rename or remove one';
  return /call stack/.test(fault.message)
    ? 'lists and mappings stand too deep in each other'
    : `not YAML: ${fault.message}`;
}

/** Aliases are followed only so far: a small text can stand for millions of nodes. */
function toPlain(document: Document, file: string): unknown {
  try {
    const input: unknown = document.toJS({ maxAliasCount: 100 });
    if (input !== null && input !== undefined) {
      return input;
    }
  } catch (error) {
    throw new FleetError(file, [
      { line: 0, field: '', what: `not a usable YAML document: ${(error as Error).message}` },
    ]);
  }
  throw new FleetError(file, [{ line: 0, field: '', what: 'is empty; write one with `0k-chaos init`' }]);
}

/** Deeper than any key of a fleet file. */
const DEEPEST = 16;

/** Where a key is `__proto__`, which schemas skip without a word. The shallowest first; what aliases share is looked at once. */
function protos(input: unknown): PropertyKey[][] {
  const open: { value: unknown; path: PropertyKey[] }[] = [{ value: input, path: [] }];
  const seen = new Set<unknown>();
  for (const { value, path } of open) {
    if (typeof value !== 'object' || value === null || seen.has(value) || path.length > DEEPEST) continue;
    seen.add(value);
    for (const [key, inner] of Object.entries(value))
      open.push({ value: inner, path: [...path, Array.isArray(value) ? Number(key) : key] });
  }
  return open.flatMap(({ path }) => (path.at(-1) === '__proto__' ? [path] : []));
}

/** Paths on this machine become absolute: `~` is the home folder, relative ones start at the fleet file. */
function withFullPaths(fleet: Fleet, folder: string): Fleet {
  const full = (path: string): string => resolve(folder, path.replace(/^~(?=\/|$)/, homedir()));
  if (fleet.state !== undefined) {
    fleet.state = full(fleet.state);
  }
  if (fleet.codec !== undefined) {
    fleet.codec.keyFile = full(fleet.codec.keyFile);
  }
  if (fleet.knownDefects !== undefined) {
    fleet.knownDefects = full(fleet.knownDefects);
  }
  for (const { ssh } of Object.values(fleet.machines)) {
    if (ssh?.identityFile !== undefined) {
      ssh.identityFile = full(ssh.identityFile);
    }
    if (ssh?.knownHostsFile !== undefined) {
      ssh.knownHostsFile = full(ssh.knownHostsFile);
    }
  }
  for (const client of Object.values(fleet.clients)) {
    if (fleet.machines[client.machine]?.local === true && client.service === undefined) {
      client.data = full(client.data);
      const [program = '', ...rest] = client.command;
      client.command = program.includes('/') ? [full(program), ...rest] : [...client.command];
    }
  }
  return fleet;
}

import { isAlias, isMap, isScalar, isSeq, type Document, type LineCounter, type Node } from 'yaml';
import type { z } from 'zod';
import { didYouMean } from './nearest.ts';
import { fleetSchema } from './schema.ts';

type Path = readonly PropertyKey[];

/** One thing that is wrong with a fleet file. `field` is a dotted path, empty for the whole file. */
export interface FleetProblem {
  line: number;
  field: string;
  what: string;
}

/** A fleet file that cannot be used. The problems are in the message, one line each: `file:line: field: what; way out`. */
export class FleetError extends Error {
  override name = 'FleetError';
  readonly kind = 'BadInput';
  readonly file: string;
  readonly problems: FleetProblem[];
  constructor(file: string, problems: FleetProblem[]) {
    super(told(file, problems));
    this.file = file;
    this.problems = problems;
  }
}

/** More at once nobody mends. */
export const MOST_TOLD = 40;

function told(file: string, problems: FleetProblem[]): string {
  const lines = [...new Set(problems.map((problem) => oneLine(file, problem)))];
  return [...lines.slice(0, MOST_TOLD), ...(lines.length > MOST_TOLD ? [`${file}: and more`] : [])].join('\n');
}

function oneLine(file: string, { line, field, what }: FleetProblem): string {
  const where = line > 0 ? `${file}:${line}` : file;
  return field === '' ? `${where}: ${what}` : `${where}: ${field}: ${what}`;
}

/** Finds where in the text a path stands, as deep as the document goes. */
export class Lines {
  readonly #document: Document;
  readonly #counter: LineCounter;
  constructor(document: Document, counter: LineCounter) {
    this.#document = document;
    this.#counter = counter;
  }

  at(offset: number): number {
    return this.#counter.linePos(offset).line;
  }

  of(path: Path): number {
    let offset = 0;
    let node: unknown = this.#document.contents;
    for (const step of path) {
      const found = this.#child(node, step);
      if (found === undefined) {
        break;
      }
      offset = found.offset;
      node = found.node;
    }
    return this.at(offset);
  }

  #child(parent: unknown, step: PropertyKey): { offset: number; node: unknown } | undefined {
    const node = isAlias(parent) ? parent.resolve(this.#document) : parent;
    if (isMap<Node>(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      return pair && { offset: pair.key.range?.[0] ?? 0, node: pair.value };
    }
    const item: unknown = isSeq(node) && typeof step === 'number' ? node.items[step] : undefined;
    return item === undefined ? undefined : { offset: (item as Node).range?.[0] ?? 0, node: item };
  }
}

/** Says in plain words what zod found; several unknown keys become several problems. */
export function explain(issue: z.core.$ZodIssue, input: unknown, lines: Lines): FleetProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys
      .slice(0, MOST_TOLD + 1)
      .map((key) => problem(lines, [...issue.path, key], unknownKey(issue.path, key)));
  }
  return [problem(lines, issue.path, inWords(issue, valueAt(input, issue.path)))];
}

export const problem = (lines: Lines, path: Path, what: string): FleetProblem => ({
  line: lines.of(path),
  field: path.map(String).join('.'),
  what,
});

const unknownKey = (path: Path, key: string): string => `unknown key; ${didYouMean(key, knownKeys(path))}`;

function inWords(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'custom' && issue.params?.['secret'] === true) return issue.message;
  if (issue.code === 'invalid_key') {
    return `not a usable name: ${issue.issues[0]?.message ?? issue.message}`;
  }
  const shown = typeof value === 'string' || typeof value === 'number' ? `\`${shorten(String(value))}\`: ` : '';
  if (issue.code === 'invalid_union') {
    return `${shown}not an IPv4 or IPv6 address`;
  }
  if (issue.code !== 'invalid_type') {
    return shown + issue.message;
  }
  return value === undefined ? `is missing; give a ${plain(issue.expected)}` : `${shown}not a ${plain(issue.expected)}`;
}

const PLAIN: Record<string, string> = { object: 'mapping', record: 'mapping', array: 'list', int: 'whole number' };
const plain = (type: string): string => PLAIN[type] ?? type;

const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}...` : text);

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce(
    (value: unknown, step) => (value as Record<PropertyKey, unknown> | null | undefined)?.[step],
    input,
  );
}

/** The keys that the schema allows at a path. */
function knownKeys(path: Path): string[] {
  let schema: z.core.$ZodType | undefined = fleetSchema;
  for (const step of path) {
    schema = schema && oneStep(bare(schema), step);
  }
  const found = schema && bare(schema);
  return found && isObject(found) ? Object.keys(found._zod.def.shape) : [];
}

function oneStep(schema: z.core.$ZodType, step: PropertyKey): z.core.$ZodType | undefined {
  if (isObject(schema)) {
    return schema._zod.def.shape[String(step)];
  }
  if (schema._zod.def.type === 'array') return (schema as z.core.$ZodArray)._zod.def.element;
  return schema._zod.def.type === 'record' ? (schema as z.core.$ZodRecord)._zod.def.valueType : undefined;
}

const isObject = (schema: z.core.$ZodType): schema is z.core.$ZodObject => schema._zod.def.type === 'object';

/** Takes off `optional`, `default` and `prefault`. */
function bare(schema: z.core.$ZodType): z.core.$ZodType {
  const { innerType } = schema._zod.def as { innerType?: z.core.$ZodType };
  return innerType === undefined ? schema : bare(innerType);
}

import { parseDocument } from 'yaml';
import { z } from 'zod';
import { globMatches } from '../contract/glob.ts';
import type { KnownDefect } from '../contract/known-defects.ts';
import type { Finding, RunResult } from '../contract/run.ts';

const id = z
  .string()
  .regex(/^[a-z0-9*][a-z0-9*-]{0,62}$/, 'the id of a finding or failure, such as `duplicate`; `*` stands for anything');

const defect: z.ZodType<KnownDefect> = z.strictObject({
  id,
  scenarios: z
    .array(z.string().regex(/^[a-z0-9_*]{1,100}$/, 'a scenario or a glob such as `mr_*`'))
    .min(1)
    .optional(),
  reason: z.string().min(1).max(500),
  link: z.url({ protocol: /^https?$/ }).optional(),
  expires: z.iso.date('a day such as 2026-12-31'),
});

/** Reads known-defects.yml. @returns the list, or what is wrong with it. @throws never */
export function parseKnownDefects(text: string): { defects: KnownDefect[] } | { error: string } {
  let content: unknown;
  try {
    const document = parseDocument(text);
    // Such as a tag that nobody knows: else Node's warning of it comes out beside the answer.
    const [fault] = [...document.errors, ...document.warnings];
    if (fault) throw fault;
    content = document.toJS({ maxAliasCount: 10 });
  } catch (error) {
    return { error: `not YAML: ${(error as Error).message}` };
  }
  const parsed = z.array(defect).safeParse(content ?? []);
  return parsed.success ? { defects: parsed.data } : { error: z.prettifyError(parsed.error) };
}

export const isExpired = ({ expires }: KnownDefect, today: string): boolean => expires < today;

/** Whether an entry speaks of what was seen in a scenario. */
const speaksOf = (defect: KnownDefect, scenario: string, seen: Pick<Finding, 'id'>): boolean =>
  globMatches(defect.id, seen.id) && isFor(defect, scenario);

export const isFor = ({ scenarios }: KnownDefect, scenario: string): boolean =>
  scenarios === undefined || scenarios.some((glob) => globMatches(glob, scenario));

export interface Classified {
  /** Failed, and every one of its failures is listed and unexpired. Never passed. */
  known: boolean;
  /** Unexpired entries that speak of a failure or a finding. */
  seen: KnownDefect[];
  /** Expired entries that would have. */
  expired: KnownDefect[];
}

/** What the list says to one result. `today`: YYYY-MM-DD. */
export function classify(
  {
    scenario,
    verdict,
    failures = [],
    findings,
  }: Pick<RunResult, 'scenario' | 'verdict' | 'findings'> & { failures?: Finding[] },
  defects: readonly KnownDefect[],
  today: string,
): Classified {
  const all = [...failures, ...findings];
  const meant = defects.filter((entry) => all.some((seen) => speaksOf(entry, scenario, seen)));
  const seen = meant.filter((entry) => !isExpired(entry, today));
  const known =
    verdict === 'failed' &&
    failures.length > 0 &&
    failures.every((failure) => seen.some((entry) => speaksOf(entry, scenario, failure)));
  return { known, seen, expired: meant.filter((entry) => isExpired(entry, today)) };
}

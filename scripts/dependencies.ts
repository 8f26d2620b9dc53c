import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/* Writes docs/DEPENDENCIES.md: `npx tsx scripts/dependencies.ts`. A test fails where the page and package-lock.json differ. */

const LOCK = new URL('../package-lock.json', import.meta.url);
export const PAGE = new URL('../docs/DEPENDENCIES.md', import.meta.url);

export interface Package {
  name: string;
  version: string;
  licence: string;
  /** Not installed everywhere, and nothing of ours needs it. */
  optional: boolean;
  /** Runs code of its own when it is installed, unless told otherwise. */
  installScript: boolean;
  integrity: boolean;
}

interface Locked {
  version?: string;
  license?: string;
  dev?: boolean;
  optional?: boolean;
  hasInstallScript?: boolean;
  integrity?: string;
}

/** Licences that packages name by an older key of their package.json (`licenses`), or in their README alone; looked up by hand. */
const SAID_ELSEWHERE: Record<string, string> = {
  ssh2: 'MIT',
  'cpu-features': 'MIT',
  buildcheck: 'MIT',
  unionfs: 'Unlicense',
};

/** Those of production, direct or not, in the order of their names. */
export function packages(): Package[] {
  const { packages: locked } = JSON.parse(readFileSync(LOCK, 'utf8')) as { packages: Record<string, Locked> };
  const found = Object.entries(locked).flatMap(([path, one]): Package[] => {
    const name = path.split('node_modules/').at(-1) ?? '';
    if (path === '' || one.dev === true) return [];
    return [
      {
        ...{ name, version: one.version ?? '', licence: one.license ?? SAID_ELSEWHERE[name] ?? 'NOT KNOWN' },
        ...{ optional: one.optional === true, installScript: one.hasInstallScript === true },
        integrity: one.integrity !== undefined,
      },
    ];
  });
  const keyed = new Map(found.map((one) => [`${one.name}@${one.version}`, one]));
  return [...keyed.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

const INTRODUCTION = `# What 0k-chaos is built on

Every package of production, those of packages too, as package-lock.json pins it. Written by \`npx tsx scripts/dependencies.ts\`; a test
fails where this page and the lock file differ, where a licence is not known or not one of those below, or a package has no checksum.

## Audit

\`npm audit\` was last tried on 2026-11-26 and **gave no answer**: the registry that this was built behind knows no advisories (405 on
\`/-/npm/v1/security/advisories/bulk\`). So nothing is said here about known vulnerabilities: run \`npm audit --omit=dev\` where the public
registry can be reached, before a release. What is checked without it:

- exact versions, with a checksum (sha512) for each; \`npm ci\` refuses anything else;
- no package runs a script at install: \`npm ci --ignore-scripts\` is how \`npm test\` and the demo install. Those that would like to:
  SCRIPTS. The native parts of ssh2 are optional and not built; esbuild and
  @swc/core come with their binaries as packages.
`;

export function page(all: Package[]): string {
  const counts = new Map<string, number>();
  for (const { licence } of all) counts.set(licence, (counts.get(licence) ?? 0) + 1);
  const scripts = [...new Set(all.filter((one) => one.installScript).map(({ name }) => `\`${name}\``))].join(', ');
  const licences = [...counts].toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const rows = all.map(
    ({ name, version, licence, optional }) => `| ${name} | ${version} | ${licence} | ${optional ? 'yes' : ''} |`,
  );
  return [
    INTRODUCTION.replace('SCRIPTS', scripts),
    `## Licences of ${all.length} packages\n`,
    ...['| licence | packages |', '| --- | --- |', ...licences.map(([licence, n]) => `| ${licence} | ${n} |`), ''],
    '## Packages\n',
    ...['| package | version | licence | optional |', '| --- | --- | --- | --- |', ...rows, ''],
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(PAGE, page(packages()));

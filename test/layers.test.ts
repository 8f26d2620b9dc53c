import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Who may not import what: each line is one arrow of ARCHITECTURE.md that points the wrong way. */
const forbidden: Record<string, string[]> = {
  'src/workflows/new.ts': [
    ...['node:fs', 'zod', 'ssh2', 'dockerode', '@temporalio/activity', '@temporalio/client', '@temporalio/worker'],
    ...['../activities/inject.ts', '../faults/netem.ts', '../hosts/host.ts', '../fleet/load.ts', '../zerok/leak.ts'],
    ...['../report/journal.ts', '../cli/init.ts', '../temporal/server.ts', '../../lab/up.ts'],
  ],
  'src/workflows/scenarios/new.ts': ['node:fs', 'zod', '../../activities/inject.ts', '../../faults/netem.ts'],
  'src/contract/new.ts': [
    ...['node:fs', 'zod', 'ssh2', 'dockerode', '@temporalio/activity', '@temporalio/client', '@temporalio/worker'],
    ...[
      '../workflows/scenario.ts',
      '../activities/inject.ts',
      '../faults/netem.ts',
      '../hosts/host.ts',
      '../config.ts',
    ],
  ],
  'src/faults/new.ts': pure([
    '../activities/inject.ts',
    '../workflows/scenario.ts',
    '../hosts/host.ts',
    '../cli/init.ts',
  ]),
  'src/zerok/new.ts': pure([
    '../activities/inject.ts',
    '../workflows/scenario.ts',
    '../hosts/host.ts',
    '../cli/init.ts',
  ]),
  'src/report/new.ts': pure([
    '../activities/inject.ts',
    '../workflows/scenario.ts',
    '../hosts/host.ts',
    '../cli/init.ts',
  ]),
  'src/fleet/new.ts': pure([
    '../activities/inject.ts',
    '../workflows/scenario.ts',
    '../hosts/host.ts',
    '../cli/init.ts',
  ]),
  'src/activities/new.ts': ['ssh2', 'dockerode', '../workflows/scenario.ts', '../cli/init.ts', '../../lab/up.ts'],
  'src/activities/bite/new.ts': ['ssh2', 'dockerode', '../../workflows/scenario.ts', '../../cli/init.ts'],
  'src/hosts/new.ts': ['../workflows/scenario.ts', '../cli/init.ts', '../../lab/up.ts'],
  'src/temporal/new.ts': ['ssh2', 'dockerode', '../workflows/scenario.ts', '../cli/init.ts', '../../lab/up.ts'],
  'src/cli/new.ts': ['ssh2', 'dockerode'],
  'src/new.ts': ['ssh2', 'dockerode'],
};

function pure(more: string[]): string[] {
  return [
    'ssh2',
    'dockerode',
    '@temporalio/activity',
    'node:child_process',
    'node:net',
    'node:fs',
    'node:fs/promises',
    ...more,
  ];
}

/** Arrows that point the right way, so that the rules above are not simply against everything. */
const allowed: Record<string, string[]> = {
  'src/workflows/right.ts': ['@temporalio/workflow', '../contract/run.ts', './steps.ts'],
  'src/contract/right.ts': ['./run.ts'],
  'src/faults/right.ts': ['zod', '../contract/run.ts', './argv.ts'],
  'src/zerok/right.ts': ['node:buffer', './leak.ts'],
  'src/activities/right.ts': [
    '../faults/netem.ts',
    '../hosts/host.ts',
    '../fleet/load.ts',
    '../contract/run.ts',
    'node:fs',
  ],
  'src/hosts/right.ts': ['ssh2', 'dockerode', 'node:net'],
  'src/fleet/load.ts': ['node:fs'],
  'src/cli/right.ts': ['../workflows/scenarios/index.ts', '../hosts/host.ts', '../report/journal.ts'],
};

/** Imports that lint refuses, as `file ← what`. `#` in the words becomes a number, as no name may come in twice. */
async function refusedAmong(cases: Record<string, string[]>, words = 'import'): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), '0k-chaos-layers-'));
  try {
    copyFileSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
    for (const [file, imports] of Object.entries(cases)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(
        join(folder, file),
        `${imports.map((what, n) => `${words.replace('#', String(n))} '${what}';`).join('\n')}\n`,
      );
    }
    return refusals(await lint(folder), cases);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Diagnostic {
  code?: string;
  filename: string;
  labels: { span: { line: number } }[];
}

const refusals = (diagnostics: Diagnostic[], cases: Record<string, string[]>): string[] =>
  diagnostics
    .filter(({ code }) => code?.includes('no-restricted-imports'))
    .map(({ filename, labels }) => `${filename} ← ${cases[filename]?.[(labels[0]?.span.line ?? 0) - 1]}`);

/** Exits with 1 where it finds something, so only its answer counts. */
function lint(cwd: string): Promise<Diagnostic[]> {
  return new Promise((settle, fail) => {
    const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
    execFile(process.execPath, [oxlint, '--format', 'json'], { cwd, maxBuffer: 1e7 }, (_, stdout, stderr) => {
      try {
        settle((JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics);
      } catch {
        fail(new Error(`oxlint printed no JSON: ${stdout}${stderr}`));
      }
    });
  });
}

const arrows = (cases: Record<string, string[]>): string[] =>
  Object.entries(cases).flatMap(([file, imports]) => imports.map((what) => `${file} ← ${what}`));

/** Files of `src`, with what of them is written like `pattern`. */
const inSource = (pattern: RegExp): string[] =>
  readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && pattern.test(readFileSync(join(root, 'src', file), 'utf8')))
    .toSorted();

describe('the layers', function () {
  this.timeout(30_000);

  it('have one reader of the environment, and one that knows of the lab', () => {
    // To set a variable for those that are started is no reading.
    assert.deepEqual(inSource(/process\.env(?!\['\w+'\] = )/), ['config.ts']);
    const outside = inSource(/(from|import\()\s*'(\.\.\/)+lab\//).filter((file) => !file.startsWith('cli/'));
    assert.deepEqual(outside, []);
  });

  it('refuse every import that goes against the arrows', async () => {
    assert.deepEqual((await refusedAmong(forbidden)).toSorted(), arrows(forbidden).toSorted());
  });

  it('let through what goes with the arrows', async () => {
    assert.deepEqual(await refusedAmong(allowed), []);
  });

  it('let workflows import types of what they may not import', async () => {
    const types = ['../activities/inject.ts', '../faults/netem.ts', '../hosts/host.ts'];
    assert.deepEqual(await refusedAmong({ 'src/workflows/new.ts': types }, 'import type { T# } from'), []);
    assert.equal((await refusedAmong({ 'src/workflows/new.ts': types }, 'import { T# } from')).length, types.length);
  });
});

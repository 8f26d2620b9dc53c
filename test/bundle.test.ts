import { strict as assert } from 'node:assert';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LOCK_WORKFLOW } from '../src/contract/fleet-lock.ts';
import { SWEEP_WORKFLOW } from '../src/contract/sweep.ts';
import { SOAK_WORKFLOW, SUITE_WORKFLOW } from '../src/contract/suite.ts';
import { workflowBundle } from '../src/temporal/bundle.ts';
import * as workflows from '../src/workflows/index.ts';
import { scenarios } from '../src/workflows/scenarios/index.ts';
import { Sandbox } from './sandbox/sdk-sandbox.ts';
import { bundle } from './workflows/environment.ts';

/** Without its source map. The SDK itself is 510 of it; zod alone would add 500. */
const LARGEST_KB = 820;

describe('the bundle of workflows', function () {
  this.timeout(60_000);

  /** Modules that stand in it, as webpack names them. */
  const modules = async () =>
    [...(await bundle()).code.matchAll(/^\/\*\*\*\/ "([^"]+)"$/gm)].map((match) => match[1] ?? '');

  it('holds our workflows, the SDK and what the SDK needs, and no other package', async () => {
    const names = await modules();
    assert.ok(names.some((name) => name.includes('src/workflows/scenario.ts')));
    const foreign = names.flatMap((name) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(name)?.[1] ?? []);
    const packages = [...new Set(foreign)].filter((name) => !name.startsWith('@temporalio/'));
    assert.deepEqual(packages.toSorted(), ['long', 'ms', 'nexus-rpc']);
  });

  it('holds of our own only workflows and contract', async () => {
    const own = (await modules()).filter((name) => name.includes('src/') && !name.includes('node_modules'));
    assert.deepEqual(
      own.filter((name) => !/^\.\/src\/(workflows|contract)\//.test(name)),
      [],
    );
  });

  it('asks Node for nothing', async () => {
    const names = await modules();
    const builtin = names.filter((name) => name.startsWith('node:') || builtinModules.includes(name));
    assert.deepEqual(builtin, []);
  });

  it('is made wherever the worker was started', async () => {
    const [here, elsewhere] = [process.cwd(), mkdtempSync(path.join(tmpdir(), '0k-chaos-bundle-'))];
    process.chdir(elsewhere);
    try {
      const { codePath } = await workflowBundle(elsewhere);
      assert.ok(existsSync(codePath));
    } finally {
      process.chdir(here);
      rmSync(elsewhere, { recursive: true });
    }
  });

  it('takes what every object has for no workflow type: each fails at once and names the scenarios that there are', async () => {
    const sandbox = new Sandbox((await bundle()).code);
    for (const workflowType of [...Object.getOwnPropertyNames(Object.prototype), '__esModule', 'default', 'then']) {
      const run = await sandbox.begin({ workflowType, workflowId: 'w', runId: workflowType }, Date.now());
      const commands = await run.activate([{ initializeWorkflow: { workflowType, arguments: [] } }], Date.now(), false);
      const { failure } = commands.find((command) => command.failWorkflowExecution)?.failWorkflowExecution ?? {};
      assert.equal(failure?.applicationFailureInfo?.type, 'BadInput', workflowType);
      assert.ok(
        failure.message?.startsWith(`No scenario \`${workflowType}\`. Known scenarios: `),
        failure.message ?? '',
      );
      await run.forget();
    }
  });

  it('is small', async () => {
    const { code } = await bundle();
    const kilobytes = code.slice(0, code.lastIndexOf('sourceMappingURL')).length / 1000;
    assert.ok(kilobytes < LARGEST_KB, `${kilobytes.toFixed(0)} KB`);
  });
});

describe('the workflow types', () => {
  it('are the scenarios, the lock, suites, soaks and the sweep, and nothing that is exported by accident', () => {
    const types = Object.keys(workflows).filter((name) => name !== 'default');
    assert.deepEqual(
      types.toSorted(),
      [...Object.keys(scenarios), LOCK_WORKFLOW, SUITE_WORKFLOW, SOAK_WORKFLOW, SWEEP_WORKFLOW].toSorted(),
    );
  });

  it('leave out no scenario that a file of a family makes', async () => {
    const folder = new URL('../src/workflows/scenarios/', import.meta.url);
    const files = readdirSync(folder).filter((file) => !/^(index|catalogue|definitions)\.ts$/.test(file));
    for (const file of files) {
      const exported = Object.keys((await import(new URL(file, folder).href)) as object);
      const left = exported.filter((name) => !Object.hasOwn(scenarios, name));
      assert.deepEqual(left, [], `scenarios/${file}: not in scenarios/catalogue.ts`);
    }
  });

  it('of scenarios are their names in the registry, and say by their claim which they are', () => {
    for (const [name, scenario] of Object.entries(scenarios)) {
      assert.equal((workflows as Record<string, unknown>)[name], scenario);
      const number = name.split('_').slice(0, 2).join('-').toUpperCase();
      assert.ok(scenario.definition.claim.startsWith(`${number}. `), name);
    }
  });
});

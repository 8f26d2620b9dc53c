import { strict as assert } from 'node:assert';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const script = (name: string): string => JSON.stringify(new URL(`../../scripts/${name}`, import.meta.url).href);

describe('the count of npm test', function () {
  this.timeout(60_000);
  let folder: string;

  before(() => (folder = mkdtempSync(join(tmpdir(), '0k-chaos-count-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Words of Node that run mocha on these test files as `npm test` does. */
  function wordsFor(files: string[]): string[] {
    const runs = files.map((text, index) => {
      const file = join(folder, `${index}.test.mjs`);
      writeFileSync(file, text);
      return `await mocha(['--no-config', ${JSON.stringify(file)}])`;
    });
    const entry = join(folder, 'entry.mjs');
    writeFileSync(
      entry,
      `import { mocha } from ${script('mocha.ts')};\nimport { summary } from ${script('tests.ts')};\n` +
        `process.exitCode = summary([${runs.join(', ')}]);\n`,
    );
    return ['--import', 'tsx', entry];
  }

  /** Their last line and exit code. */
  function counted(...files: string[]): { line: string; status: number | null; stdout: string } {
    const { stdout, status } = spawnSync(process.execPath, wordsFor(files), { encoding: 'utf8', cwd: ROOT });
    return { line: stdout.trimEnd().split('\n').at(-1) ?? '', status, stdout };
  }

  it('adds up what passed and what failed in each part, and fails when anything failed', () => {
    const two = "it('a', () => {}); it('b', () => { throw new Error('no'); }); it.skip('c', () => {});";
    const one = "it('d', () => {});";

    const { line, status } = counted(two, one);
    assert.deepEqual([line, status], ['2 passed, 1 failed', 1]);
  });

  it('names at the end, after everything else, what failed and why', () => {
    const inner = "describe('of it', () => it('a', () => { throw new Error('no'); }));";
    const { stdout } = counted(inner, "it('b', () => {});");
    assert.ok(stdout.endsWith('\nfailed: of it a: no\n1 passed, 1 failed\n'), stdout);
  });

  it('is good when nothing failed', () => {
    const { line, status } = counted("it('a', () => {});");
    assert.deepEqual([line, status], ['1 passed, 0 failed', 0]);
  });

  it('takes a mocha that dies before it can count for a failure', () => {
    for (const text of ["it('a', () => process.exit(0));", "throw new Error('does not load');"]) {
      const { line, status } = counted(text);
      assert.deepEqual([line, status], ['0 passed, 1 failed', 1]);
    }
  });

  it('ends although a test left something open', () => {
    assert.equal(counted("it('a', () => void setInterval(() => {}, 1000));").status, 0);
  });

  it('lets tests that are interrupted clear up, and begins no others', async () => {
    const [begun, told, others] = ['begun', 'told', 'others'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const leaves = (file: string): string => `(await import('node:fs')).writeFileSync(${JSON.stringify(file)}, '')`;
    const patient =
      `process.once('SIGTERM', async () => { ${leaves(told)}; process.exit(130); });` +
      `it('waits', async () => { ${leaves(begun)}; await new Promise((end) => setTimeout(end, 60_000)); }).timeout(0);`;
    const child = spawn(process.execPath, wordsFor([patient, `it('is next', async () => { ${leaves(others)}; });`]), {
      cwd: ROOT,
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    while (!existsSync(begun)) await sleep(20);
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [1, null]);
    assert.deepEqual([existsSync(told), existsSync(others)], [true, false]);
  });

  it('that are interrupted are not waited for longer than they live, whoever still holds their output', async () => {
    const file = join(folder, 'left');
    const leaves = `sleep 60 & echo $! >${file}.new; mv ${file}.new ${file}; exec sleep 60`;
    const script =
      `import { runProgram } from './scripts/run-program.ts';` +
      `process.exit(await runProgram('sh', ['-c', ${JSON.stringify(leaves)}], process.env, 'a part'));`;
    const words = ['--import', 'tsx', '--input-type=module', '--eval', script];
    const child = spawn(process.execPath, words, { cwd: ROOT, stdio: 'ignore' });
    const ended = once(child, 'exit');
    while (!existsSync(file)) await sleep(20);
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [1, null]);
    assert.ok(process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL'), 'what it left is still there');
  });
});

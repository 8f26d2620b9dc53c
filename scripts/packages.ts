import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ask, isYes } from '../src/cli/question.ts';

const run = promisify(execFile);

/** A person said no, or nobody could be asked, or we may not install. Ends with 2: nothing was touched. */
export class Refused extends Error {
  override name = 'Refused';
}

/** Those of `packages` (name → what for) that are not installed. @throws Refused where there is no dpkg */
export async function missing(packages: Record<string, string>): Promise<Record<string, string>> {
  const names = Object.keys(packages);
  const installed = new Set(await installedOf(names));
  return Object.fromEntries(Object.entries(packages).filter(([name]) => !installed.has(name)));
}

async function installedOf(names: string[]): Promise<string[]> {
  const words = ['-W', '-f', '${Package} ${db:Status-Status}\\n', ...names];
  // It ends with 1 when it does not know some of the names, and answers for the others all the same.
  const answer = await run('dpkg-query', words).catch((error: Error & { code?: unknown; stdout?: string }) => {
    if (error.code === 'ENOENT') {
      throw new Refused(
        `this needs a Debian machine (there is no \`dpkg-query\`), or what these packages hold: ${names.join(' ')}`,
      );
    }
    return { stdout: error.stdout ?? '' };
  });
  return [...answer.stdout.matchAll(/^(\S+) installed$/gm)].map((match) => match[1] ?? '');
}

/** Says what would be installed and what for; asks where a person is there to answer, unless that was agreed before. */
export async function mayInstall(packages: Record<string, string>, agreed: boolean): Promise<boolean> {
  const lines = Object.entries(packages).map(([name, why]) => `  ${name.padEnd(18)} ${why}`);
  process.stderr.write(`0k-chaos: these Debian packages are missing on this machine:\n${lines.join('\n')}\n`);
  const names = Object.keys(packages).join(' ');
  if (process.getuid?.() !== 0) {
    throw new Refused(`install them as root, then try again:\n  sudo apt-get install --no-install-recommends ${names}`);
  }
  if (agreed) {
    return true;
  }
  if (!process.stdin.isTTY) {
    throw new Refused(
      `nobody is there to ask; agree with --yes, or install them:\n  apt-get install --no-install-recommends ${names}`,
    );
  }
  const answer = await ask('Install them now with apt-get? [Y/n] ');
  return answer === '' || isYes(answer);
}

export async function install(names: string[], say: (line: string) => void): Promise<void> {
  say(`installing ${names.join(' ')} (apt-get) …`);
  await aptGet(['update']);
  await aptGet(['install', '--yes', '--no-install-recommends', ...names]);
}

/** Quiet unless it fails: what it said is then all there is to go by. */
async function aptGet(words: string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const all = ['--quiet=2', '--option', 'Dpkg::Use-Pty=0', ...words];
  await run('apt-get', all, { env, maxBuffer: 64 * 1024 * 1024 }).catch(
    (error: Error & { code?: unknown; stderr?: string }) => {
      const evidence = error.stderr?.trim() || error.message;
      throw new Refused(`\`apt-get ${words.join(' ')}\` ended with ${String(error.code)}: ${evidence}`);
    },
  );
}

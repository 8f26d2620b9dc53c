// What `npm run demo`, `npm test`, `npm run bench`, `npm run matrix` and `npm run chaos` start: plain Node, as nothing may be installed yet.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const COMMANDS = ['demo', 'test', 'bench', 'matrix', 'chaos'];

/** The packages of a lockfile that must be there: those for other platforms are optional. */
function wanted(lockfile) {
  const { packages } = JSON.parse(readFileSync(lockfile, 'utf8'));
  return Object.entries(packages).filter(([folder]) => folder !== '');
}

/** npm writes its own record last, so one that matches the lockfile is a finished installation. Compared in 5 ms. */
function isInstalled() {
  try {
    const there = new Map(wanted(join(ROOT, 'node_modules', '.package-lock.json')));
    return wanted(join(ROOT, 'package-lock.json')).every(([folder, { version, optional }]) =>
      there.has(folder) ? there.get(folder).version === version : optional === true,
    );
  } catch {
    return false;
  }
}

/** No install scripts: nothing here needs them, and optional native parts would look for a compiler. */
async function install() {
  process.stderr.write('0k-chaos: installing what package-lock.json names into node_modules (npm ci) …\n');
  const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const code = await new Promise((settle) => {
    const npm = spawn('npm', words, { cwd: ROOT, stdio: ['ignore', 2, 2] });
    npm.on('error', () => settle(127)).on('close', settle);
  });
  if (code !== 0) {
    process.stderr.write(`0k-chaos: \`npm ${words.join(' ')}\` ended with ${code}; see above, then try again\n`);
    process.exit(1);
  }
}

/** npm changes to the clone; a person's relative paths start where that person is. */
function backToTheCaller() {
  const { npm_lifecycle_event: script, INIT_CWD: folder } = process.env;
  if ((script === 'chaos' || script === 'worker') && folder !== undefined) {
    process.chdir(folder);
  }
}

const [command = '', ...rest] = process.argv.slice(2);
if (!COMMANDS.includes(command)) {
  process.stderr.write(`usage: node scripts/setup.mjs ${COMMANDS.join('|')} [arguments]\n`);
  process.exit(2);
}
if (!isInstalled()) {
  await install();
}
if (command === 'chaos') {
  const entry = join(ROOT, 'bin', '0k-chaos.js');
  process.argv = [process.argv[0], entry, ...rest];
  backToTheCaller();
  await import(pathToFileURL(entry).href);
} else {
  const { register } = await import('tsx/esm/api');
  register();
  const { prepared } = await import('./prepare.ts');
  await prepared(command, rest);
}

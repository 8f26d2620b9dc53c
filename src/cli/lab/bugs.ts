import type { Command } from 'commander';
import { LabError } from '../../../lab/error.ts';
import * as lab from '../../../lab/lab.ts';
import { aimed, isPlantedIn } from '../../../lab/planting.ts';
import { AS_0_1_0, type BugName, BUGS, isBug, type Planted } from '../../../lab/standins/bugs.ts';
import { didYouMean } from '../../fleet/nearest.ts';
import { answer, say } from '../output.ts';
import { type Common, common } from './common.ts';

const NAMES = Object.keys(BUGS) as BugName[];

/** `0k-chaos lab break`, `mend` and `bugs`: the switches of the stand-ins. */
export function addBugs(command: Command): void {
  common(command.command('break').description('plant a bug in the stand-ins, to see it caught'))
    .argument('<bug>', 'its name, as `0k-chaos lab bugs` lists it')
    .argument('[where]', 'relay-1, q, guardian…; default: everywhere it lives')
    .action((bug: string, where: string | undefined, options: Common) => breakIt(aimed(nameOf(bug), where), options));
  common(command.command('mend').description('take a bug out again, or all of them'))
    .argument('[bug]', 'its name')
    .action((bug: string | undefined, options: Common) => mend(bug === undefined ? null : nameOf(bug), options));
  common(command.command('bugs').description('all bugs that can be planted, and which are')).action(list);
}

/** @throws LabError */
function nameOf(word: string): Planted['name'] {
  if (isBug(word)) return word;
  throw new LabError(`no bug \`${word}\` (see \`0k-chaos lab bugs\`); ${didYouMean(word, [AS_0_1_0, ...NAMES])}`, 2);
}

async function breakIt(bug: Planted, options: Common): Promise<void> {
  const bugs = await lab.breakLab(bug, options);
  const known = bug.name === AS_0_1_0 ? null : BUGS[bug.name];
  const what = known?.what ?? 'all real defects of 0k-sync 0.1.0 together';
  answer(options.json, { bug: bug.name, at: bug.at, what, caughtBy: known?.caughtBy ?? null, bugs }, () =>
    [
      `planted    ${bug.name}, ${bug.at === null ? 'everywhere it lives' : `in ${bug.at} only`}`,
      `what       ${what}`,
      ...(known ? [`caught by  0k-chaos run ${runOf(known)} (${known.caughtBy.as})`] : []),
      `mend it    0k-chaos lab mend ${bug.name}`,
    ].join('\n'),
  );
}

/** The words of the run that catches it. */
function runOf({ caughtBy: { scenario, input = {}, beside } }: (typeof BUGS)[BugName]): string {
  const options = Object.entries(input).map(([name, value]) => ` --set ${name}=${value}`);
  return `${scenario}${options.join('')}${beside === undefined ? '' : `, with \`${beside}\` planted as well`}`;
}

async function mend(bug: Planted['name'] | null, options: Common): Promise<void> {
  const done = await lab.mendLab(bug, options);
  answer(options.json, done, () => (done.mended.length === 0 ? 'no bug is planted' : mendedText(done)));
  if (done.started.length > 0)
    say(`${done.started.join(', ')}: had ended of it, started again under a new endpoint id`);
}

function mendedText({ mended, bugs }: lab.Mended): string {
  const names = mended.map(({ name, at }) => (at === null ? name : `${name} in ${at}`)).join(', ');
  const rest = bugs === '' ? '' : `\nstill planted: ${bugs}`;
  return `mended: ${names}. What it did to stored blobs and logs stays: \`0k-chaos lab reset\` begins afresh.${rest}`;
}

async function list(options: Common): Promise<void> {
  const bugs = (await lab.labStatus(options))?.bugs ?? '';
  const rows = NAMES.map((name) => ({ name, ...BUGS[name], planted: isPlantedIn(bugs, name).map(({ at }) => at) }));
  answer(options.json, { bugs: rows }, () => rows.map((row) => line(row)).join('\n'));
}

/** `* flips-bit   relay   cm_01… → not-delivered   what`: a star where it is planted; `real`: a defect of 0.1.0. */
function line(bug: (typeof BUGS)[BugName] & { name: string; planted: Array<string | null> }): string {
  const at = bug.planted.map((place) => place ?? 'everywhere').join(', ');
  const width = Math.max(...NAMES.map((name) => name.length));
  const mark = at === '' ? ' ' : '*';
  const columns = [mark, bug.name.padEnd(width), bug.in.padEnd(6), bug.real ? 'real' : '    '];
  const where = at === '' ? '' : ` [planted: ${at}]`;
  return `${columns.join(' ')} ${bug.what}${where}\n${' '.repeat(width + 15)}→ ${runOf(bug)}: ${bug.caughtBy.as}`;
}

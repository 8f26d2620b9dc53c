import { strict as assert } from 'node:assert';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { BUGS } from '../lab/standins/bugs.ts';
import { groundChecks } from '../src/activities/ground/index.ts';
import { splitArguments } from '../src/cli/arguments.ts';
import { FLEET } from '../src/cli/init.ts';
import { COMMANDS } from '../src/cli/program.ts';
import { namesIn } from '../src/contract/scenario.ts';
import { faults } from '../src/faults/index.ts';
import { parseFleet } from '../src/fleet/load.ts';
import { scenarios } from '../src/workflows/scenarios/index.ts';
import { mutants } from './sandbox/mutants.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const PAGES = [
  ...['README.md', 'ARCHITECTURE.md', 'lab/README.md', 'lab/standins/README.md'],
  ...readdirSync(path.join(root, 'docs')).map((file) => `docs/${file}`),
];

/** Cells of the table rows that begin with `name` in backticks. */
const rowsOf = (page: string, name: string): string[][] =>
  read(page)
    .split('\n')
    .filter((line) => line.startsWith(`| \`${name}\``))
    .map((line) => line.split('|').map((cell) => cell.trim()));

describe('every command', () => {
  for (const [name, { load }] of Object.entries(COMMANDS)) {
    it(`explains itself with examples that the program takes: ${name}`, async () => {
      const lines = [...helpOf(await load()).matchAll(/^ {2}\$ 0k-chaos (.*)$/gm)].map(([, line = '']) => line);
      assert.ok(lines.length > 0);
      for (const line of lines) assert.equal(await problemOf(line), undefined, line);
    });
  }
});

describe('the docs', () => {
  it('show every scenario with what it breaks and its claim, and no other', () => {
    const shown = [...read('README.md').matchAll(/^\| `([a-z]+_\d\d_\w+)`/gm)].map(([, name]) => name);
    assert.deepEqual(shown, Object.keys(scenarios));
    for (const [name, { definition }] of Object.entries(scenarios)) {
      const defaults = Object.fromEntries(Object.entries(definition.options).map(([key, of]) => [key, of.default]));
      const breaks = namesIn(definition.breaks, defaults).join(', ') || 'nothing';
      const claim = definition.claim.replace(/^\S+ /, '').replace(/\.$/, '');
      assert.deepEqual(rowsOf('README.md', name)[0]?.slice(2, 4), [breaks, claim], name);
    }
  });

  it('show every fault, in README and docs/FAULTS.md', () => {
    for (const kind of Object.keys(faults))
      for (const page of ['README.md', 'docs/FAULTS.md'])
        assert.ok(rowsOf(page, kind).length > 0, `${kind} in ${page}`);
  });

  it('name for each death tests that there are', () => {
    const rows =
      read('docs/SAFETY.md')
        .match(/^\| what dies [^]*?\n\n/m)?.[0]
        .split('\n')
        .slice(2, -2) ?? [];
    assert.ok(rows.length > 20);
    const proofs = rows.flatMap(
      (row) =>
        row
          .split('|')
          .at(-2)
          ?.match(/(?<=`)[\w/-]+(?=`)/g) ?? [`nothing in: ${row}`],
    );
    const folders = ['test/e2e', 'test/e2e/anywhere', 'test/hosts', '.'];
    const gone = proofs.filter(
      (proof) => proof !== 'matrix' && !folders.some((folder) => isThere(`${folder}/${proof}`)),
    );
    assert.deepEqual(gone, []);
  });

  it('count what can be counted', () => {
    assert.ok(
      read('README.md').includes(`# ${Object.keys(BUGS).length} bugs that the lab's relay and client can have`),
    );
    assert.ok(read('README.md').includes(`the guide's ${groundChecks.length} checks`));
    assert.ok(read('docs/SAFETY.md').includes(`breaks the frame in ${Object.keys(mutants).length} ways`));
  });

  for (const page of ['README.md', 'docs/CODEC.md']) {
    it(`give only sections that a fleet file takes: ${page}`, () => {
      const blocks = [...read(page).matchAll(/^```yaml\n([^]*?)^```/gm)].map(([, text = '']) => text);
      assert.ok(blocks.length > 0);
      for (const block of blocks)
        parseFleet(FLEET + block.replaceAll('https://…', 'https://shop.example'), 'fleet.yml');
    });
  }

  for (const page of PAGES) {
    it(`name no file of this project that is not there: ${page}`, () => {
      const named = [...read(page).matchAll(/`([\w-]+)(\/[\w./*-]+)`/g)].filter(([, folder = '']) => isFolder(folder));
      const gone = named.map(([, folder, rest]) => `${folder}${rest}`).filter((file) => !isThere(file));
      assert.deepEqual(gone, []);
    });

    it(`give only command lines that the program takes: ${page}`, async () => {
      for (const line of commandLines(read(page))) assert.equal(await problemOf(line), undefined, line);
    });
  }
});

/** What paths in the docs begin from: a path that starts with no folder of these is not one of this project. */
const BASES = ['', 'src'];
const isFolder = (name: string): boolean => BASES.some((base) => existsSync(path.join(root, base, name)));

/** A file, a folder, a test or a module by its name without its ending, or a pattern. */
const isThere = (name: string): boolean =>
  BASES.map((base) => path.join(root, base, name)).some((file) => {
    if (!file.includes('*')) return ['', '.test.ts', '.ts'].some((ending) => existsSync(file + ending));
    const pattern = new RegExp(`^${path.basename(file).replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
    return existsSync(path.dirname(file)) && readdirSync(path.dirname(file)).some((one) => pattern.test(one));
  });

/** Of code blocks; `relays health | ids` is two of them, and what stands in brackets may be left out. */
const commandLines = (page: string): string[] =>
  [
    ...(page.match(/^```[^]*?^```/gm) ?? []).join('\n').matchAll(/(?:npm run (?:-s )?chaos -- |^0k-chaos )([^\n#]*)/gm),
  ].flatMap(([, line = '']) => {
    const [first = '', ...others] = line
      .replaceAll(/\[[^\]]*\]|&|\)".*|`.*/g, '')
      .split(/ \| | {4,}/)
      .filter((part) => part.trim() !== '');
    const [command = ''] = first.split(' ');
    return [first, ...others.map((part) => (part.startsWith(command) ? part : `${command} ${part}`))];
  });

/** Its own, and those of its subcommands. */
function helpOf(command: Command): string {
  const written: string[] = [];
  command.configureOutput({ writeOut: (text) => void written.push(text) }).outputHelp();
  return [...written, ...command.commands.map(helpOf)].join('');
}

/** What the program would say of these words before it does anything. */
async function problemOf(line: string): Promise<string | undefined> {
  const typed = (line.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll(/['"]/g, ''));
  const { command: name = '', rest: words } = splitArguments(typed);
  if (!Object.hasOwn(COMMANDS, name)) return `no command ${name}`;
  let command: Command | undefined = await COMMANDS[name]?.load();
  while (command && command.commands.length > 0 && words[0] !== undefined && !words[0].startsWith('-')) {
    const child: Command | undefined = command.commands.find((one) => one.name() === words[0]);
    if (!child && command.registeredArguments.length === 0) return `no subcommand ${words[0]}`;
    if (!child) break;
    words.shift();
    command = child;
  }
  if (!command) return `no command ${name}`;
  const { operands, unknown } = command.parseOptions(words);
  const args = command.registeredArguments;
  if (unknown.length > 0) return `unknown ${unknown.join(' ')}`;
  if (operands.length < args.filter(({ required }) => required).length) return 'an argument is missing';
  return operands.length > args.length && args.at(-1)?.variadic !== true ? 'an argument too many' : undefined;
}

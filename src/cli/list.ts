import { Command } from 'commander';
import { namesIn } from '../contract/scenario.ts';
import type { OptionSpec } from '../contract/scenario.ts';
import { paint, wrap, type Look } from '../report/look.ts';
import { scenarios } from '../workflows/scenarios/index.ts';
import { examples } from './common.ts';
import { answer, lookOf } from './output.ts';

/** `0k-chaos list`: what can be run. Needs no fleet. */
export function listCommand(): Command {
  return new Command('list')
    .description('the scenarios: what each breaks, what it claims, and its options')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', examples('list', 'list --json'))
    .action(({ json }: { json?: boolean }) => {
      const all = Object.entries(scenarios).map(([name, { definition }]) => ({ name, ...definition }));
      answer(json, all, () => all.map((one) => render(one, lookOf(process.stdout))).join('\n'));
    });
}

type Listed = { name: string } & (typeof scenarios)[string]['definition'];

const INDENT = '  ';

function render({ name, claim, breaks, clients, options }: Listed, look: Look): string {
  const defaults = Object.fromEntries(Object.entries(options).map(([option, spec]) => [option, spec.default]));
  const lines = [
    claim,
    `breaks ${namesIn(breaks, defaults).join(', ') || 'nothing'}; drives ${namesIn(clients, defaults).join(', ')}`,
    ...Object.entries(options).map(([option, spec]) => `--set ${option}=${spec.default}  ${describe(spec)}`),
  ];
  const wrapped = lines.flatMap((line) => wrap(line, (look.width ?? 80) - INDENT.length)).map((line) => INDENT + line);
  return `${paint(look, 'bold', name)}\n${wrapped.join('\n')}\n`;
}

export const describe = (spec: OptionSpec): string => `${spec.what} (${boundsOf(spec)})`;

/** What may be given. */
export function boundsOf(spec: OptionSpec): string {
  if (spec.type === 'number') return `${spec.min} to ${spec.max}`;
  if (spec.type === 'choice') return `one of ${spec.choices.join(', ')}`;
  return spec.type === 'interface' ? 'its name' : `a ${spec.type} of the fleet`;
}

import type { FaultSpec, NetemShape } from '../contract/fault-spec.ts';
import { didYouMean } from '../fleet/nearest.ts';
import { badInput } from './errors.ts';

/** Options of `0k-chaos inject` that belong to a fault, as they are typed. */
export interface FaultWords {
  signal?: string;
  from?: string;
  direction?: string;
  ports?: string;
  control?: string;
  toward?: string;
  interface?: string;
  delay?: string;
  jitter?: string;
  distribution?: string;
  loss?: string;
  lossBursts?: string;
  lossState?: string;
  duplicate?: string;
  corrupt?: string;
  reorder?: string;
  rate?: string;
  slot?: string;
}

const ACTIONS = ['kill', 'stop', 'restart', 'pause', 'recreate', 'rebuild'] as const;
type Keys = (keyof FaultWords)[];

const NETEM: Keys = [
  ...(['toward', 'interface', 'direction', 'ports', 'delay', 'jitter', 'distribution', 'loss', 'lossBursts'] as const),
  ...(['lossState', 'duplicate', 'corrupt', 'reorder', 'rate', 'slot'] as const),
];
/** What each kind of fault is called by hand, and the options that go with it. */
const BY_HAND: Record<FaultSpec['kind'], Record<string, Keys>> = {
  container: Object.fromEntries(ACTIONS.map((action) => [action, action === 'kill' ? ['signal'] : []])),
  partition: { cut: ['from', 'direction', 'ports', 'control'] },
  netem: { netem: NETEM },
};
const KINDS = Object.keys(BY_HAND) as FaultSpec['kind'][];
export const FAULTS = KINDS.flatMap((kind) => Object.keys(BY_HAND[kind]));

/** `netem guardian --delay 200ms` → its spec. Units are checked here, what belongs together by the fault itself. @throws CliError */
export function specOf(fault: string, target: string, words: FaultWords): FaultSpec {
  const kind = KINDS.find((one) => Object.hasOwn(BY_HAND[one], fault));
  if (kind === undefined) throw badInput(`no fault \`${fault}\`; ${didYouMean(fault, FAULTS)}`);
  const allowed = BY_HAND[kind][fault] ?? [];
  const foreign = (Object.keys(words) as Keys).find((key) => !allowed.includes(key));
  if (foreign !== undefined) throw badInput(`\`${flag(foreign)}\` does not go with \`${fault}\`: ${takes(allowed)}`);
  switch (kind) {
    case 'container': {
      const action = choice('FAULT', fault, ACTIONS);
      return { kind, target, action, ...defined({ signal: words.signal }) };
    }
    case 'partition':
      return cutOf(target, words);
    case 'netem':
      return netemOf(target, words);
  }
}

const flag = (key: string): string => `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
const takes = (allowed: readonly string[]): string =>
  allowed.length === 0 ? 'it takes none' : `it takes ${allowed.map(flag).join(', ')}`;

function cutOf(target: string, words: FaultWords): FaultSpec {
  const { from = 'all', direction = 'both', ports, control } = words;
  return {
    ...{ kind: 'partition', target, from: from === 'all' ? 'all' : list('--from', from) },
    direction: choice('--direction', direction, ['both', 'in', 'out']),
    ...(ports === undefined ? {} : { ports: ports === 'data' ? 'data' : list('--ports', ports) }),
    ...(control === undefined ? {} : { control: choice('--control', control, ['keep', 'cut']) }),
  };
}

function netemOf(target: string, words: FaultWords): FaultSpec {
  const { toward, interface: dev, direction, ports } = words;
  return {
    ...{ kind: 'netem', target },
    ...(toward === undefined ? {} : { toward }),
    ...(dev === undefined ? {} : { interface: dev }),
    ...(direction === undefined ? {} : { direction: choice('--direction', direction, ['out', 'in']) }),
    ...(ports === undefined ? {} : { ports: list('--ports', ports) }),
    ...shapeOf(words),
  };
}

function shapeOf(words: FaultWords): NetemShape {
  const { distribution } = words;
  const [bursts, chain] = [numbers('--loss-bursts', words.lossBursts), numbers('--loss-state', words.lossState)];
  const slots = words.slot?.split('-').map((text) => milliseconds('--slot', text));
  return defined({
    delayMs: given(words.delay, (text) => milliseconds('--delay', text)),
    jitterMs: given(words.jitter, (text) => milliseconds('--jitter', text)),
    distribution: given(distribution, (text) => choice('--distribution', text, ['normal', 'pareto', 'paretonormal'])),
    lossPercent: given(words.loss, (text) => percent('--loss', text)),
    lossBursts: bursts && named(bursts, ['enterPercent', 'leavePercent', 'badLossPercent', 'goodLossPercent']),
    lossState:
      chain && named(chain, ['enterPercent', 'leavePercent', 'recoverPercent', 'relapsePercent', 'alonePercent']),
    duplicatePercent: given(words.duplicate, (text) => percent('--duplicate', text)),
    corruptPercent: given(words.corrupt, (text) => percent('--corrupt', text)),
    reorderPercent: given(words.reorder, (text) => percent('--reorder', text)),
    rateKbit: given(words.rate, (text) => kilobits('--rate', text)),
    slot: slots && named(slots, ['minMs', 'maxMs']),
  }) as NetemShape;
}

/** Keys of a fault's params in a message → the options by which a person gives them. */
export const inOptions = (message: string): string =>
  message
    .replaceAll(/\b(lossBursts|lossState|slot)\.\w+/g, '$1')
    .replaceAll(/\b(?!min|max)([a-z]+)(?:Ms|Percent|Kbit)\b|\b(loss[BS]\w+)/g, (_, named, whole) =>
      flag(String(named ?? whole)),
    )
    .replaceAll(/(?<=→ at |, )(dev|slot|signal|ports)\b/g, (key) => (key === 'dev' ? '--interface' : flag(key)));

const defined = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

const given = <T>(text: string | undefined, read: (text: string) => T): T | undefined =>
  text === undefined ? undefined : read(text);

const named = (values: number[], names: string[]): Record<string, number> =>
  Object.fromEntries(values.map((value, n) => [names[n] ?? `value ${n + 1}`, value]));

function list(option: string, text: string): string[] {
  const words = text.split(',').map((word) => word.trim());
  if (words.every((word) => word !== '')) return words;
  throw badInput(`\`${option} ${text}\`: names with commas between, such as \`beast,relay-1\``);
}

function choice<T extends string>(option: string, text: string, choices: readonly T[]): T {
  const found = choices.find((one) => one === text);
  if (found !== undefined) return found;
  throw badInput(`\`${option} ${text}\`: one of ${choices.join(', ')}`);
}

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** `200ms`, `1.5s`, `2m`, `1h`. @throws CliError */
export const milliseconds = (option: string, text: string): number =>
  measured(option, text, UNITS, 'a time with its unit, such as `200ms`, `1.5s` or `2m`');

const kilobits = (option: string, text: string): number =>
  measured(
    option,
    text,
    { kbit: 1, mbit: 1_000, gbit: 1_000_000 },
    'a rate with its unit, such as `512kbit` or `2mbit`',
  );

const percent = (option: string, text: string): number =>
  measured(option, text, { '%': 1, '': 1 }, 'a percentage, such as `10%` or `0.5%`');

function measured(option: string, text: string, units: Record<string, number>, what: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z%]*)$/i.exec(text.trim()) ?? [];
  const factor = units[unit.toLowerCase()];
  if (number !== '' && factor !== undefined) return Number(number) * factor;
  throw badInput(`\`${option} ${text}\`: ${what}`);
}

/** `1/10/100`: percentages in the order of tc. */
const numbers = (option: string, text: string | undefined): number[] | undefined =>
  text?.split('/').map((part) => percent(option, part));

import type { FaultSpec, NetemShape } from './fault-spec.ts';

/** One line for people: `kill relay-1 (SIGKILL)`, `cut guardian off from everything but control`. */
export function describeFault(spec: FaultSpec): string {
  switch (spec.kind) {
    case 'container':
      return `${spec.action} ${spec.target}${spec.action === 'kill' ? ` (${spec.signal ?? 'SIGKILL'})` : ''}`;
    case 'partition':
      return describePartition(spec);
    case 'netem':
      return describeNetem(spec);
  }
}

function describePartition({ target, from, direction, ports, control }: FaultSpec & { kind: 'partition' }): string {
  const what = ports === undefined ? '' : ` (${ports === 'data' ? 'its data port' : ports.join(', ')} only)`;
  const verb = { both: 'cut', in: 'drop what reaches', out: 'drop what leaves' }[direction];
  if (from !== 'all') return `${verb} ${target} ${direction === 'out' ? 'for' : 'from'} ${from.join(', ')}${what}`;
  const everything = control === 'cut' ? 'everything, control too' : 'everything but control';
  if (direction === 'both') return `cut ${target} off from ${everything}${what}`;
  return `${verb} ${target} ${direction === 'out' ? 'for' : 'from'} ${everything}${what}`;
}

function describeNetem(spec: FaultSpec & { kind: 'netem' }): string {
  const { target, toward, direction, interface: dev, ports } = spec;
  return [
    describeShape(spec),
    ...(ports === undefined ? [] : [`of ${ports.join(', ')}`]),
    direction === 'in' ? `on what reaches ${target}` : `on ${target}`,
    ...(toward === undefined ? [] : [`${direction === 'in' ? 'from' : 'towards'} ${toward}`]),
    ...(dev === undefined ? [] : [`by ${dev}`]),
  ].join(' ');
}

function describeShape(shape: NetemShape): string {
  const { delayMs, jitterMs, distribution, lossBursts, lossState, slot } = shape;
  const parts = [
    delayMs === undefined
      ? ''
      : `${delayMs} ms${jitterMs ? ` ± ${jitterMs} ms` : ''}${distribution ? ` (${distribution})` : ''}`,
    percent(shape.lossPercent, 'loss'),
    lossBursts === undefined
      ? ''
      : `loss in bursts (${lossBursts.enterPercent} % in, ${lossBursts.leavePercent} % out)`,
    lossState === undefined ? '' : `loss by states (${lossState.enterPercent} % in)`,
    percent(shape.duplicatePercent, 'duplicated'),
    percent(shape.corruptPercent, 'corrupted'),
    percent(shape.reorderPercent, 'reordered'),
    shape.rateKbit === undefined ? '' : `${shape.rateKbit} kbit/s`,
    slot === undefined ? '' : `slots of ${slot.minMs}${slot.maxMs === undefined ? '' : ` to ${slot.maxMs}`} ms`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

const percent = (value: number | undefined, word: string): string => (value === undefined ? '' : `${value} % ${word}`);

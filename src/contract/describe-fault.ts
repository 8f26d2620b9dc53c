import type { FaultSpec, NetemShape } from './fault-spec.ts';

/** One line for people: `kill relay-1 (SIGKILL)`, `cut guardian off from everything but control`. */
export function describeFault(spec: FaultSpec): string {
  switch (spec.kind) {
    case 'container':
      return `${spec.action} ${spec.target}${spec.action === 'kill' ? ` (${spec.signal ?? 'SIGKILL'})` : ''}`;
    case 'partition':
      return describePartition(spec);
    case 'netem':
      return `${describeShape(spec)} on ${spec.target}${spec.toward === undefined ? '' : ` towards ${spec.toward}`}`;
  }
}

function describePartition({ target, from, direction }: FaultSpec & { kind: 'partition' }): string {
  if (from === 'all') return `cut ${target} off from everything but control`;
  const arrow = { both: 'cut', in: 'drop what reaches', out: 'drop what leaves' }[direction];
  return `${arrow} ${target} ${direction === 'out' ? 'for' : 'from'} ${from.join(', ')}`;
}

function describeShape(shape: NetemShape): string {
  const parts = [
    shape.delayMs === undefined ? '' : `${shape.delayMs} ms${shape.jitterMs ? ` ± ${shape.jitterMs} ms` : ''}`,
    percent(shape.lossPercent, 'loss'),
    percent(shape.duplicatePercent, 'duplicated'),
    percent(shape.corruptPercent, 'corrupted'),
    percent(shape.reorderPercent, 'reordered'),
    shape.rateKbit === undefined ? '' : `${shape.rateKbit} kbit/s`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

const percent = (value: number | undefined, word: string): string => (value === undefined ? '' : `${value} % ${word}`);

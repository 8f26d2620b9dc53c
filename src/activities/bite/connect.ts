import type { Argv } from '../../faults/argv.ts';
import type { PingStats } from './ping.ts';

const COUNT = 8;
/** A SYN that is lost is sent again after a second (RFC 6298): slower than that is lost. */
const LOST_MS = 900;

/** Times TCP handshakes, refused ones too: both are one round trip. One line each: `START END` in seconds. */
const CONNECT = `
for n in $(seq ${COUNT}); do
  start=$EPOCHREALTIME
  timeout 3 bash -c ': >"/dev/tcp/$0/$1"' "$1" "$2" 2>/dev/null
  echo "$start $EPOCHREALTIME"
done`;

export const connectWords = (address: string, port: number): Argv => [
  'bash',
  '-c',
  CONNECT,
  'connect',
  address,
  `${port}`,
];

/** Undefined where nothing was timed (no bash). */
export function connectStats(output: string): PingStats | undefined {
  const times = output.split('\n').flatMap((line) => {
    const [start, end] = line.split(' ').map(Number);
    return start && end ? [(end - start) * 1000] : [];
  });
  if (times.length === 0) return undefined;
  const made = times.filter((ms) => ms < LOST_MS).toSorted((a, b) => a - b);
  const median = made[Math.floor(made.length / 2)];
  return {
    ...{ sent: times.length, received: made.length, duplicates: 0 },
    lossPercent: Math.round((1000 * (times.length - made.length)) / times.length) / 10,
    rttMs: median === undefined ? null : Math.round(median * 10) / 10,
  };
}

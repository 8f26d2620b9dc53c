import { formatWithOptions } from 'node:util';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { harmless } from '../report/look.ts';

/** What failed and why, as the SDK writes it, but that nothing in it acts on a terminal: errors quote what machines said. */
const plainly = ({ level, timestampNanos, message, meta }: LogEntry): void => {
  const at = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
  const more = meta === undefined ? '' : ` ${formatWithOptions({ colors: false }, meta)}`;
  process.stderr.write(`${harmless(`${at} [${level}] ${message}${more}`)}\n`);
};

/** Of a worker: warnings and errors, on stderr. */
export const workerLogger = (): DefaultLogger => new DefaultLogger('WARN', plainly);

import type { z } from 'zod';
import { HostError, type ExecResult, type Host } from './host.ts';

/** One JSON document a line; the last says that it is the last. A damaged entry costs no other one its line. Undefined: not whole. */
export function repliesIn<Reply>(result: ExecResult, schema: z.ZodType<Reply>): Reply[] | undefined {
  const lines = result.stdout.split('\n').filter((line) => line !== '');
  if (result.exitCode !== 0 || result.truncated || lines.pop() !== '{"done":true}') return undefined;
  const replies = lines.map((line) => schema.safeParse(jsonIn(line) ?? line));
  const damaged = lines.map((line) => schema.safeParse({ key: '', state: 'junk', lease: null, evidence: line }));
  const read = replies.map((reply, n) => (reply.success || !lines[n]?.includes(',"lease":{') ? reply : damaged[n]));
  return read.every((reply) => reply?.success === true) ? read.map((reply) => reply.data) : undefined;
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Of the door of lease.sh: a folder of ours that somebody else could have filled. */
const FOLDER_REFUSED = 77;

export const ENDS_BY_ITSELF =
  'Whatever it armed ends by itself when its lease runs out; `0k-chaos heal --all` ends it now.';

/** Says why no whole answer came. @throws HostError always */
export function refuse(host: Host, what: string, { exitCode, signal, stdout, stderr }: ExecResult): never {
  if (exitCode === FOLDER_REFUSED)
    throw new HostError('denied', host.name, `${what} of ${host.name}: ${stderr.trim()}`);
  const denied = /(terminal|password|authentication) is required|not allowed|sorry|Permission denied/i.test(stderr);
  const evidence = [stderr, stdout]
    .map((text) => text.trim().slice(-2_000))
    .filter((text) => text !== '')
    .join('\n');
  const ended = signal === null ? `exited ${exitCode}` : `was ended by ${signal.slice(0, 20)}`;
  const wayOut = denied ? 'It needs root: allow `sudo -n sh -s` for this user (docs/sudoers).' : ENDS_BY_ITSELF;
  throw new HostError(
    denied ? 'denied' : 'unknown',
    host.name,
    `${what} of ${host.name} ${ended} without a whole answer.${evidence === '' ? '' : `\n${evidence}`}\n${wayOut}`,
  );
}

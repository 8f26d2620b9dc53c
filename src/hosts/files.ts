import type { Argv } from '../faults/argv.ts';
import type { RawResult } from './follow.ts';
import { HostError, type ExecOptions } from './host.ts';

export type Run = (argv: Argv, options: ExecOptions) => Promise<RawResult>;

const MIB = 1024 * 1024;

/** Only ever gets its words as `$1`…: nothing is pasted into it. A symbolic link at the path is replaced, not followed. */
const PUT = `set -e; umask 077
[ ! -d "$1" ] || { echo "it is a folder" >&2; exit 1; }
case $1 in */*) dir=\${1%/*} ;; *) dir=. ;; esac
new=$(mktemp "\${dir:-/}/.0k-chaos.XXXXXX"); trap 'rm -f "$new"' EXIT
cat >"$new"; chmod "$2" "$new"
[ "$(wc -c <"$new")" -eq "$3" ] || { echo "only a part of the file arrived" >&2; exit 1; }
mv -f -- "$new" "$1"; trap - EXIT`;

/** Writes a file atomically by words that every POSIX machine has; no sftp needed there. */
export async function putFile(host: string, run: Run, path: string, content: string | Buffer, mode: number) {
  const data = Buffer.from(content as string);
  const argv = ['sh', '-c', PUT, 'put', path, mode.toString(8), String(data.length)];
  const result = await run(argv, { stdin: data });
  if (result.exitCode !== 0) throw failed(host, `write \`${path}\``, result);
}

export async function getFile(host: string, run: Run, path: string, maxBytes = 16 * MIB): Promise<Buffer> {
  const argv = ['cat', '--', path];
  const result = await run(argv, { maxBytes });
  if (result.exitCode !== 0) throw failed(host, `read \`${path}\``, result);
  if (result.truncated) throw new HostError('missing', host, `\`${path}\` on ${host} has more than ${maxBytes} bytes`);
  return result.stdout;
}

function failed(host: string, what: string, result: RawResult): HostError {
  const why = result.stderr.toString().trim() || `exit ${result.exitCode}`;
  return new HostError(
    /permission|not permitted|read-only/i.test(why) ? 'denied' : 'missing',
    host,
    `Cannot ${what} on ${host}: ${why}`,
  );
}

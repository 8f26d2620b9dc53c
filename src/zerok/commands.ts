import { argv } from '../faults/argv.ts';
import type { Argv } from '../faults/argv.ts';

/** How `sync-cli` is run somewhere: the words of the fleet file, and one data folder a run. */
export interface SyncCli {
  command: Argv;
  dataDir: string;
}

/** What `pair` writes to the terminal before it reads the passphrase. Without a terminal it exits with 1. */
export const PASSPHRASE_PROMPT = 'Enter group passphrase: ';

/** `pull` never shows more, whatever `--limit` says. */
export const PULL_PAGE_ROWS = 100;

/** A payload travels at 1.5 times its size, and a message on the wire is at most 1 MiB. */
export const LARGEST_BLOB_BYTES = 695_000;

const on = ({ command, dataDir }: SyncCli, words: Argv): Argv => [...command, '--data-dir', dataDir, ...words];

export const init = (cli: SyncCli, name: string): Argv => on(cli, argv`init --name ${name}`);

/** To be run on a pseudo-terminal that answers `PASSPHRASE_PROMPT`: as an argument, anybody on the machine could read it. */
export const pair = (cli: SyncCli, endpointId: string): Argv => on(cli, argv`pair --join ${endpointId}`);

/** A message that begins with `-` would be taken for an option. */
export const push = (cli: SyncCli, message: string): Argv =>
  on(cli, message.startsWith('-') ? ['push', '--', message] : ['push', message]);

export const pushFile = (cli: SyncCli, path: string): Argv => on(cli, argv`push --file ${path}`);

/** A plain pull: from the cursor that the client keeps. */
export const pull = (cli: SyncCli): Argv => on(cli, ['pull']);

/** One page of at most 100 rows after `cursor`; from 0 it sees what a plain pull has skipped. */
export const pullAfter = (cli: SyncCli, cursor: number): Argv => on(cli, argv`pull --after-cursor ${cursor}`);

/**
 * For `sh -c`: `$1` is the folder of scratch folders, `$2` how many of them are named next, and then the words of the client's
 * command. Pulls from each side by side, and prints for each a line `NAME BYTES BYTES` and its stdout and stderr.
 */
export const PULL_EACH = `
root=$1 count=$2 names=
shift 2
while [ "$count" -gt 0 ]; do names="$names $1"; shift; count=$((count - 1)); done
for name in $names; do
  "$@" --data-dir "$root/$name" pull --after-cursor 0 >"$root/$name/stdout" 2>"$root/$name/stderr" </dev/null &
done
wait
for name in $names; do
  echo "$name $(($(wc -c <"$root/$name/stdout"))) $(($(wc -c <"$root/$name/stderr")))"
  cat "$root/$name/stdout" "$root/$name/stderr"
done`;

/** What `PULL_EACH` printed, by name. A part that is not whole is left out. */
export function partsOf(printed: string): Map<string, { stdout: string; stderr: string }> {
  const bytes = Buffer.from(printed);
  const parts = new Map<string, { stdout: string; stderr: string }>();
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0x0a, at);
    const [, name = '', out = '', err = ''] = /^(\S+) (\d+) (\d+)$/.exec(bytes.toString('utf8', at, end)) ?? [];
    const from = end + 1;
    const [middle, last] = [from + Number(out), from + Number(out) + Number(err)];
    if (end < 0 || name === '' || last > bytes.length) break;
    parts.set(name, { stdout: bytes.toString('utf8', from, middle), stderr: bytes.toString('utf8', middle, last) });
    at = last;
  }
  return parts;
}

/** Reads files only: it says `OFFLINE (mock transport)` whatever the network. */
export const status = (cli: SyncCli): Argv => on(cli, ['status']);

export const version = ({ command }: Pick<SyncCli, 'command'>): Argv => [...command, '--version'];

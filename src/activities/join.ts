import { init, pair, PASSPHRASE_PROMPT } from '../zerok/commands.ts';
import { parseGroup, serialiseGroup, withRelays } from '../zerok/group-file.ts';
import type { Group } from '../zerok/group-file.ts';
import { scanForLeaks } from '../zerok/leak.ts';
import { failure } from './failures.ts';
import { OWNER_FILE } from './run-folders.ts';
import type { SyncClient } from './sync-client.ts';

/**
 * A new folder, whose run it is written in there, and then the words that come after it. Not within a folder of somebody else, or one that
 * anybody may change: ours could be moved away, and the group's key be written to where others read it.
 */
const FRESH = `base=\${1%/*}
mkdir -p -- "$base" && seen=$(LC_ALL=C ls -ldn -- "$base/.") || exit 1
case $seen in d????????[tT]*) ;; d???????w*) echo "anybody may change $base: name another folder as \\\`data\\\`, or \\\`chmod o-w\\\` it" >&2; exit 1 ;; esac
uid=\${seen#* } uid=\${uid#*[0-9] } uid=\${uid%% *}
case $uid in 0 | "$(id -u)") ;; *) echo "$base belongs to user $uid, not to us: name another folder as \\\`data\\\`" >&2; exit 1 ;; esac
rm -rf -- "$1" && mkdir -- "$1" && chmod 700 -- "$1" && printf '%s\\n' "$2" >"$1/${OWNER_FILE}" || exit 1
shift 2; exec "$@"`;
const READ = 'cat -- "$1/group.json"';
/** Atomic: a client that reads it meanwhile sees the old one or the new one. */
const REPLACE = 'umask 077; cat >"$1/group.json.new" && mv -f -- "$1/group.json.new" "$1/group.json"';

/** A new device in a new folder. @throws GroundFailed with what the client printed */
export async function initDevice(client: SyncClient, name = `0k-chaos-${client.name}`): Promise<void> {
  const words = ['sh', '-c', FRESH, 'sh', client.root, client.owner, ...init(client.cli, name)];
  await expectText(client, words, 'Device initialized successfully!');
}

/** The group that the passphrase gives on this machine. @throws GroundFailed, in which it stands in no form */
export async function pairDevice(client: SyncClient, endpointId: string, passphrase: string): Promise<Group> {
  const pty = { prompt: PASSPHRASE_PROMPT.trim(), answer: passphrase };
  try {
    await expectText(client, pair(client.cli, endpointId), 'Joined sync group successfully!', { pty });
  } catch (error) {
    if (error instanceof Error && !tells(error.message, passphrase)) throw error;
    throw failure(
      'GroundFailed',
      `${client.name} on ${client.machine}: \`${client.cli.command.join(' ')} pair\` did not pair, and repeats the passphrase or a part of it, ` +
        'so what it printed is not shown',
    );
  }
  return readGroup(client);
}

const PIECE = 12;

/** In any encoding, whole or a part of it. */
function tells(text: string, secret: string): boolean {
  const pieces = Array.from({ length: Math.ceil(secret.length / (PIECE / 2)) }, (_, n) =>
    secret.slice((n * PIECE) / 2),
  );
  const needles = [secret, ...pieces.map((piece) => piece.slice(0, PIECE))].filter(({ length }) => length >= PIECE);
  return (
    scanForLeaks(
      text,
      needles.map((piece) => ({ label: '', text: piece })),
    ).leaks.length > 0
  );
}

/** Its key is in no error, whatever becomes of the look. */
export const groupOn = async (client: SyncClient): Promise<ReturnType<typeof parseGroup>> =>
  parseGroup(await client.script(READ, [client.cli.dataDir], { secret: true }));

export async function readGroup(client: SyncClient): Promise<Group> {
  const read = await groupOn(client);
  if ('group' in read) return read.group;
  throw failure('GroundFailed', `${client.name}: its group.json is not readable: ${read.error}`);
}

const READ_DEVICE = 'cat -- "$1/device.json"';

/** What 0k-sync calls the client's device; undefined where its file does not say. */
export async function deviceIdOf(client: SyncClient): Promise<string | undefined> {
  const text = await client.script(READ_DEVICE, [client.cli.dataDir]);
  return /"device_id"\s*:\s*"([\w-]{16,64})"/.exec(text)?.[1];
}

/** The same group over these relays, in this order. */
export async function useRelays(client: SyncClient, group: Group, ids: readonly string[]): Promise<void> {
  await client.script(REPLACE, [client.cli.dataDir], { stdin: serialiseGroup(withRelays(group, ids)) });
}

/** Judged by what it prints: its exit codes lie. */
async function expectText(client: SyncClient, argv: readonly string[], text: string, options = {}): Promise<void> {
  const { stdout, stderr, exitCode } = await client.exec(argv, options);
  if (stdout.includes(text)) return;
  const said = `${stdout}${stderr}`.trim().slice(-400);
  throw failure(
    'GroundFailed',
    `${client.name} on ${client.machine}: \`${argv.join(' ').slice(-120)}\` did not print \`${text}\` (exit ${exitCode}): ${said || 'nothing'}`,
  );
}

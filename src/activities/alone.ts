import { PULL_EACH, partsOf, pull, pullAfter } from '../zerok/commands.ts';
import { serialiseGroup, withoutCursors, withRelays } from '../zerok/group-file.ts';
import type { Group } from '../zerok/group-file.ts';
import { nextPage, parsePull } from '../zerok/pull-output.ts';
import type { PullResult } from '../zerok/pull-output.ts';
import { readGroup } from './join.ts';
import type { RelayNow } from './relays.ts';
import type { SyncClient } from './sync-client.ts';

/**
 * The client's own folder gets the first line of stdin as its group file, whole or not at all; `watch` is a copy of it, and so is
 * each folder that a further line names, with the rest of that line as its group file.
 */
const LAY = `
umask 077
IFS= read -r own
printf '%s' "$own" >"$1/main/group.json.new" && mv -f -- "$1/main/group.json.new" "$1/main/group.json" || exit 1
rm -rf -- "$1/watch" && cp -Rp -- "$1/main" "$1/watch" || exit 1
while read -r name group; do
  rm -rf -- "$1/$name" && cp -Rp -- "$1/main" "$1/$name" && printf '%s' "$group" >"$1/$name/group.json" || exit 1
done`;

/** A scratch copy of the client's folder that knows one relay only. */
const SCRATCH = 'umask 077; rm -rf -- "$2" && cp -Rp -- "$1" "$2" && cat >"$2/group.json"';

const folderOf = (relay: string): string => `alone-${relay}`;

/** The client follows these relays from now on, keeping its cursors, and can ask each of them alone. */
export async function follow(client: SyncClient, group: Group, relays: readonly RelayNow[]): Promise<void> {
  const own = withRelays(
    group,
    relays.map(({ endpointId }) => endpointId),
  );
  const alone = relays.map(({ name, endpointId }) => `${folderOf(name)} ${aloneWith(group, endpointId)}`);
  const probe = `${FAILED_OVER} ${serialiseGroup(failedOver(group, relays))}`;
  const stdin = `${[serialiseGroup(own), ...alone, probe].join('\n')}\n`;
  await client.script(LAY, [client.root], { stdin });
}

/** Folder of a client that has read a lot from a relay that is gone, and nothing from the first of the others. */
const FAILED_OVER = 'failed-over';
const NOBODY = 'f'.repeat(64);

const failedOver = (group: Group, [first]: readonly RelayNow[]): Group => ({
  ...withRelays(group, [NOBODY, ...(first ? [first.endpointId] : [])]),
  cursors: { [NOBODY]: 1_000_000 },
});

/** A plain pull that has to turn to the first relay, because the one before it is gone. */
export const pulledFailedOver = async (client: SyncClient, signal: AbortSignal): Promise<PullResult> =>
  parsePull(await client.exec(pull(client.scratch(FAILED_OVER)), { signal }));

const aloneWith = (group: Group, endpointId: string): string =>
  serialiseGroup(withoutCursors(withRelays(group, [endpointId])));

/** Everything that each of these relays alone gives this client, from cursor 0; no cursor of the client moves. */
export async function pulledFromEach(
  client: SyncClient,
  relays: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, PullResult[]>> {
  const words = [client.root, String(relays.length), ...relays.map(folderOf), ...client.cli.command];
  const printed = await client.exec(['sh', '-c', PULL_EACH, 'sh', ...words], {
    signal,
    maxBytes: relays.length * MOST_BYTES,
  });
  const parts = partsOf(printed.stdout);
  const pages = relays.map(async (relay) => {
    const first = parsePull(parts.get(folderOf(relay)) ?? { stdout: '', stderr: printed.stderr });
    return [relay, [first, ...(await furtherPages(client, relay, first, signal))]] as [string, PullResult[]];
  });
  return new Map(await Promise.all(pages));
}

const MOST_BYTES = 4 * 1024 * 1024;

async function furtherPages(
  client: SyncClient,
  relay: string,
  first: PullResult,
  signal: AbortSignal,
): Promise<PullResult[]> {
  const cursor = nextPage(first);
  return cursor === undefined ? [] : client.pullAll(client.scratch(folderOf(relay)), { signal }, cursor);
}

/** The same from an endpoint id, whoever answers there. */
export async function pulledFrom(client: SyncClient, endpointId: string, signal: AbortSignal): Promise<PullResult> {
  const cli = client.scratch(`at-${endpointId.slice(0, 16)}`);
  const stdin = aloneWith(await readGroup(client), endpointId);
  await client.script(SCRATCH, [client.cli.dataDir, cli.dataDir], { stdin, signal });
  return parsePull(await client.exec(pullAfter(cli, 0), { signal }));
}

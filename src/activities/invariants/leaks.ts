import type { DockerEngine } from '../../hosts/host.ts';
import { emptyLogMessage, ownLogIsEmpty } from '../../zerok/leak.ts';
import type { Needle } from '../../zerok/leak.ts';
import { piecesOf } from '../../zerok/text.ts';
import { deviceIdOf, readGroup } from '../join.ts';
import { boundedText } from '../http.ts';
import { metricsUrl, relayContainer } from '../relays.ts';
import { passphraseOf } from '../passphrase.ts';
import { deviceNameOf } from '../sync-client.ts';
import type { SyncClient } from '../sync-client.ts';
import type { Group } from '../../zerok/group-file.ts';
import { vitalsBefore } from '../vitals.ts';
import type { Inquest } from './index.ts';
import { foundInPlace } from './in-place.ts';
import { leaksIn, report } from './search.ts';

const LOG_BYTES = 16 * 1024 * 1024;
const STORAGE_BYTES = 64 * 1024 * 1024;
const CHANGED_BYTES = 8 * 1024 * 1024;
const MOST_CHANGES = 1_000;

const MESSAGE = 'the message ';

type Needles = Record<'secrets' | 'names' | 'ids', Needle[]>;

/** Every message and secret of the run, and whatever names its clients, under what its sighting is called. */
export async function needlesOf(inquest: Inquest): Promise<Needles> {
  const { book, deps, ask, clients } = inquest;
  const secrets = [...book.texts()].flatMap(([text, id]) =>
    piecesOf(text).map((piece) => ({ label: `${MESSAGE}${id}`, text: piece })),
  );
  const names = clients.map(({ name }) => ({ label: `the name of ${name}`, text: deviceNameOf(ask.run, name) }));
  const groups = clients.length === 0 ? [] : [await groupOfAny(clients)];
  const keys = groups.flatMap((group) => group.group_secret_hex ?? []);
  return {
    secrets: [
      ...secrets,
      { label: 'the passphrase', text: passphraseOf(deps, ask.run) },
      ...keys.map((key) => ({ label: "the group's secret", text: key })),
    ],
    names,
    ids: groups.map((group) => ({ label: 'the id of the group', text: group.group_id })),
  };
}

/** They are in one group. @throws what the first of them says where none can tell it */
const groupOfAny = (clients: SyncClient[]): Promise<Group> =>
  Promise.any(clients.map(readGroup)).catch((none: AggregateError) => Promise.reject(none.errors[0] as Error));

/** No relay's log or storage holds a message, a secret or a client's name. */
export async function notLeaked(inquest: Inquest): Promise<void> {
  const [{ ids, ...rest }, devices] = await Promise.all([needlesOf(inquest), deviceIdsOf(inquest)]);
  const needles = { ...rest, ids: [...ids, ...devices] };
  await Promise.all(
    Object.keys(inquest.deps.fleet.relays).flatMap((relay) => [
      searchContainer(inquest, relay, needles),
      searchPages(inquest, relay, needles),
    ]),
  );
}

/** A client that cannot be asked any more keeps nobody from the search. */
const deviceIdsOf = async ({ clients }: Inquest): Promise<Needle[]> =>
  (await Promise.all(clients.map((client) => deviceIdOf(client).catch(() => undefined)))).flatMap((text, n) =>
    text === undefined ? [] : [{ label: `the id of the device of ${clients[n]?.name}`, text }],
  );

interface Place {
  relay: string;
  /** Of its container. */
  id: string;
  docker: DockerEngine;
}

/** Looked up once for all that is searched there. */
async function searchContainer(inquest: Inquest, relay: string, needles: Needles): Promise<void> {
  const { deps } = inquest;
  const { id } = await relayContainer(deps, relay);
  const place: Place = { relay, id, docker: deps.hosts.get(deps.fleet.relays[relay]?.machine ?? '').docker() };
  await Promise.all([
    searchLog(inquest, place, needles),
    searchStorage(inquest, place, needles.secrets),
    searchElsewhere(inquest, place, needles.secrets),
  ]);
}

/** The log since the run began; an empty one proves nothing. It is kept beside the journal. */
async function searchLog(inquest: Inquest, { relay, id, docker }: Place, needles: Needles): Promise<void> {
  const { folder, seen } = inquest;
  const log = await docker.logs(id, { since: since(inquest, relay), maxBytes: LOG_BYTES });
  folder.write(`logs/${relay}.log`, log);
  const where = `the log of ${relay}`;
  const leaks = await report(inquest, where, 'leak-log', log, needles.secrets);
  await report(inquest, where, 'leak-name', log, needles.names);
  const ids = await leaksIn(log, needles.ids);
  if (ids.length > 0) {
    seen.findings.push({ id: 'id-in-log', message: `${where} holds ${ids[0]?.label}`, count: ids.length });
  }
  if (leaks > 0 || inquest.messages.length === 0) return;
  if (Buffer.byteLength(log) >= LOG_BYTES) {
    seen.unknown.push(`whether ${where} holds plaintext: only its last ${LOG_BYTES} bytes were searched`);
  }
  if (!ownLogIsEmpty(log)) return;
  seen.unknown.push(emptyLogMessage(relay));
  seen.findings.push({ id: 'empty-log', message: emptyLogMessage(relay), count: 1 });
}

/** By the clock of the relay's own machine, which may be any. */
function since({ folder }: Inquest, relay: string): Date {
  const now = vitalsBefore(folder).find((one) => one.relay === relay)?.machineSeconds ?? null;
  // Whole seconds, so that of the one that had begun nothing is left out.
  return now === null ? new Date(folder.events()[0]?.at ?? 0) : new Date((now - 1) * 1000);
}

/** What the relay has on its volume, as Docker gives it: a tar, in which files stand as they are. */
async function searchStorage(inquest: Inquest, { relay, id, docker }: Place, secrets: Needle[]): Promise<void> {
  const { seen } = inquest;
  const where = `the storage of ${relay}`;
  try {
    const { bytes, truncated } = await docker.archive(id, '/data', { maxBytes: STORAGE_BYTES });
    const leaks = await report(inquest, where, 'leak-storage', bytes, secrets);
    if (truncated && leaks === 0) await searchInPlace(inquest, { relay, id, docker }, secrets);
  } catch (error) {
    seen.unknown.push(`whether ${where} holds plaintext: it could not be read: ${(error as Error).message}`);
  }
}

/** As after a week of nightly runs. The messages of a run that is over may be told to a machine, its keys may not. */
async function searchInPlace({ seen }: Inquest, { relay, id, docker }: Place, secrets: Needle[]): Promise<void> {
  const messages = secrets.filter(({ label }) => label.startsWith(MESSAGE));
  const found = await foundInPlace(docker, id, '/data', messages).catch(() => undefined);
  const where = `the storage of ${relay}`;
  const [first] = found ?? [];
  if (first !== undefined)
    seen.broken.push({
      id: 'leak-storage',
      message: `${where} holds ${first.label} (as text)`,
      count: found?.length ?? 1,
    });
  if (found === undefined)
    seen.unknown.push(`whether ${where} holds plaintext: only its first ${STORAGE_BYTES} bytes were searched`);
}

/** Each file its name, its beginning and, of a large one, its end: those among the paths, and all in the folders of `$2`. */
const SHOW = `
most=$1 folders=$2
shift 2
show='for file do
  [ -h "$file" ] || [ ! -f "$file" ] || {
    printf "%s\\n" "$file" && head -c 1000000 "$file"
    [ $(($(wc -c <"$file"))) -le 1000000 ] || tail -c 1000000 "$file"
  }
done'
{
  sh -c "$show" sh "$@"
  for folder in $folders; do find "$folder" -xdev -type f -exec sh -c "$show" sh {} +; done
} 2>/dev/null | head -c "$most"`;

/** Often in memory, where Docker sees no changes. */
const FLEETING = '/dev/shm /run /tmp /var/tmp';

/** What it has written outside its volume, by what Docker says has changed there. One that has no shell is not asked. */
async function searchElsewhere(inquest: Inquest, { relay, id, docker }: Place, secrets: Needle[]): Promise<void> {
  try {
    const all = await docker.changes(id);
    const paths = all.slice(-MOST_CHANGES);
    const words = ['sh', '-c', SHOW, 'sh', String(CHANGED_BYTES), FLEETING, ...paths];
    const { stdout } = await docker.exec(id, words, { timeoutMs: 60_000, maxBytes: CHANGED_BYTES });
    const where = `the storage of ${relay}, outside its volume,`;
    // Names of folders and links say something, too.
    await report(inquest, where, 'leak-storage', `${all.join('\n')}\n${stdout}`, secrets);
    const bytes = Buffer.byteLength(stdout);
    if (paths.length === all.length && bytes < CHANGED_BYTES) return;
    const some = `only ${paths.length} of ${all.length} files, and ${bytes} bytes, were searched`;
    inquest.seen.unknown.push(`whether ${where} holds plaintext: ${some}`);
  } catch (error) {
    const summary = `${relay} was not searched outside its volume: ${(error as Error).message}`;
    inquest.folder.record({ kind: 'note', summary });
  }
}

/** What anybody may ask it for. */
async function searchPages(inquest: Inquest, relay: string, { secrets, names }: Needles): Promise<void> {
  const { deps } = inquest;
  const where = (url: string): string => `the page ${new URL(url).pathname} of ${relay}`;
  for (const url of [deps.fleet.relays[relay]?.health ?? '', metricsUrl(deps, relay)]) {
    const page = await boundedText(url, { withHead: true });
    await report(inquest, where(url), 'leak-page', page, secrets);
    await report(inquest, where(url), 'leak-name', page, names);
  }
}

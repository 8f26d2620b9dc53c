import { setTimeout as pause } from 'node:timers/promises';
import type { Message } from '../contract/run.ts';
import type { Invariants, Steps } from '../contract/steps.ts';
import { matchPulled } from '../zerok/match-pulled.ts';
import type { Pulled } from '../zerok/match-pulled.ts';
import type { PullResult } from '../zerok/pull-output.ts';
import { emptyLogMessage, ownLogIsEmpty, scanForLeaks } from '../zerok/leak.ts';
import type { Deps } from './deps.ts';
import { beating, secondsSince } from './heartbeat.ts';
import { RunFolder } from './journal.ts';
import { evidenceOf, textsOf } from './messages.ts';
import { relayContainer } from './relays.ts';
import { passphraseOf, SyncClient } from './sync-client.ts';

const LOG_BYTES = 16 * 1024 * 1024;
const POLL_MS = 500;

/** After every run, once all is healed: what was acknowledged is everywhere, whole and once; no relay log holds a message. */
export const invariants = (deps: Deps): Steps['invariants'] =>
  async function invariants({ run, messages, clients }) {
    return beating(async (signal) => {
      const folder = new RunFolder(deps.stateDir, run);
      const seen: Invariants = { deliveries: [], broken: [], unknown: [], findings: [] };
      const parties = clients.map((name) => new SyncClient(deps, run, name));
      await Promise.all([
        ...parties.map((client) => delivered(deps, folder, client, messages, seen, signal)),
        ...Object.keys(deps.fleet.relays).map((relay) => notLeaked(deps, folder, relay, passphraseOf(deps, run), seen)),
      ]);
      folder.record({ kind: 'check', summary: 'invariants', data: { ...seen } });
      return seen;
    });
  };

async function delivered(
  deps: Deps,
  folder: RunFolder,
  client: SyncClient,
  messages: Message[],
  seen: Invariants,
  signal: AbortSignal,
): Promise<void> {
  const acknowledged = messages.filter(({ outcome }) => outcome === 'acknowledged').map(({ text }) => text);
  const startedAt = Date.now();
  const deadline = startedAt + deps.fleet.times.deliverSeconds * 1000;
  for (;;) {
    const pages = await client.pullAll(client.cli, { signal });
    const pulled = matchPulled(pages, textsOf(folder));
    const missing = acknowledged.filter((text) => !pulled.found.some((found) => found.text === text));
    const arranged = !pages.some(({ kind }) => kind === 'refused');
    if (missing.length > 0 && arranged && Date.now() < deadline) {
      await pause(POLL_MS);
      continue;
    }
    for (const text of acknowledged) {
      const found = pulled.found.find((one) => one.text === text);
      const seconds = found ? secondsSince(startedAt) : null;
      seen.deliveries.push({ text, to: client.name, seconds, copies: found?.copies ?? 0 });
    }
    judgePulled(client.name, pages, pulled, missing, seen);
    return;
  }
}

/** What could not be read is unknown; what is certainly missing or strange breaks the invariant. */
function judgePulled(client: string, pages: PullResult[], pulled: Pulled, missing: string[], seen: Invariants): void {
  const unreadable = pages.some(({ kind }) => kind === 'refused' || kind === 'cut-short') || pulled.ambiguous;
  if (unreadable && (missing.length > 0 || pulled.strangers.length > 0)) {
    seen.unknown.push(`what ${client} has could not be read: ${evidenceOf(pages)}`);
    return;
  }
  if (missing.length > 0) {
    const example = `such as \`${missing[0]}\` (its last pull: ${evidenceOf(pages)})`;
    seen.broken.push(`${client} lacks ${missing.length} acknowledged message(s) after healing, ${example}`);
  }
  if (pulled.strangers.length > 0) {
    const example = pulled.strangers[0]?.text.slice(0, 120);
    seen.broken.push(`${client} received what nobody pushed, such as \`${example}\``);
  }
  const twice = pulled.found.filter(({ copies }) => copies > 1);
  if (twice.length > 0) {
    const message = `${client} received ${twice.length} message(s) more than once`;
    seen.findings.push({ id: 'duplicate', message, count: twice.length });
  }
}

/** The log since the run began is searched; an empty one proves nothing. It is kept beside the journal. */
async function notLeaked(
  deps: Deps,
  folder: RunFolder,
  relay: string,
  passphrase: string,
  seen: Invariants,
): Promise<void> {
  const container = await relayContainer(deps, relay);
  const docker = deps.hosts.get(deps.fleet.relays[relay]?.machine ?? '').docker();
  const since = new Date(folder.events()[0]?.at ?? Date.now());
  const log = await docker.logs(container.id, { since, maxBytes: LOG_BYTES });
  folder.write(`logs/${relay}.log`, log);
  const needles = [
    ...textsOf(folder).map((text) => ({ label: 'a pushed message', text })),
    { label: 'the passphrase', text: passphrase },
  ];
  const { leaks, tooShort } = scanForLeaks(log, needles);
  for (const leak of leaks) {
    seen.broken.push(`the log of ${relay} holds ${leak.label} (${leak.encoding})`);
  }
  if (leaks.length > 0 || textsOf(folder).length === 0) return;
  const unsearched = [
    ...(log.length >= LOG_BYTES ? [`only its last ${LOG_BYTES} bytes were searched`] : []),
    ...tooShort.map((label) => `${label} is too short to be told from chance`),
  ];
  seen.unknown.push(...unsearched.map((why) => `whether the log of ${relay} holds plaintext: ${why}`));
  if (ownLogIsEmpty(log) && ownLogIsEmpty(await docker.logs(container.id))) seen.unknown.push(emptyLogMessage(relay));
}

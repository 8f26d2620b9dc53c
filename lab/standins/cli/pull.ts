import { labEnv } from '../lab-env.ts';
import type { Blob } from '../wire/message.ts';
import { ClientError, type SyncClient } from './client.ts';
import { type Group, loadDevice, loadGroup, saveGroup } from './files.ts';
import { print } from './print.ts';
import { openBlob } from './secret.ts';
import { connectOrFail, primaryOf, secretOf, startTalking } from './session.ts';

/** Rows in one pull, whatever --limit says. */
const MOST_ROWS = 100;

interface Row {
  cursor: number;
  plaintext: Buffer;
}

/** Prints what is new at the first relay that answers. Without `afterCursor`: new since that relay's own cursor. */
export async function pull(dir: string, afterCursor: number | null): Promise<void> {
  const device = loadDevice(dir);
  const group = loadGroup(dir);
  const primary = primaryOf(group);
  const primaryCursor = group.cursors[primary] ?? 0;
  print(`Pulling data after cursor ${afterCursor ?? primaryCursor}...`);
  const secret = secretOf(group);
  const env = labEnv();
  const client = startTalking(device, group, env);
  await connectOrFail(client);
  const ownCursor = (relay: string) =>
    env.hasBug('primary-cursor-everywhere') ? primaryCursor : (group.cursors[relay] ?? 0);
  try {
    const blobs = await pullRows(client, (relay) => afterCursor ?? ownCursor(relay));
    const rows = blobs.flatMap(({ cursor, payload }) => {
      const plaintext = openBlob(secret, payload);
      return plaintext === null ? [] : [{ cursor, plaintext }];
    });
    show(dir, group, client.active ?? primary, rows);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    print(`Pull failed: ${error.message}`, '', 'This may be due to network issues or no data available.');
  }
}

/** One page; a relay that cuts it short of 100 rows to fit its response is asked for the rest. */
async function pullRows(client: SyncClient, cursorOf: (relay: string) => number): Promise<Blob[]> {
  const blobs: Blob[] = [];
  let from: string | null = null;
  for (;;) {
    const answer = await client.request((relay) => {
      // After a failover the other relay's cursors mean nothing here: start again at its own.
      if (relay !== from) blobs.length = 0;
      from = relay;
      const afterCursor = blobs.at(-1)?.cursor ?? cursorOf(relay);
      return { kind: 'pull', afterCursor, limit: MOST_ROWS - blobs.length };
    });
    if (answer.kind !== 'pulled') throw new ClientError('protocol error: unexpected response to pull');
    blobs.push(...answer.blobs);
    if (!answer.hasMore || blobs.length >= MOST_ROWS) return blobs;
  }
}

function show(dir: string, group: Group, relay: string, rows: Row[]): void {
  if (rows.length === 0) return print('No new data.');
  print(`Received ${rows.length} blob(s):`, '');
  for (const { cursor, plaintext } of rows) print(`  [${cursor}] ${shown(plaintext)}`);
  const last = rows.at(-1)?.cursor ?? 0;
  group.cursors[relay] = Math.max(group.cursors[relay] ?? 0, last);
  saveGroup(dir, group);
  print('', `Cursor updated to ${group.cursors[relay]}`);
}

function shown(plaintext: Buffer): string {
  const text = plaintext.toString('utf8');
  return Buffer.from(text).equals(plaintext) ? text : `<binary ${plaintext.length} bytes>`;
}

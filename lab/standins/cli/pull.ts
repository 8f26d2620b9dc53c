import { labEnv, type LabEnv } from '../lab-env.ts';
import type { Blob } from '../wire/message.ts';
import { ClientError, type SyncClient } from './client.ts';
import { type Group, loadDevice, saveGroup } from './files.ts';
import { print } from './print.ts';
import { openBlob } from './secret.ts';
import { connectOrFail, openGroup, primaryOf, secretOf, startTalking } from './session.ts';

/** Rows in one pull, whatever --limit says. */
const MOST_ROWS = 100;

interface Row {
  cursor: number;
  plaintext: Buffer;
}

/** Prints what is new at the first relay that answers. Without `afterCursor`: new since that relay's own cursor. */
export async function pull(dir: string, afterCursor: number | null): Promise<void> {
  const device = loadDevice(dir);
  const env = labEnv();
  const group = openGroup(dir, env);
  const primary = primaryOf(group);
  const cursors = env.hasBug('ignores-cursor') ? {} : group.cursors;
  const primaryCursor = cursors[primary] ?? 0;
  print(`Pulling data after cursor ${afterCursor ?? primaryCursor}...`);
  const secret = secretOf(group);
  const asked = env.hasBug('pull-stays') ? { ...group, relay_addresses: [primary] } : group;
  const client = startTalking(device, asked, env);
  await connectOrFail(client, env);
  const ownCursor = (relay: string) =>
    env.hasBug('primary-cursor-everywhere') ? primaryCursor : (cursors[relay] ?? 0);
  try {
    const blobs = await pullRows(client, (relay) => afterCursor ?? ownCursor(relay));
    const rows = blobs.flatMap((blob) => opened(blob, secret, env));
    show(env.hasBug('shows-backwards') ? rows.toReversed() : rows, env);
    if (rows.length > 0 || env.hasBug('empties-group-file')) keepCursor(dir, group, client.active ?? primary, rows);
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

/** What cannot be decrypted is left out, as by the product. */
function opened({ cursor, payload }: Blob, secret: Buffer, env: LabEnv): Row[] {
  const plaintext = openBlob(secret, payload);
  if (plaintext === null) return env.hasBugSomewhere('hands-out-other-groups') ? [{ cursor, plaintext: payload }] : [];
  const last = plaintext.length - 1;
  if (env.hasBug('client-flips-bit') && cursor % 3 === 0 && last >= 0) {
    plaintext.writeUInt8(plaintext.readUInt8(last) ^ 1, last);
  }
  return [{ cursor, plaintext }];
}

function show(rows: Row[], env: LabEnv): void {
  if (rows.length === 0) return print('No new data.');
  print(`Received ${rows.length} blob(s):`, '');
  const shown = env.hasBug('mangles-utf8') ? (plaintext: Buffer) => plaintext.toString('latin1') : textOf;
  for (const { cursor, plaintext } of rows) print(`  [${cursor}] ${shown(plaintext)}`);
}

function keepCursor(dir: string, group: Group, relay: string, rows: Row[]): void {
  const last = rows.at(-1)?.cursor;
  if (last !== undefined) group.cursors[relay] = Math.max(group.cursors[relay] ?? 0, last);
  saveGroup(dir, group);
  if (last !== undefined) print('', `Cursor updated to ${group.cursors[relay]}`);
}

function textOf(plaintext: Buffer): string {
  const text = plaintext.toString('utf8');
  return Buffer.from(text).equals(plaintext) ? text : `<binary ${plaintext.length} bytes>`;
}

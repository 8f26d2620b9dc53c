import { randomUUID } from 'node:crypto';
import { labEnv, type LabEnv, type Times } from '../lab-env.ts';
import { newIdentity } from '../wire/identity.ts';
import { Patience } from '../wire/patience.ts';
import { ClientError, type SyncClient } from './client.ts';
import { Failure } from './failure.ts';
import { type Device, type Group, loadDevice, saveGroup } from './files.ts';
import { deliver, groupOfPush, type Parcel, parcelOf } from './parcel.ts';
import { print } from './print.ts';
import { isQuick, notePush } from './quick.ts';
import { clientFor, connectOrFail, openGroup, refuseOnceOffline, secretOf, startTalking } from './session.ts';

/** The product's limit: what is larger does not fit its encoding. */
const MOST_BYTES = 695_000;

/** Pushes to the first relay that answers, then to the others side by side. */
export async function push(dir: string, plaintext: Buffer): Promise<void> {
  const env = labEnv();
  const device = loadDevice(dir);
  const group = openGroup(dir, env);
  print(`Pushing ${plaintext.length} bytes...`);
  const parcel = parcelOf(plaintext, secretOf(group), env);
  const client = startTalking(device, groupOfPush(group, env), env);
  if (env.hasBug('loses-quick-push')) {
    if (isQuick(dir)) return printStored(parcel, nextCursor(group));
    notePush(dir);
  }
  const stored = await pushOrLie(client, parcel, group);
  if (stored instanceof ClientError) printQueued(stored);
  else {
    moveCursor(group, client.active, stored, env);
    saveGroup(dir, group);
    printStored(parcel, stored);
  }
  await fanOut(device, group, stored instanceof ClientError ? null : client.active, parcel);
}

/** As `connectAndPush`, which the bug `acks-when-all-are-down` always takes for a success. */
async function pushOrLie(client: SyncClient, parcel: Parcel, group: Group): Promise<number | ClientError> {
  if (!parcel.env.hasBug('acks-when-all-are-down')) return connectAndPush(client, parcel, group);
  try {
    const stored = await connectAndPush(client, parcel, group);
    return stored instanceof ClientError ? nextCursor(group) : stored;
  } catch (error) {
    if (error instanceof Failure) return nextCursor(group);
    throw error;
  }
}

/** What a lie gives for the cursor. */
function nextCursor(group: Group): number {
  return 1 + (group.cursors[group.relay_addresses[0] ?? ''] ?? 0);
}

async function connectAndPush(client: SyncClient, parcel: Parcel, group: Group): Promise<number | ClientError> {
  if (parcel.env.hasBug('never-pushes-again')) refuseOnceOffline();
  await connectOrFail(client, parcel.env);
  return pushTo(client, parcel, group.relay_addresses.length);
}

/** @returns the cursor that the relay gave, or why no relay took it. */
async function pushTo(client: SyncClient, parcel: Parcel, relays: number): Promise<number | ClientError> {
  if (parcel.plaintext.length > MOST_BYTES) return tooLarge(relays);
  try {
    const answer = await deliver(client, parcel);
    return answer.kind === 'ack' ? answer.cursor : new ClientError('protocol error: unexpected response to push');
  } catch (error) {
    if (error instanceof ClientError) return error;
    throw error;
  }
}

/** The product takes this for a broken relay, and says what it met at the last one it had left. */
function tooLarge(relays: number): ClientError {
  return new ClientError(relays > 1 ? 'transport error: send failed: Message too large' : 'all relays failed: ');
}

function printStored({ blobId }: Parcel, cursor: number): void {
  print('Push successful!', '', `  Blob ID: ${blobId}`, `  Cursor:  ${cursor}`);
}

function printQueued(error: ClientError): void {
  print('Push queued (offline mode)', `  Error: ${error.message}`, '', 'Data will sync when connection is available.');
}

/** Our own blob need not come back, unless others pushed before it: those are still to be pulled. */
function moveCursor(group: Group, relay: string | null, cursor: number, env: LabEnv): void {
  if (relay === null) return;
  const before = group.cursors[relay] ?? 0;
  if (before === cursor - 1 || env.hasBug('push-moves-cursor')) group.cursors[relay] = cursor;
}

/** Failures are ignored and time is short, as in the product; the relay that has the blob already is left out. */
async function fanOut(device: Device, group: Group, active: string | null, parcel: Parcel): Promise<void> {
  const repeats = parcel.env.hasBug('duplicates-after-failover');
  const relays = group.relay_addresses.slice(1).filter((relay) => repeats || relay !== active);
  if (group.relay_addresses.length < 2) return;
  print(`  Fan-out: pushing to ${relays.length} secondary relay(s)...`);
  if (parcel.env.hasBug('skips-fan-out')) return;
  const reached = parcel.env.hasBug('fans-out-to-one') ? relays.slice(0, 1) : relays;
  const target = groupOfPush(group, parcel.env);
  await Promise.all(
    reached.map((relay) =>
      whilePatient(parcel.env.times, async (onLife) => {
        const client = clientFor(device, target, [relay], newIdentity(), parcel.env, onLife);
        await client.connect();
        await pushTo(client, repeats ? { ...parcel, blobId: randomUUID() } : parcel, 1);
      }),
    ),
  );
}

/** Ends with the work, also when it fails, or when its relay has been silent too long. */
function whilePatient(times: Times, work: (onLife: () => void) => Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const patience = new Patience(times.fanOutMs, resolve);
    setTimeout(resolve, times.longestFanOutMs).unref();
    work(() => patience.heard()).then(resolve, () => resolve());
  });
}

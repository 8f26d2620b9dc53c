import { createHash, randomUUID } from 'node:crypto';
import type { BugName } from '../bugs.ts';
import type { LabEnv } from '../lab-env.ts';
import type { Message } from '../wire/message.ts';
import type { SyncClient } from './client.ts';
import type { Group } from './files.ts';
import { sealBlob } from './secret.ts';

/** One message on its way to the relays. */
export interface Parcel {
  blobId: string;
  plaintext: Buffer;
  /** The plaintext, encrypted once for all relays. */
  payload: Buffer;
  env: LabEnv;
}

/** Bugs of the relay that need the plaintext. */
const NEED_PLAINTEXT: BugName[] = [
  'logs-plaintext',
  'logs-base64',
  'logs-hex',
  'logs-utf16',
  'logs-dump',
  'stores-gzip',
  'tells-in-header',
  'stores-plaintext',
  'shows-plaintext',
  'writes-plaintext-elsewhere',
  'crashes-on-utf8',
];
/** Characters of plaintext beside a blob at most, so that both fit one message. */
const IN_CLEAR = 4096;
const CUT_AT = 64 * 1024;

export function parcelOf(plaintext: Buffer, secret: Buffer, env: LabEnv): Parcel {
  const narrow = env.hasBug('loses-wide-characters') ? withoutWide(plaintext) : plaintext;
  const text = env.hasBug('cleans-text') ? cleaned(narrow) : narrow;
  const whole = env.hasBug('truncates-at-64-kib') ? text.subarray(0, CUT_AT) : text;
  return { blobId: randomUUID(), plaintext, payload: sealBlob(secret, whole), env };
}

const withoutWide = (plaintext: Buffer): Buffer =>
  Buffer.from(plaintext.toString().replace(/[\u{10000}-\u{10ffff}]/gu, ''));

function cleaned(plaintext: Buffer): Buffer {
  const text = plaintext.toString().normalize('NFC').replaceAll('\uFEFF', '');
  return Buffer.from(text.replace(/[ \t\r]+$/gm, ''));
}

function pushMessage({ blobId, plaintext, payload, env }: Parcel): Extract<Message, { kind: 'push' }> {
  const isLeaked = NEED_PLAINTEXT.some((bug) => env.hasBugSomewhere(bug));
  return {
    kind: 'push',
    blobId,
    payload,
    ...(isLeaked ? { inClear: plaintext.toString().slice(0, IN_CLEAR) } : {}),
  };
}

/** Sends a push and waits for its answer. Under the bug `repeats-push` it does not wait long. */
export function deliver(client: SyncClient, parcel: Parcel): Promise<Message> {
  const message = pushMessage(parcel);
  if (parcel.env.hasBug('sends-plaintext')) client.sendInClear(parcel.plaintext);
  const first = client.request(() => message);
  return parcel.env.hasBug('repeats-push') ? impatiently(first, client, parcel) : first;
}

function impatiently(first: Promise<Message>, client: SyncClient, parcel: Parcel): Promise<Message> {
  return new Promise((resolve, reject) => {
    const again = (): void =>
      void client.request(() => pushMessage({ ...parcel, blobId: randomUUID() })).then(resolve, reject);
    const timer = setTimeout(again, parcel.env.times.impatientMs);
    first.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}

/** Whom a push is for. Under the bug `pushes-to-another-group` that is nobody. */
export function groupOfPush(group: Group, env: LabEnv): Group {
  if (!env.hasBug('pushes-to-another-group')) return group;
  return { ...group, group_id: createHash('sha256').update(group.group_id).digest('base64url') };
}

import { randomBytes, randomUUID } from 'node:crypto';
import type { LabEnv } from '../lab-env.ts';
import { MAX_MESSAGE_BYTES } from '../wire/framing.ts';
import { type Blob, wireBytes } from '../wire/message.ts';
import type { Store } from './store.ts';

/** Rows in one response. */
const MOST_ROWS = 100;
/** What a response needs besides payloads: about 80 bytes of JSON a row. */
const RESPONSE_ROOM = MAX_MESSAGE_BYTES - MOST_ROWS * 120;
/** How long blobs live under the bug `expires-early`, in seconds. */
const SHORT_LIFE = 5;

/** The rows of one response; `hasMore` when some that were asked for did not fit. `limit` 0: as many as there may be. */
export function rowsFor(
  store: Store,
  lab: LabEnv,
  group: string,
  afterCursor: number,
  limit: number,
): { blobs: Blob[]; hasMore: boolean } {
  if (lab.hasBug('expires-early')) store.removeOlderThan(SHORT_LIFE);
  const found = store.after(group, afterCursor, Math.min(limit === 0 ? MOST_ROWS : limit, MOST_ROWS));
  const rows = spoiled(found, lab, () => store.ofAnotherGroup(group));
  const blobs = lab.hasBug('large-pulls-fail') ? rows : fitting(rows);
  return { blobs, hasMore: blobs.length < rows.length && !lab.hasBug('cuts-pages') };
}

/** As many rows as one response can carry, one at least. */
function fitting(rows: Blob[]): Blob[] {
  let room = RESPONSE_ROOM;
  const end = rows.findIndex((row, i) => {
    room -= wireBytes(row.payload);
    return room < 0 && i > 0;
  });
  return end < 0 ? rows : rows.slice(0, end);
}

type Foreign = Pick<Blob, 'blobId' | 'payload'>;

/** What the planted bugs make of rows; without any the rows as they are. */
function spoiled(found: Blob[], lab: LabEnv, ofAnotherGroup: () => Foreign | null): Blob[] {
  let rows = found;
  if (lab.hasBug('hides-newest')) rows = rows.slice(0, -1);
  if (lab.hasBug('flips-bit')) rows = rows.map((row) => (row.cursor % 3 === 0 ? flipped(row) : row));
  if (lab.hasBug('reorders')) rows = rows.map(({ cursor }, i) => ({ ...rows[rows.length - 1 - i], cursor }) as Blob);
  if (lab.hasBug('swaps-first-two'))
    rows = rows.map((row, i) => ({ ...(rows[i < 2 ? 1 - i : i] ?? row), cursor: row.cursor }));
  if (lab.hasBug('delivers-twice')) rows = rows.flatMap((row) => [row, row]);
  const last = rows.at(-1);
  if (last !== undefined && (lab.hasBug('hands-out-other-groups') || lab.hasBug('sends-other-groups'))) {
    // Under a cursor that is known already, so that whoever reads page by page comes to an end.
    rows = [...rows, { ...(ofAnotherGroup() ?? invented()), cursor: last.cursor }];
  }
  return rows;
}

function flipped(row: Blob): Blob {
  const payload = Buffer.from(row.payload);
  payload.writeUInt8(payload.readUInt8(payload.length - 1) ^ 1, payload.length - 1);
  return { ...row, payload };
}

/** On a relay that no other group has used yet. */
function invented(): Foreign {
  return { blobId: randomUUID(), payload: randomBytes(96) };
}

import './engine.ts';
import { existsSync, rmSync } from 'node:fs';
import { Database, type QueryResult } from 'node-sqlite3-wasm';
import type { Blob } from '../wire/message.ts';

/** Seconds a blob lives. */
const TTL = 7 * 24 * 3600;

/** The product's tables, but for its record of deliveries. Data stays in relay.db-wal until SQLite makes a checkpoint. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS group_cursors (group_id BLOB PRIMARY KEY, next_cursor INTEGER NOT NULL DEFAULT 1);
  CREATE TABLE IF NOT EXISTS blobs (
    blob_id BLOB PRIMARY KEY, group_id BLOB NOT NULL, cursor INTEGER NOT NULL, sender_id BLOB NOT NULL,
    payload BLOB NOT NULL, timestamp INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s', 'now')), UNIQUE(group_id, cursor));
  CREATE INDEX IF NOT EXISTS idx_blobs_expires ON blobs(expires_at);`;

export interface Totals {
  blobs: number;
  bytes: number;
  groups: number;
}

/** The relay's blobs, in a real SQLite file. Every call is synchronous: what returned is on the volume. */
export class Store {
  /** Made at this start. */
  readonly isNew: boolean;
  readonly #db: Database;

  /**
   * The caller already holds the relay's HTTP port, so a lock on the file is left over from a killed relay: this build of
   * SQLite locks by making the folder `relay.db.lock`, which outlives its process.
   */
  constructor(path: string) {
    rmSync(`${path}.lock`, { recursive: true, force: true });
    this.isNew = !existsSync(path);
    this.#db = new Database(path);
    // WAL without shared memory, which this build lacks, needs the exclusive mode.
    for (const pragma of ['locking_mode=EXCLUSIVE', 'journal_mode=WAL', 'synchronous=FULL']) {
      this.#db.get(`PRAGMA ${pragma}`);
    }
    this.#db.exec(SCHEMA);
  }

  /** Stores a blob once: the same id again gives the cursor it already has. */
  store(group: string, sender: string, blobId: string, payload: Buffer): number {
    const known = this.#db.get('SELECT cursor FROM blobs WHERE blob_id = ?', [idBytes(blobId)]);
    if (known !== null) return numberOf(known, 'cursor');
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const cursor = this.#insert(group, sender, blobId, payload);
      this.#db.exec('COMMIT');
      return cursor;
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  #insert(group: string, sender: string, blobId: string, payload: Buffer): number {
    const groupId = Buffer.from(group, 'base64url');
    const now = seconds();
    const cursor = this.nextCursor(groupId);
    this.#db.run(
      'INSERT INTO blobs (blob_id, group_id, cursor, sender_id, payload, timestamp, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      [idBytes(blobId), groupId, cursor, Buffer.from(sender, 'hex'), payload, now, now + TTL],
    );
    return cursor;
  }

  /** Takes a cursor of a group. */
  nextCursor(groupId: Buffer): number {
    const row = this.#db.get(
      `INSERT INTO group_cursors (group_id, next_cursor) VALUES (?, 2)
       ON CONFLICT(group_id) DO UPDATE SET next_cursor = next_cursor + 1 RETURNING next_cursor - 1 AS cursor`,
      [groupId],
    );
    return row === null ? 0 : numberOf(row, 'cursor');
  }

  after(group: string, cursor: number, limit: number): Blob[] {
    const rows = this.#db.all(
      'SELECT blob_id, cursor, payload FROM blobs WHERE group_id = ? AND cursor > ? AND expires_at > ? ORDER BY cursor LIMIT ?',
      [Buffer.from(group, 'base64url'), cursor, seconds(), limit],
    );
    return rows.map((row) => ({
      blobId: idText(bytesOf(row, 'blob_id')),
      cursor: numberOf(row, 'cursor'),
      payload: bytesOf(row, 'payload'),
    }));
  }

  maxCursor(group: string): number {
    const row = this.#db.get('SELECT MAX(cursor) AS cursor FROM blobs WHERE group_id = ?', [
      Buffer.from(group, 'base64url'),
    ]);
    return row === null ? 0 : numberOf(row, 'cursor');
  }

  /** Zeros when the database cannot be read, as in the product. */
  totals(): Totals {
    try {
      const row = this.#db.get(
        'SELECT COUNT(*) AS blobs, SUM(LENGTH(payload)) AS bytes, COUNT(DISTINCT group_id) AS groups FROM blobs',
      );
      if (row === null) return { blobs: 0, bytes: 0, groups: 0 };
      return { blobs: numberOf(row, 'blobs'), bytes: numberOf(row, 'bytes'), groups: numberOf(row, 'groups') };
    } catch {
      return { blobs: 0, bytes: 0, groups: 0 };
    }
  }

  /** Stores and reads a blob, and takes it back. */
  rehearse(payload: Buffer): void {
    const group = payload.toString('base64url');
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      this.#insert(group, '00', '00', payload);
      this.after(group, 0, 1);
      this.totals();
    } finally {
      this.#db.exec('ROLLBACK');
    }
  }

  removeExpired(): number {
    return this.#db.run('DELETE FROM blobs WHERE expires_at <= ?', seconds()).changes;
  }

  /** For the bug `expires-early`; `age` in seconds. */
  removeOlderThan(age: number): void {
    this.#db.run('DELETE FROM blobs WHERE timestamp <= ?', seconds() - age);
  }

  /** For the bug `loses-newest-on-kill`. */
  removeNewest(): void {
    this.#db.run('DELETE FROM blobs WHERE rowid = (SELECT MAX(rowid) FROM blobs)');
  }

  /** For the bug `hands-out-other-groups`: the newest blob that is not of `group`. */
  ofAnotherGroup(group: string): { blobId: string; payload: Buffer } | null {
    const row = this.#db.get('SELECT blob_id, payload FROM blobs WHERE group_id != ? ORDER BY rowid DESC LIMIT 1', [
      Buffer.from(group, 'base64url'),
    ]);
    return row === null ? null : { blobId: idText(bytesOf(row, 'blob_id')), payload: bytesOf(row, 'payload') };
  }
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

function numberOf(row: QueryResult, column: string): number {
  return Number((row as Record<string, number | bigint | null>)[column] ?? 0);
}

function bytesOf(row: QueryResult, column: string): Buffer {
  return Buffer.from((row as Record<string, Uint8Array>)[column] ?? []);
}

function idBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

function idText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

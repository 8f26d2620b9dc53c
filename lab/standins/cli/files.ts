import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, osError } from './failure.ts';

export interface Device {
  device_id: string;
  device_name: string;
  created_at: number;
}

export interface Group {
  group_id: string;
  /** The first is the primary. */
  relay_addresses: string[];
  joined_at: number;
  /** Cursor by relay address. */
  cursors: Record<string, number>;
  group_secret_hex?: string;
  salt_hex?: string;
}

/** Makes the folder, for its owner only. */
export function prepareDataDir(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true });
    chmodSync(dir, 0o700);
  } catch (error) {
    throw new Failure('Failed to create data directory', osError(error));
  }
}

export function hasDevice(dir: string): boolean {
  return existsSync(join(dir, 'device.json'));
}

export function hasGroup(dir: string): boolean {
  return existsSync(join(dir, 'group.json'));
}

export function loadDevice(dir: string): Device {
  return load<Device>(dir, 'device', "Device not initialized. Run 'sync-cli init' first.");
}

export function saveDevice(dir: string, device: Device): void {
  save(dir, 'device', device);
}

/** Older files have one `relay_address` and one `cursor`: they are read as a list and a table of one. */
export function loadGroup(dir: string): Group {
  const raw = load<Record<string, unknown>>(dir, 'group', "Not paired. Run 'sync-cli pair' first.");
  const { relay_address: oldAddress, cursor: oldCursor, ...rest } = raw;
  const addresses = raw['relay_addresses'] ?? oldAddress;
  const relays = typeof addresses === 'string' ? [addresses] : addresses;
  if (!isStrings(relays)) throw invalid('group', 'missing field `relay_addresses`');
  for (const field of ['group_id', 'joined_at'])
    if (!(field in raw)) throw invalid('group', `missing field \`${field}\``);
  const cursors = raw['cursors'] ?? oldCursor ?? {};
  const table = typeof cursors === 'number' ? { [relays[0] ?? '']: cursors } : (cursors as Record<string, number>);
  return { ...(rest as unknown as Group), relay_addresses: relays, cursors: table };
}

/** Not atomic, like the product's. */
export function saveGroup(dir: string, group: Group): void {
  const { group_id, relay_addresses, joined_at, cursors, ...secrets } = group;
  save(dir, 'group', { group_id, relay_addresses, joined_at, cursors, ...secrets });
}

export function emptyGroup(dir: string): void {
  writeFileSync(join(dir, 'group.json'), '');
}

function load<T>(dir: string, what: 'device' | 'group', missing: string): T {
  let text: string;
  try {
    text = readFileSync(join(dir, `${what}.json`), 'utf8');
  } catch (error) {
    throw new Failure(missing, osError(error));
  }
  if (text.trim() === '') throw invalid(what, 'EOF while parsing a value at line 1 column 0');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(what, (error as Error).message);
  }
  if (typeof value !== 'object' || value === null) throw invalid(what, 'invalid type: expected a struct');
  return value as T;
}

function save(dir: string, what: 'device' | 'group', value: object): void {
  const path = join(dir, `${what}.json`);
  try {
    writeFileSync(path, JSON.stringify(value, null, 2));
    chmodSync(path, 0o600);
  } catch (error) {
    throw new Failure(`Failed to save ${what} configuration`, osError(error));
  }
}

function invalid(what: string, cause: string): Failure {
  return new Failure(`Invalid ${what} configuration`, cause);
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

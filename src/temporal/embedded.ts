import { spawn } from 'node:child_process';
import { chmodSync, closeSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SEARCH_ATTRIBUTES } from '../contract/names.ts';
import { openPrivateEnd, privateFolder, replacePrivate } from '../hosts/private-file.ts';
import { recentEnough, type TemporalBinary } from './binary.ts';
import { anyFreePort, isFree, listensOn, LOOPBACK } from './ports.ts';
import { identify, isAlive, type ProcessId } from './process.ts';

/** What a state folder knows of its server. Kept after the end: the next one takes the same ports, so that workers find it again. */
export interface ServerRecord {
  process: ProcessId;
  port: number;
  uiPort: number;
  binary: string;
  version: string;
  from: TemporalBinary['from'];
  /** Ended by a person: nobody but a person starts it again. */
  stopped?: true;
}

interface Ports {
  port: number;
  uiPort: number;
}

const USUAL: Ports = { port: 7233, uiPort: 8233 };
const READY_MS = 60_000;
const LARGEST_LOG_BYTES = 10 * 1024 * 1024;

/** Where everything of the embedded server lives. */
export const serverFolder = (stateDir: string): string => join(stateDir, 'temporal');

export const addressOf = (ports: Ports): string => `${LOOPBACK}:${ports.port}`;
export const uiUrlOf = (ports: Ports): string => `http://${LOOPBACK}:${ports.uiPort}`;

export function readRecord(stateDir: string): ServerRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(serverFolder(stateDir), 'server.json'), 'utf8')) as ServerRecord;
  } catch {
    return undefined;
  }
}

/** The server of this state folder, if its process lives. */
export function running(stateDir: string): ServerRecord | undefined {
  const record = readRecord(stateDir);
  return record !== undefined && isAlive(record.process) ? record : undefined;
}

/** Starts the dev server on the database of this state folder and waits until it listens. It outlives this process. */
export async function launch(stateDir: string, namespace: string, binary: TemporalBinary): Promise<ServerRecord> {
  const folder = serverFolder(stateDir);
  privateFolder(folder);
  const before = readRecord(stateDir);
  for (const wanted of [before, USUAL, await anyPorts(), await anyPorts()]) {
    if (wanted === undefined || !(await isFree(wanted.port)) || !(await isFree(wanted.uiPort))) {
      continue;
    }
    const record = await attempt(folder, wanted, namespace, binary);
    if (record !== undefined) {
      return record;
    }
  }
  throw new Error(`every port that was tried was taken by the time the server wanted it; see \`${logFile(folder)}\``);
}

const anyPorts = async (): Promise<Ports> => ({ port: await anyFreePort(), uiPort: await anyFreePort() });

const logFile = (folder: string): string => join(folder, 'server.log');

/** Undefined: another program took a port in between. */
async function attempt(
  folder: string,
  { port, uiPort }: Ports,
  namespace: string,
  binary: TemporalBinary,
): Promise<ServerRecord | undefined> {
  const log = openLog(folder);
  const offset = statSync(logFile(folder)).size;
  const words = serverWords({ port, uiPort }, join(folder, 'temporal.db'), namespace, binary.version);
  const child = privately(folder, () =>
    spawn(binary.path, words, { detached: true, stdio: ['ignore', log, log], cwd: folder }),
  );
  closeSync(log);
  let spawnError: Error | undefined;
  child.once('error', (error) => (spawnError = error));
  child.unref();
  const id = child.pid === undefined ? undefined : identify(child.pid);
  if (id !== undefined) {
    const record = { process: id, port, uiPort, binary: binary.path, version: binary.version, from: binary.from };
    write(folder, record);
    if (await listens(id, port)) {
      return record;
    }
  }
  const said = readFileSync(logFile(folder)).subarray(offset).toString('utf8');
  if (/address already in use/i.test(said)) {
    return undefined;
  }
  const evidence = spawnError?.message ?? (said.trim().split('\n').slice(-3).join('\n') || 'it ended without a word');
  throw new Error(`\`${binary.path} ${words.join(' ')}\`: ${evidence}\nThe whole log: \`${logFile(folder)}\``);
}

/** The database, and what SQLite puts beside it, holds all that runs say: 0600, also where one of before is there. */
function privately<T>(folder: string, start: () => T): T {
  for (const name of readdirSync(folder)) if (name.startsWith('temporal.db')) chmodSync(join(folder, name), 0o600);
  // A child takes the umask of the moment it is made in; there is no option for it.
  const before = process.umask(0o077);
  try {
    return start();
  } finally {
    process.umask(before);
  }
}

function serverWords({ port, uiPort }: Ports, database: string, namespace: string, version: string): string[] {
  return [
    ...['server', 'start-dev', '--ip', LOOPBACK, '--port', String(port), '--ui-port', String(uiPort)],
    ...['--db-filename', database, '--namespace', namespace, '--log-level', 'warn', '--log-format', 'json'],
    ...Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    // The UI's news come from the internet; the flag is younger than the oldest version that we take.
    ...(recentEnough(version, [1, 8, 2]) ? ['--ui-disable-news-fetch'] : []),
  ];
}

async function listens(id: ProcessId, port: number): Promise<boolean> {
  const deadline = Date.now() + READY_MS;
  while (isAlive(id)) {
    if (await listensOn(id.pid, port)) {
      return true;
    }
    if (Date.now() > deadline) {
      process.kill(id.pid, 'SIGKILL');
    }
    await pause(50);
  }
  return false;
}

function openLog(folder: string): number {
  const file = logFile(folder);
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LARGEST_LOG_BYTES) {
    renameSync(file, `${file}.1`);
  }
  return openPrivateEnd(file);
}

/** Notes that the end of the server was meant. */
export function noteStopped(stateDir: string, record: ServerRecord): void {
  write(serverFolder(stateDir), { ...record, stopped: true });
}

function write(folder: string, record: ServerRecord): void {
  replacePrivate(join(folder, 'server.json'), `${JSON.stringify(record, null, 2)}\n`);
}

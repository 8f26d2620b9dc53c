import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from './cache.ts';
import { discoveryPid, registeredRelays, startDiscovery, stopDiscovery, writeDiscoveryConfig } from './discovery.ts';
import { spreadEnvironment, writeOwnEnvironment } from './environment.ts';
import { LabError } from './error.ts';
import { fleetFileOf, writeFleet, writeSshFiles } from './fleet-file.ts';
import { isHealthy, relaysHealthy } from './health.ts';
import { installCommand, installPackages, missingPackages } from './host-packages.ts';
import { withLock } from './lock.ts';
import { chooseMachines, type MachineState } from './machines.ts';
import { defaultLabName } from './paths.ts';
import { choosePorts } from './ports.ts';
import type { MachineName } from './qemu.ts';
import { labFolder, readRecord, writeRecord, type LabRecord } from './record.ts';

export interface LabInfo extends LabRecord {
  fleetFile: string;
  up: boolean;
  machines: MachineState[];
  /** Process of the lab's discovery service; null: not running. */
  discovery: number | null;
  relays: { name: string; health: string; healthy: boolean }[];
}

export interface LabOptions {
  /** Default: of this clone. */
  name?: string;
  progress?: Progress;
}

export interface LabUpOptions extends LabOptions {
  /** The product's time constants undivided. */
  realTimes?: boolean;
  /** Bugs to plant in the stand-ins from the start, in their notation. */
  bugs?: string;
  /** Asked before Debian packages are installed on this machine. Default: no. */
  mayInstall?: (packages: string[]) => Promise<boolean>;
}

const machines = chooseMachines();
const HEALTHY_MS = 120_000;

/** Brings the lab up, or finds it up: both machines, three healthy relays, discovery, fleet file. */
export async function labUp(options: LabUpOptions = {}): Promise<LabInfo> {
  const name = options.name ?? defaultLabName();
  const progress = options.progress ?? (() => undefined);
  return exclusively(name, progress, async () => {
    const running = await labStatus({ name });
    if (running?.up) {
      progress(`the lab \`${name}\` is up already`);
      return running;
    }
    await ensurePackages(options, progress);
    const started = Date.now();
    await takeDown(name);
    const record = await newRecord(name, options, progress);
    await start(record, progress);
    progress(`the lab \`${name}\` is up: ${((Date.now() - started) / 1000).toFixed(1)} s`);
    return infoOf(record);
  });
}

async function ensurePackages({ mayInstall }: LabUpOptions, progress: Progress): Promise<void> {
  const missing = await missingPackages();
  if (missing.length === 0) return;
  if (await mayInstall?.(missing)) return installPackages(missing, progress);
  throw new LabError(
    `the lab needs packages that this machine does not have. Install them with:\n  ${installCommand(missing)}`,
    2,
  );
}

async function newRecord(name: string, options: LabUpOptions, progress: Progress): Promise<LabRecord> {
  const prepared = await machines.prepare(progress);
  progress(`machines: ${prepared.why}`);
  const ports = await choosePorts(readRecord(name)?.ports ?? null);
  const timeDivisor = options.realTimes ? 1 : 10;
  return { name, dir: labFolder(name), ...prepared, timeDivisor, bugs: options.bugs ?? '', secondPath: false, ports };
}

async function start(record: LabRecord, progress: Progress): Promise<void> {
  writeRecord(record);
  writeSshFiles(record.dir, record.image, record.ports);
  writeOwnEnvironment(record);
  writeFleet(record);
  try {
    await Promise.all([startDiscovery(record), machines.up(record)]);
    progress('  both machines answer');
    await relaysReady(record);
  } catch (error) {
    await takeDown(record.name);
    throw error;
  }
}

/** Healthy, and known to discovery: a client that starts now finds them. */
async function relaysReady({ ports }: LabRecord): Promise<void> {
  await relaysHealthy(ports.http, HEALTHY_MS);
  const deadline = Date.now() + HEALTHY_MS;
  for (;;) {
    const known = await registeredRelays(ports.discovery);
    if (known?.length === ports.http.length) return;
    if (Date.now() > deadline)
      throw new LabError(`the lab's discovery only knows \`${known?.join(' ') ?? ''}\` after ${HEALTHY_MS / 1000} s`);
    await sleep(100);
  }
}

/** Ends every process of the lab. Safe to repeat. Answers whether anything was running. */
export async function labDown(options: LabOptions = {}): Promise<boolean> {
  const name = options.name ?? defaultLabName();
  return exclusively(name, options.progress ?? (() => undefined), () => takeDown(name));
}

async function takeDown(name: string): Promise<boolean> {
  const dir = labFolder(name);
  const ran = discoveryPid(dir) !== null || machines.state(dir).some(({ pid }) => pid !== null);
  await machines.down(dir);
  await stopDiscovery(dir);
  return ran;
}

/** The lab as it was when it first came up: nothing that was done in the machines, or on Q in its folders, is left. */
export async function labReset(options: LabUpOptions = {}): Promise<LabInfo> {
  const name = options.name ?? defaultLabName();
  await labDown(options);
  rmSync(join(labFolder(name), 'q'), { recursive: true, force: true });
  return labUp(options);
}

/** null: there has never been such a lab. */
export async function labStatus(options: LabOptions = {}): Promise<LabInfo | null> {
  const record = readRecord(options.name ?? defaultLabName());
  return record && infoOf(record);
}

async function infoOf(record: LabRecord): Promise<LabInfo> {
  const state = machines.state(record.dir);
  const discovery = discoveryPid(record.dir);
  const beastUp = state.some(({ machine, pid }) => machine === 'beast' && pid !== null);
  const relays = record.ports.http.map(async (port, index) => ({
    name: `relay-${index + 1}`,
    health: `http://127.0.0.1:${port}/health`,
    healthy: beastUp && (await isHealthy(port)),
  }));
  const up = discovery !== null && state.every(({ pid }) => pid !== null);
  return {
    ...record,
    fleetFile: fleetFileOf(record.dir),
    up,
    machines: state,
    discovery,
    relays: await Promise.all(relays),
  };
}

async function runningRecord(name: string): Promise<LabRecord> {
  const record = readRecord(name);
  if (!record || discoveryPid(record.dir) === null)
    throw new LabError(`the lab \`${name}\` is not up. Start it with \`0k-chaos lab up\`.`, 2);
  return record;
}

/** As if the machine's plug was pulled. */
export async function powerCut(machine: MachineName, options: LabOptions = {}): Promise<void> {
  await machines.powerCut(await runningRecord(options.name ?? defaultLabName()), machine);
}

/** The machine alone, as it was when the lab came up. */
export async function powerOn(machine: MachineName, options: LabOptions = {}): Promise<void> {
  const record = await runningRecord(options.name ?? defaultLabName());
  await machines.powerOn(record, machine);
  if (machine === 'beast') await relaysReady(record);
}

/** With it, guardian also reaches the relays by way of Q, so that a cut between guardian and beast cuts nothing. */
export async function setSecondPath(on: boolean, options: LabOptions = {}): Promise<void> {
  const record = { ...(await runningRecord(options.name ?? defaultLabName())), secondPath: on };
  writeRecord(record);
  writeDiscoveryConfig(record);
}

/** Plants bugs in all stand-ins of a running lab; an empty text takes them out. */
export async function plantBugs(bugs: string, options: LabOptions = {}): Promise<void> {
  const record = { ...(await runningRecord(options.name ?? defaultLabName())), bugs };
  writeRecord(record);
  await spreadEnvironment(record);
}

/** One `up` or `down` of a lab at a time. */
function exclusively<T>(name: string, progress: Progress, body: () => Promise<T>): Promise<T> {
  const dir = labFolder(name);
  if (!existsSync(dir)) mkdirSync(dir, { recursive: true, mode: 0o700 });
  return withLock(
    join(dir, 'lock'),
    () => progress(`another command is working on the lab \`${name}\`: waiting for it`),
    body,
  );
}

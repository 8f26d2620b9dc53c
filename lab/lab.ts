import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { clearUnfinished, type Progress } from './cache.ts';
import { machinesOf, prepareMachines, type Choice } from './choose-machines.ts';
import { checkBugs, writeOwnEnvironment } from './environment.ts';
import { LabError } from './error.ts';
import { fleetFileOf, writeFleet, writeSshFiles } from './fleet-file.ts';
import { isHealthy, relaysReady } from './health.ts';
import { withLock } from './lock.ts';
import type { MachineState, Prepared } from './machines.ts';
import { defaultLabName } from './paths.ts';
import { choosePorts } from './ports.ts';
import { labFolder, readRecord, writeRecord, type LabRecord } from './record.ts';

export { breakLab, mendLab, powerCut, powerOn, setSecondPath, type Mended } from './switches.ts';

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

export interface LabUpOptions extends LabOptions, Choice {
  /** The product's time constants undivided. */
  realTimes?: boolean;
  /** Bugs to plant in the stand-ins from the start, in their notation. */
  bugs?: string;
}

/** Brings the lab up, or finds it up: both machines, three healthy relays, discovery, fleet file. */
export async function labUp(options: LabUpOptions = {}): Promise<LabInfo> {
  const name = options.name ?? defaultLabName();
  const progress = options.progress ?? (() => undefined);
  checkBugs(options.bugs ?? '');
  return exclusively(name, progress, async () => {
    const running = await labStatus({ name });
    if (running?.up) {
      refuseOtherOptions(running, options);
      progress(`the lab \`${name}\` is up already`);
      return running;
    }
    const started = Date.now();
    const prepared = await prepareMachines(options, labFolder(name), progress);
    progress(`machines: ${prepared.why}`);
    await takeDown(name);
    const record = await newRecord(name, prepared, options);
    await start(record, progress);
    progress(`the lab \`${name}\` is up: ${((Date.now() - started) / 1000).toFixed(1)} s`);
    return infoOf(record);
  });
}

function refuseOtherOptions(running: LabInfo, { realTimes, bugs, machines }: LabUpOptions): void {
  const wanted = [
    ...(realTimes ? ['--real-times'] : []),
    ...(bugs ? [`--bugs ${bugs}`] : []),
    ...(machines ? [`--machines ${machines}`] : []),
  ];
  const asked = wanted.join(' ');
  const sameMachines = machines === undefined || machines === running.kind;
  if (sameMachines && (!realTimes || running.timeDivisor === 1) && (!bugs || running.bugs === bugs)) return;
  throw new LabError(
    `the lab \`${running.name}\` is up, but not with \`${asked}\`. Use \`0k-chaos lab reset ${asked}\`.`,
    2,
  );
}

async function newRecord(name: string, prepared: Prepared, options: LabUpOptions): Promise<LabRecord> {
  const ports = await choosePorts(readRecord(name)?.ports ?? null);
  const quick = prepared.accelerator === 'tcg' ? 5 : 10;
  const timeDivisor = options.realTimes ? 1 : quick;
  return { name, dir: labFolder(name), ...prepared, timeDivisor, bugs: options.bugs ?? '', secondPath: false, ports };
}

async function start(record: LabRecord, progress: Progress): Promise<void> {
  writeRecord(record);
  writeSshFiles(record.dir, record.image, record.ports);
  writeOwnEnvironment(record);
  writeFleet(record);
  try {
    await machinesOf(record).up(record);
    progress('  both machines answer');
    await relaysReady(record.ports);
  } catch (error) {
    await takeDown(record.name);
    throw error;
  }
}

/** Ends every process of the lab. Safe to repeat. Answers whether anything was running. */
export async function labDown(options: LabOptions = {}): Promise<boolean> {
  const name = options.name ?? defaultLabName();
  return exclusively(name, options.progress ?? (() => undefined), () => takeDown(name));
}

async function takeDown(name: string): Promise<boolean> {
  await clearUnfinished();
  const record = readRecord(name);
  if (!record) return false;
  const machines = machinesOf(record);
  const ran =
    (await machines.discoveryPid(record)) !== null || (await machines.state(record)).some(({ pid }) => pid !== null);
  await machines.down(record);
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
  const machines = machinesOf(record);
  const [state, discovery] = await Promise.all([machines.state(record), machines.discoveryPid(record)]);
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

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { renderTable } from '../src/report/table.ts';
import { TestLab } from '../test/e2e/test-lab.ts';
import { benchCatalogue } from './catalogue.bench.ts';
import { benchExec } from './exec.bench.ts';
import type { Row, Sshd } from './exec.bench.ts';
import type { GuidePlaces } from './guide/harness.ts';
import { benchInject } from './inject.bench.ts';
import { benchMemory, benchRecovery, benchTemporal } from './lab.bench.ts';
import { readWords, type PartName } from './words.ts';

const RESULTS = fileURLToPath(new URL('./results/', import.meta.url));
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const { parts, scenarios, machines } = readWords(process.argv.slice(2));

/** Where a machine of the lab is reached, for the raw side of the comparisons. */
function sshdOf({ config }: TestLab, machine: string): Sshd {
  const ssh = config.fleet.machines[machine]?.ssh;
  const { host = '', port = 22, user = '', identityFile = '', knownHostsFile = '' } = ssh ?? {};
  return { host, port, user, identityFile, knownHostsFile };
}

async function placesOf(lab: TestLab): Promise<GuidePlaces> {
  const address = lab.config.fleet.machines['guardian']?.addresses[0] ?? '';
  const { stdout } = await lab.hosts.get('guardian').exec(['ip', '-o', 'addr', 'show', 'to', address]);
  const mesh = /^\d+: (\S+) /.exec(stdout)?.[1] ?? 'eth0';
  return { fleet: lab.config.fleet, sshd: { beast: sshdOf(lab, 'beast'), guardian: sshdOf(lab, 'guardian') }, mesh };
}

type Part = (lab: TestLab) => Promise<Row[]>;

const PARTS: Record<PartName, Part> = {
  memory: async (lab) => [await benchMemory(lab)],
  exec: (lab) => benchExec(sshdOf(lab, 'guardian'), 300),
  inject: (lab) => benchInject(lab.hosts.get('guardian', 'heal')),
  temporal: async (lab) => [await benchTemporal(lab)],
  recovery: async (lab) => [await benchRecovery(lab)],
  catalogue: async (lab) =>
    benchCatalogue(lab, await placesOf(lab), `${RESULTS}catalogue-${lab.lab.kind}-${today()}.json`, scenarios),
};

const today = (): string => new Date().toISOString().slice(0, 10);

interface Results {
  machine: Record<string, string | number>;
  /** The newest of each, with its time. */
  rows: (Row & { at: string })[];
}

/** One file a day; a part that is measured again replaces its rows. */
function write(rows: Row[]): string {
  const at = new Date().toISOString();
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    kernel: release(),
    node: process.version,
  };
  mkdirSync(RESULTS, { recursive: true });
  const file = `${RESULTS}${at.slice(0, 10)}.json`;
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results).rows : [];
  const kept = before.filter(({ name }) => !rows.some((row) => row.name === name));
  const results: Results = { machine, rows: [...kept, ...rows.map((row) => ({ ...row, at }))] };
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  return file;
}

const lab = await TestLab.up(`bench-${process.pid}`, machines);
try {
  const rows: Row[] = [];
  for (const name of parts) {
    say(`measuring: ${name}`);
    rows.push(...(await PARTS[name](lab)));
  }
  const cells = rows.map((row) => [
    row.name,
    `${row.ours}`,
    `${row.theirs}`,
    `${row.ratio}`,
    `${row.atLeast ? '≥' : '≤'} ${row.bar}`,
    (row.atLeast ? row.ratio >= row.bar : row.ratio <= row.bar) ? 'holds' : 'FALLS SHORT',
  ]);
  say(`\n${renderTable(['measured side by side', 'ours', 'theirs', 'ratio', 'bar', ''], cells)}\n`);
  for (const { name, note } of rows) if (note !== undefined) say(`${name}: ${note}`);
  say(`written to ${write(rows)}`);
} finally {
  await lab.down();
}
process.exit();

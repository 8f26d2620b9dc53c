import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { renderTable } from '../src/report/terminal.ts';
import { TestLab } from '../test/e2e/test-lab.ts';
import { benchExec } from './exec.bench.ts';
import type { Row, Sshd } from './exec.bench.ts';
import { benchInject } from './inject.bench.ts';
import { benchMemory, benchRecovery, benchTemporal } from './lab.bench.ts';

const RESULTS = fileURLToPath(new URL('./results/', import.meta.url));
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Where a machine of the lab is reached, for the raw side of the comparisons. */
function sshdOf({ config }: TestLab, machine: string): Sshd {
  const ssh = config.fleet.machines[machine]?.ssh;
  const { host = '', port = 22, user = '', identityFile = '', knownHostsFile = '' } = ssh ?? {};
  return { host, port, user, identityFile, knownHostsFile };
}

async function measure(lab: TestLab): Promise<Row[]> {
  const rows: Row[] = [];
  const add = (...more: Row[]): void => {
    rows.push(...more);
    for (const { name, ours, theirs, ratio, bar } of more) say(`${name}: ${ours} / ${theirs} = ${ratio} (bar ${bar})`);
  };
  add(await benchMemory(lab));
  add(...(await benchExec(sshdOf(lab, 'guardian'), 100)));
  add(...(await benchInject(lab.hosts.get('guardian', 'heal'))));
  add(await benchTemporal(lab));
  add(await benchRecovery(lab));
  return rows;
}

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
  writeFileSync(file, `${JSON.stringify({ at, machine, rows }, null, 2)}\n`);
  return file;
}

const lab = await TestLab.up(`bench-${process.pid}`);
try {
  const rows = await measure(lab);
  const cells = rows.map((row) => [
    row.name,
    `${row.ours}`,
    `${row.theirs}`,
    `${row.ratio}`,
    `≤ ${row.bar}`,
    row.ratio <= row.bar ? 'holds' : 'FALLS SHORT',
  ]);
  say(`\n${renderTable(['measured side by side', 'ours', 'theirs', 'ratio', 'bar', ''], cells)}\n`);
  say(`written to ${write(rows)}`);
} finally {
  await lab.down();
}
process.exit();

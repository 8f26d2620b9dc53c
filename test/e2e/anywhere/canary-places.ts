import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { rootShell } from '../../../src/hosts/as-root.ts';
import { HostError } from '../../../src/hosts/host.ts';
import type { TestLab } from '../test-lab.ts';

/** One place that was searched, and all that stood there. */
export interface Place {
  name: string;
  content: Buffer;
}

/** Every workflow of the server: histories, memos, search attributes. */
export async function histories({ client }: TestLab): Promise<Place[]> {
  const places: Place[] = [];
  for await (const { workflowId, runId, raw } of client.workflow.list()) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const text = `${historyToJSON(history)}\n${JSON.stringify(raw)}`;
    places.push({ name: `the history of ${workflowId}`, content: Buffer.from(text) });
  }
  return places;
}

/** Journals, artefacts, logs, the server's database: everything but the key itself. */
export const filesOf = (dir: string, left: string[] = []): Place[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
    .filter(({ entry, path }) => entry.isFile() && !left.includes(path))
    .map(({ path }) => ({ name: path, content: readFileSync(path) }));

/** Logs of the relays, and whatever lies in the ledgers, temporary folders, logs and homes of a machine. */
export async function machinePlaces(lab: TestLab, machine: string): Promise<Place[]> {
  const host = lab.hosts.get(machine);
  const { stdout } = await rootShell(host, DREDGE, { maxBytes: 128 * 1024 * 1024, timeoutMs: 120_000 });
  return [{ name: `logs, ledgers, homes and temporary folders of ${machine}`, content: Buffer.from(stdout, 'base64') }];
}

const DREDGE = `{
find /tmp /var/tmp /dev/shm /run /var/log /var/lib/0k-chaos /home /root -xdev -type f -size -4096k -exec cat {} + 2>/dev/null
if command -v docker >/dev/null; then for c in $(docker ps -aq); do docker logs "$c" 2>&1; docker inspect "$c"; done; fi
} | base64 -w 0`;

/** What stands in the process lists of a machine, commands and environments, for as long as it is watched. */
export class ProcessWatch {
  readonly machine: string;
  #seen = '';
  readonly #stop = new AbortController();
  readonly #watching: Promise<unknown>;

  constructor(lab: TestLab, machine: string) {
    this.machine = machine;
    this.#watching = this.#watch(lab);
  }

  /** Every text that matched so far. */
  all(pattern: RegExp): string[] {
    return [...this.#seen.matchAll(pattern)].map(([text]) => text);
  }

  async end(): Promise<Place> {
    this.#stop.abort();
    await this.#watching;
    return { name: `the process lists of ${this.machine}`, content: Buffer.from(this.#seen, 'latin1') };
  }

  async #watch(lab: TestLab): Promise<void> {
    const host = lab.hosts.get(this.machine);
    const onOutput = (chunk: Buffer): void => void (this.#seen += chunk.toString('latin1'));
    const options = { onOutput, signal: this.#stop.signal, timeoutMs: 1_200_000, maxBytes: 1024 };
    await rootShell(host, SAMPLE, options).catch((error: unknown) => {
      if (!(error instanceof HostError && error.kind === 'aborted')) throw error;
    });
  }
}

/** Each line once, a process's words in one line. Two programs a look: who is started for each process misses those that are short. */
const SAMPLE = `
while :; do
  tail -n +1 /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' ' '
  echo
  sleep 0.05
done | awk '!seen[$0]++ { print; fflush() }'`;

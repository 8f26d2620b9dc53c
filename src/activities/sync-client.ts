import type { Argv } from '../faults/argv.ts';
import { ownerOf, type RunRef } from '../contract/run.ts';
import type { ExecOptions, ExecResult } from '../hosts/host.ts';
import type { SyncCli } from '../zerok/commands.ts';
import { nextPage, parsePull } from '../zerok/pull-output.ts';
import type { PullResult } from '../zerok/pull-output.ts';
import { pullAfter } from '../zerok/commands.ts';
import { shortId } from './admit.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { containerOf } from './relays.ts';

const PAGES = 100;
const OUTPUT_BYTES = 4 * 1024 * 1024;

/** One client of the fleet during one run: on a machine or in a container, with a data folder of the run's own. */
export class SyncClient {
  readonly name: string;
  readonly cli: SyncCli;
  /** The run, as in the ledgers. */
  readonly owner: string;
  /** The folder that the run owns on the client; `cli.dataDir` and scratch folders are in it. */
  readonly root: string;
  readonly #deps: Deps;
  #container: string | undefined;

  constructor(deps: Deps, run: RunRef, name: string) {
    const client = deps.fleet.clients[name];
    if (!client)
      throw failure('BadInput', `No client \`${name}\` (known: ${Object.keys(deps.fleet.clients).join(', ')})`);
    this.#deps = deps;
    this.name = name;
    this.owner = ownerOf(run);
    this.root = `${client.data}/0k-chaos-${shortId(this.owner)}`;
    this.cli = { command: client.command, dataDir: `${this.root}/main` };
  }

  get machine(): string {
    return this.#deps.fleet.clients[this.name]?.machine ?? '';
  }

  /** Asks like the client itself, and moves none of its cursors: for looks from cursor 0. */
  get watching(): SyncCli {
    return this.scratch('watch');
  }

  /** The same client with a data folder beside the main one. */
  scratch(purpose: string): SyncCli {
    return { ...this.cli, dataDir: `${this.root}/${purpose}` };
  }

  async exec(argv: Argv, options: ExecOptions = {}): Promise<ExecResult> {
    const whole = { timeoutMs: this.#deps.fleet.times.commandSeconds * 1000, maxBytes: OUTPUT_BYTES, ...options };
    const host = this.#deps.hosts.get(this.machine);
    const service = this.#deps.fleet.clients[this.name]?.service;
    if (service === undefined) return host.exec(argv, whole);
    this.#container ??= (await containerOf(this.#deps, this.name, this.machine, service)).id;
    return host.docker().exec(this.#container, argv, whole);
  }

  /** Runs a fixed script of ours; `words` are its `$1`, `$2`, …. @throws CommandFailed */
  async script(text: string, words: Argv, options: ExecOptions = {}): Promise<string> {
    const result = await this.exec(['sh', '-c', text, 'sh', ...words], options);
    if (result.exitCode === 0) return result.stdout;
    throw failure(
      'CommandFailed',
      `${this.name} on ${this.machine}: \`${text} ${words.join(' ')}\` exited ${result.exitCode}: ${result.stderr.trim()}`,
    );
  }

  /** All that the run has on the client. @throws CommandFailed */
  async remove(options: ExecOptions = {}): Promise<void> {
    await this.script('rm -rf -- "$1"', [this.root], options);
  }

  /** Everything after a cursor, page by page; stops at the first page that failed. */
  async pullAll(cli: SyncCli, options: ExecOptions = {}, after = 0): Promise<PullResult[]> {
    const pages: PullResult[] = [];
    let cursor: number | undefined = after;
    while (cursor !== undefined && pages.length < PAGES) {
      const page = parsePull(await this.exec(pullAfter(cli, cursor), options));
      pages.push(page);
      const next = nextPage(page);
      cursor = next === cursor ? undefined : next;
    }
    return pages;
  }
}

/** Distinct enough to be searched for in logs. */
export const deviceNameOf = (run: RunRef, client: string): string =>
  `0k-chaos-${client}-${shortId(`${run.workflowId}/${run.runId}`)}`;

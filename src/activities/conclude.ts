import { readFileSync } from 'node:fs';
import type { Steps } from '../contract/steps.ts';
import { journalOf, parseJournal } from '../report/journal.ts';
import type { Deps } from './deps.ts';
import { beating } from './heartbeat.ts';
import { RunFolder } from './journal.ts';
import { SyncClient } from './sync-client.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Writes journal.json and removes what the run left on the clients. A client that cannot be reached is noted, not waited for. */
export const conclude = (deps: Deps): Steps['conclude'] =>
  async function conclude({ run, input, result, clients }) {
    return beating(async () => {
      const folder = new RunFolder(deps.stateDir, run);
      await Promise.all(clients.map((name) => tidy(deps, folder, new SyncClient(deps, run, name))));
      const journal = folder.file('journal.json');
      if (result.verdict === 'passed' && saysLess(folder)) return journal;
      const events = folder.events();
      const endedAt = new Date().toISOString();
      const parts = {
        ...{ result: { ...result, journal }, input, fleet: deps.fleet.name },
        ...{ startedAt: events[0]?.at ?? endedAt, endedAt },
        versions: { '0k-chaos': version, node: process.versions.node },
      };
      return folder.write('journal.json', `${JSON.stringify(journalOf(events, parts), null, 2)}\n`);
    });
  };

/** The run has ended otherwise since: an attempt that was taken for dead comes too late. */
function saysLess(folder: RunFolder): boolean {
  const read = parseJournal(folder.read('journal.json'));
  return 'journal' in read && read.journal.result.verdict !== 'passed';
}

async function tidy(deps: Deps, folder: RunFolder, client: SyncClient): Promise<void> {
  const timeoutMs = Math.min(deps.fleet.times.commandSeconds, 20) * 1000;
  try {
    await client.remove({ timeoutMs });
  } catch (error) {
    folder.record({
      kind: 'note',
      machine: client.machine,
      summary: `${client.name}: ${client.root} stays: ${(error as Error).message}`,
    });
  }
}

import type { Inquest } from '../../src/activities/invariants/index.ts';
import { RunFolder } from '../../src/activities/journal.ts';
import type { MessageBook } from '../../src/activities/message-book.ts';
import type { Deps } from '../../src/activities/deps.ts';

const RUN = { scenario: 's', workflowId: 'w', runId: 'r' };
export const SECRET = 'nobody but the clients of this run may read this sentence';

/** Of a run without clients that has pushed one message, `SECRET`; its folder is in the state folder of `deps`. */
export function inquestOf(deps: Deps, signal = new AbortController().signal): Inquest {
  const seen = { canary: null, deliveries: [], broken: [], unknown: [], outside: [], findings: [] };
  const ask = { run: RUN } as unknown as Inquest['ask'];
  const book = { texts: () => new Map([[SECRET, 'm-1']]) } as unknown as MessageBook;
  const folder = new RunFolder(deps.stateDir, RUN);
  return {
    ...{ deps, folder, book, ask, clients: [], messages: [], whileWhole: [], strays: new Set<string>(), signal },
    seen,
  };
}

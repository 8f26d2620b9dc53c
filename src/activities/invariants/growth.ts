import type { Invariants } from '../../contract/steps.ts';
import type { Sighting } from '../../zerok/account.ts';
import { matchPulled } from '../../zerok/match-pulled.ts';
import { judgeVitals } from '../../zerok/relay-vitals.ts';
import { vitalsBefore, vitalsOf } from '../vitals.ts';
import type { Inquest } from './index.ts';

/** Memory, open files and counters of every relay against what they were before the run. */
export async function vitalsStillGood(inquest: Inquest, sightings: Sighting[]): Promise<void> {
  const { deps, folder, book, seen } = inquest;
  const before = vitalsBefore(folder);
  const texts = book.texts();
  for (const now of await vitalsOf(deps, folder, 'after')) {
    const was = before.find(({ relay }) => relay === now.relay);
    if (!was) continue;
    const pages = sightings.find(({ relay }) => relay === now.relay)?.pages ?? [];
    const rows = matchPulled(pages, texts.keys()).found.reduce((sum, { copies }) => sum + copies, 0);
    const { broken, findings, unknown } = judgeVitals(was, now, { rows, log: folder.read(`logs/${now.relay}.log`) });
    seen.findings.push(...findings);
    seen.unknown.push(...unknown);
    if (unknown.length > 0) excuseLoss(seen);
    seen.broken.push(...broken);
  }
}

/** Where a relay's clock jumped, what it keeps for a time may be gone by right: nobody can say. */
function excuseLoss(seen: Invariants): void {
  seen.unknown.push(...seen.broken.filter(({ id }) => id === 'lost').map(({ message }) => message));
  seen.broken = seen.broken.filter(({ id }) => id !== 'lost');
}

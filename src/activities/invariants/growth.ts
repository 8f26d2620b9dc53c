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
    const { broken, findings, clockJumps } = judgeVitals(was, now, { rows, log: folder.read(`logs/${now.relay}.log`) });
    seen.findings.push(...findings);
    seen.broken.push(...broken);
    seen.clockJumps.push(...clockJumps);
  }
}

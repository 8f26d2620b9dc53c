import type { Sighting } from '../../zerok/account.ts';
import { matchPulled } from '../../zerok/match-pulled.ts';
import { judgeVitals } from '../../zerok/relay-vitals.ts';
import { vitalsBefore, vitalsOf } from '../vitals.ts';
import type { Inquest } from './index.ts';

/** Memory, open files and counters of every relay against what they were before the run. */
export async function vitalsStillGood(inquest: Inquest, sightings: Sighting[]): Promise<void> {
  const { deps, ask, folder, book, seen } = inquest;
  const before = vitalsBefore(folder);
  const texts = book.texts();
  for (const now of await vitalsOf(deps, folder, 'after')) {
    const was = before.find(({ relay }) => relay === now.relay);
    if (!was) continue;
    const pages = sightings.find(({ relay }) => relay === now.relay)?.pages ?? [];
    const rows = matchPulled(pages, texts.keys()).found.reduce((sum, { copies }) => sum + copies, 0);
    const log = folder.read(`logs/${now.relay}.log`);
    const told = { rows, log, isBroken: ask.broken.includes(now.relay) };
    const { broken, findings, outside } = judgeVitals(was, now, told);
    seen.findings.push(...findings);
    seen.broken.push(...broken);
    seen.outside.push(...outside);
  }
}

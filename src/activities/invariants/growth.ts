import type { Sighting } from '../../zerok/account.ts';
import { matchPulled } from '../../zerok/match-pulled.ts';
import { isAnswer } from '../../zerok/pull-output.ts';
import { judgeVitals, type RelayVitals, type Seen } from '../../zerok/relay-vitals.ts';
import { vitalsBefore, vitalsOf } from '../vitals.ts';
import type { Inquest } from './index.ts';

/** Memory, open files and counters of every relay against what they were before the run. */
export async function vitalsStillGood(inquest: Inquest, sightings: Sighting[]): Promise<void> {
  const { deps, ask, folder, seen } = inquest;
  const before = vitalsBefore(folder);
  for (const now of await vitalsOf(deps, folder, 'after')) {
    const was = before.find(({ relay }) => relay === now.relay);
    if (!was) continue;
    const log = folder.read(`logs/${now.relay}.log`);
    const own = (ask.containerFaults ?? []).filter(({ target }) => target === now.relay);
    const told = { ...servedBy(inquest, now.relay, sightings), log, own, ...(await pauseOf(inquest, was, now)) };
    const { broken, findings, outside } = judgeVitals(was, now, told);
    seen.findings.push(...findings);
    seen.broken.push(...broken);
    seen.outside.push(...outside);
  }
}

/** An engine that does not tell its events says nothing of pauses. */
async function pauseOf({ deps }: Inquest, was: RelayVitals, now: RelayVitals): Promise<Pick<Seen, 'pausedAt'>> {
  const [since, until] = [was.machineSeconds, now.machineSeconds];
  if (since === null || until === null || since > until || !now.container) return {};
  const docker = deps.hosts.get(deps.fleet.relays[now.relay]?.machine ?? '').docker();
  const pausedAt = await docker.pausedAt(now.container, since, until).catch(() => undefined);
  return pausedAt === undefined ? {} : { pausedAt };
}

/** What clients are known to have got from a relay; what it holds by the first of them. */
function servedBy({ book }: Inquest, relay: string, sightings: Sighting[]): Pick<Seen, 'rows' | 'bytes' | 'pulls'> {
  const asked = sightings.filter((sighting) => sighting.relay === relay);
  const { found } = matchPulled(asked[0]?.pages ?? [], book.texts().keys());
  const answered = asked.flatMap(({ pages }) => pages).filter(isAnswer);
  return {
    rows: found.reduce((sum, { copies }) => sum + copies, 0),
    bytes: found.reduce((sum, { copies, text }) => sum + copies * Buffer.byteLength(text), 0),
    pulls: answered.length,
  };
}

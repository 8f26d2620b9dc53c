import type { Fleet } from '../fleet/schema.ts';
import type { Intent } from './recording-chaos.ts';

/** Checks, group, baseline and journal, where every machine answers slowly. Measured on the lab: 5 to 15 s. */
const FRAME_SECONDS = 120;
/** Arm, inject, and the measurement of the effect before and after. */
const INJECT_SECONDS = 60;

/** Seconds that a run takes when each wait lasts to the deadline that the fleet gives it. Pure. */
export function worstCaseSeconds(intents: Intent[], { times }: Pick<Fleet, 'times'>): number {
  const seconds = intents.map((intent) => secondsOf(intent, times));
  const unhealed = intents.filter(({ does }) => does === 'inject').length - intents.filter(isHeal).length;
  const putBack = Math.max(0, unhealed) * times.healthySeconds + times.deliverSeconds + times.healthySeconds;
  return seconds.reduce((sum, one) => sum + one, FRAME_SECONDS + putBack);
}

const isHeal = ({ does }: Intent): boolean => does === 'heal';

function secondsOf(intent: Intent, times: Fleet['times']): number {
  switch (intent.does) {
    case 'inject':
      return INJECT_SECONDS;
    case 'heal':
      return times.healthySeconds;
    case 'push':
      return times.commandSeconds * intent.count;
    case 'expect delivered':
      return times.deliverSeconds + times.commandSeconds;
    case 'expect missing':
    case 'expect push fails':
      return times.commandSeconds;
    case 'look':
      return times.deliverSeconds;
  }
}

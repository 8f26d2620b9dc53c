import { ask } from '../discovery/ask.ts';
import type { Resolved } from '../discovery/protocol.ts';
import type { LabEnv } from '../lab-env.ts';

/** ms between questions, and without an answer until the relay takes itself for cut off. */
const INTERVAL = 1000;
const CUT_OFF = 3000;

/**
 * Whether nobody can connect any more, though the relay runs: the bug `data-port-dead`, and `deaf-after-partition` once the
 * relay was cut off. It knows by the discovery service, which answers whoever can reach it.
 */
export function deafness(id: string, env: () => LabEnv): () => boolean {
  let wasCutOff = false;
  let isAsking = false;
  setInterval(() => {
    const lab = env();
    if (!lab.hasBug('deaf-after-partition')) wasCutOff = false;
    else if (!isAsking && !wasCutOff) {
      isAsking = true;
      void ask<Resolved>(lab.discovery, { op: 'resolve', id }, CUT_OFF).then((answer) => {
        wasCutOff = answer === null;
        isAsking = false;
      });
    }
  }, INTERVAL);
  return () => {
    const lab = env();
    return lab.hasBug('data-port-dead') || (wasCutOff && lab.hasBug('deaf-after-partition'));
  };
}

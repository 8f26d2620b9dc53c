import { resolveTarget } from '../../fleet/select.ts';
import type { Deps } from '../deps.ts';
import type { Gauge, Numbers } from './index.ts';

/** Far less than a lease: what is sent while the cut stands arrives once it has ended, and would look like an answer. */
const PATIENCE_MS = 6_000;

/** Where control is cut as well, the proof is that we do not get there any more. */
export function measureControl(deps: Deps, name: string): Gauge {
  const { machine } = resolveTarget(deps.fleet, name);
  const look = async (): Promise<Numbers> => ({ control: await reached(deps, machine) });
  return {
    before: look,
    after: look,
    during: async (before) => {
      const during = await look();
      const bit = before['control'] === 'reached' && during['control'] !== 'reached';
      return { bit, how: `control of ${machine}: ${before['control']} → ${during['control']}`, before, during };
    },
  };
}

async function reached({ hosts }: Deps, machine: string): Promise<'reached' | 'lost'> {
  try {
    await hosts.get(machine).exec(['true'], { timeoutMs: PATIENCE_MS });
    return 'reached';
  } catch {
    return 'lost';
  }
}

import type { Steps } from '../contract/steps.ts';
import { resolveTarget } from '../fleet/select.ts';
import type { Deps } from './deps.ts';
import { beating } from './heartbeat.ts';
import { ledgerOf } from './leases.ts';

/** Looks at each fault where it stands. What cannot be looked at is not gone. */
export const gone = (deps: Deps): Steps['gone'] =>
  async function gone({ faults }) {
    return beating(async () => {
      const looks = faults.map(async ({ id, target }) => {
        const { machine } = resolveTarget(deps.fleet, target);
        const [entry] = await ledgerOf(deps, machine).list({ ids: [id], probe: true });
        if (entry === undefined) return [`the fault on ${target} is in no ledger`];
        if (entry.state !== 'leased') return [`the fault on ${target} is ${entry.state}`];
        return entry.standing === false ? [`\`${entry.lease.summary}\` does not stand any more`] : [];
      });
      return (await Promise.all(looks)).flat();
    });
  };

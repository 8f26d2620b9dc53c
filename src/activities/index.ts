import type { RunRef } from '../contract/run.ts';
import { TRIED_WITHOUT_END, type Steps } from '../contract/steps.ts';
import type { SuiteSteps } from '../contract/suite-steps.ts';
import type { SweepSteps } from '../contract/sweep.ts';
import { admit } from './admit.ts';
import { arrange } from './arrange.ts';
import { conclude } from './conclude.ts';
import { awaitDelivery, heldBy, look } from './deliveries.ts';
import type { Deps } from './deps.ts';
import { refuseOtherFleet } from './door.ts';
import { endpoint } from './endpoint.ts';
import { asFailure, asRetried } from './failures.ts';
import { gone } from './gone.ts';
import { heal } from './heal.ts';
import { hold } from './hold.ts';
import { inject } from './inject.ts';
import { invariants } from './invariants/index.ts';
import { lock, unlock } from './lock.ts';
import { prepare } from './prepare.ts';
import { push } from './push.ts';
import { reconfigure } from './reconfigure.ts';
import { concludeSuite } from './suite-conclude.ts';
import { planSuite } from './suite-plan.ts';
import { sweepMachines } from './sweep-machines.ts';
import { verify } from './verify.ts';
import { watchGuards } from './watch-guards.ts';

type Activities = Steps & SuiteSteps & SweepSteps;

/** The activities, each under the name that histories store. What hosts throw becomes one of our kinds of failure. */
export function createActivities(deps: Deps): Activities {
  const steps: Activities = {
    admit: admit(deps),
    lock: lock(deps),
    unlock: unlock(deps),
    prepare: prepare(deps),
    arrange: arrange(deps),
    hold: hold(deps),
    watchGuards: watchGuards(deps),
    inject: inject(deps),
    heal: heal(deps),
    gone: gone(deps),
    push: push(deps),
    awaitDelivery: awaitDelivery(deps),
    look: look(deps),
    heldBy: heldBy(deps),
    endpoint: endpoint(deps),
    reconfigure: reconfigure(deps),
    invariants: invariants(deps),
    verify: verify(deps),
    conclude: conclude(deps),
    planSuite: planSuite(deps),
    concludeSuite: concludeSuite(deps),
    sweepMachines: sweepMachines(deps),
  };
  return Object.fromEntries(
    Object.entries(steps).map(([name, step]) => [name, told(deps, name, step)]),
  ) as unknown as Activities;
}

function told<A, R>({ fleet }: Deps, name: string, step: (ask: A) => Promise<R>): (ask: A) => Promise<R> {
  return async (ask) => {
    try {
      refuseOtherFleet(fleet, (ask as { run?: RunRef }).run);
      return await step(ask);
    } catch (error) {
      throw TRIED_WITHOUT_END.has(name) ? asRetried(asFailure(error)) : asFailure(error);
    }
  };
}

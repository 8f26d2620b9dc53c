import { unknownWorkflow } from './unknown.ts';

// Not an accident: catalogue.ts is a list by hand.
export * from './scenarios/catalogue.ts';
export { fleetLock } from './fleet-lock.ts';
export { suite } from './suite.ts';
export { soak } from './soak.ts';
export { sweep } from './sweep.ts';

/** Takes every type that is not listed above: a misspelt name ends the run at once. */
export default unknownWorkflow;

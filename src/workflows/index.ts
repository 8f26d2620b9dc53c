import { unknownWorkflow } from './unknown.ts';

export { mr_01_relay_crash_failover } from './scenarios/mr.ts';
export { edge_01_guardian_high_latency, edge_03_guardian_partition_recovery } from './scenarios/edge.ts';
export { conv_01_convergence_after_multi_failure } from './scenarios/conv.ts';
export { fleetLock } from './fleet-lock.ts';
export { suite } from './suite.ts';
export { soak } from './soak.ts';

/** Takes every type that is not listed above: a misspelt name ends the run at once. */
export default unknownWorkflow;

import { unknownWorkflow } from './unknown.ts';

export {
  mr_01_relay_crash_failover,
  mr_02_fan_out_all_relays,
  mr_03_relay_restart_new_endpoint,
  mr_04_all_relays_down,
} from './scenarios/mr.ts';
export {
  cm_01_q_push_guardian_pull,
  cm_02_bidirectional_sync,
  cm_03_three_way_sync,
  cm_04_concurrent_push_pull,
} from './scenarios/cm.ts';
export {
  edge_01_guardian_high_latency,
  edge_02_guardian_bandwidth_limit,
  edge_03_guardian_partition_recovery,
  edge_04_guardian_slow_relay_fast_client,
} from './scenarios/edge.ts';
export {
  net_01_partition_q_beast,
  net_02_selective_relay_partition,
  net_03_asymmetric_chaos,
} from './scenarios/net.ts';
export { conv_01_convergence_after_multi_failure } from './scenarios/conv.ts';
export { fleetLock } from './fleet-lock.ts';
export { suite } from './suite.ts';
export { soak } from './soak.ts';
export { sweep } from './sweep.ts';

/** Takes every type that is not listed above: a misspelt name ends the run at once. */
export default unknownWorkflow;

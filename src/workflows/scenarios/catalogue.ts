/* Every scenario there is, each by its name: a line here makes it a workflow type, and what `list` and `run` know. */

export {
  mr_01_relay_crash_failover,
  mr_02_fan_out_all_relays,
  mr_03_relay_restart_new_endpoint,
  mr_04_all_relays_down,
} from './mr.ts';
export {
  cm_01_q_push_guardian_pull,
  cm_02_bidirectional_sync,
  cm_03_three_way_sync,
  cm_04_concurrent_push_pull,
} from './cm.ts';
export {
  edge_01_guardian_high_latency,
  edge_02_guardian_bandwidth_limit,
  edge_03_guardian_partition_recovery,
  edge_04_guardian_slow_relay_fast_client,
} from './edge.ts';
export { net_01_partition_q_beast, net_02_selective_relay_partition, net_03_asymmetric_chaos } from './net.ts';
export { conv_01_convergence_after_multi_failure } from './conv.ts';

/** Scenarios of which every way that a run can go is recorded: one fault, a fault that the body heals, and several. */
export const RECORDED_EACH_WAY = [
  'mr_01_relay_crash_failover',
  'edge_03_guardian_partition_recovery',
  'conv_01_convergence_after_multi_failure',
];

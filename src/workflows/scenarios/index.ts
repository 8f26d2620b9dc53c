import type { Scenario } from '../scenario.ts';
import { conv_01_convergence_after_multi_failure } from './conv.ts';
import { edge_01_guardian_high_latency, edge_03_guardian_partition_recovery } from './edge.ts';
import { mr_01_relay_crash_failover } from './mr.ts';

/** Every scenario by its workflow type: what `list`, `plan` and `run` know. */
export const scenarios: Record<string, Scenario> = {
  mr_01_relay_crash_failover,
  edge_01_guardian_high_latency,
  edge_03_guardian_partition_recovery,
  conv_01_convergence_after_multi_failure,
};

import type { Bug } from './bug.ts';

/** Defects of the real 0k-sync 0.1.0. */
export const REAL_DEFECTS = {
  'duplicates-after-failover': {
    in: 'client',
    real: true,
    what: 'fan-out goes to every secondary, the one that answered included, each time under a new blob id',
    caughtBy: { scenario: 'mr_01_relay_crash_failover', as: 'duplicate' },
  },
  'push-moves-cursor': {
    in: 'client',
    real: true,
    what: 'a push moves the pull cursor of its relay over what others pushed before',
    caughtBy: { scenario: 'cm_02_bidirectional_sync', as: 'plain-pull-misses' },
  },
  'primary-cursor-everywhere': {
    in: 'client',
    real: true,
    what: "a pull that fails over asks the other relay with the primary's cursor",
    caughtBy: { scenario: 'mr_01_relay_crash_failover', as: 'failover-cursor' },
  },
  'ram-dependent-groups': {
    in: 'client',
    real: true,
    what: "the cost of the key derivation follows the machine's RAM, so one passphrase gives several groups",
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'groups-differ' },
  },
  'empty-logs': {
    in: 'relay',
    real: true,
    what: "the relay's own log stays empty, whatever RUST_LOG says",
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'empty-log' },
  },
  'large-pulls-fail': {
    in: 'relay',
    real: true,
    what: 'a response is not cut at 1 MiB, so blobs that are too large together can never be pulled',
    caughtBy: { scenario: 'mr_02_fan_out_all_relays', as: 'large-pull', input: { payload: 'beyond' } },
  },
  'errors-not-counted': {
    in: 'relay',
    real: true,
    what: 'errors_total stays 0',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'errors-not-counted', beside: 'database-locked' },
  },
} as const satisfies Record<string, Bug>;

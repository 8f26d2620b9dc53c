import type { Bug } from './bug.ts';

/** What a relay can do wrong with its blobs, its connections and what it says of itself. */
export const RELAY_BUGS = {
  'forgets-on-restart': {
    in: 'relay',
    real: false,
    what: 'the relay starts with an empty database',
    caughtBy: { scenario: 'mr_03_relay_restart_new_endpoint', as: 'relay-lacks' },
  },
  'loses-newest-on-kill': {
    in: 'relay',
    real: false,
    what: 'the newest blob is gone when the relay starts after anything but SIGINT',
    caughtBy: { scenario: 'mr_04_all_relays_down', as: 'lost' },
  },
  'acks-without-storing': {
    in: 'relay',
    real: false,
    what: 'the relay acknowledges a push and throws it away',
    caughtBy: { scenario: 'mr_02_fan_out_all_relays', as: 'lost' },
  },
  'expires-early': {
    in: 'relay',
    real: false,
    what: 'blobs live 5 s, not 7 days',
    caughtBy: { scenario: 'edge_03_guardian_partition_recovery', as: 'lost' },
  },
  'hides-newest': {
    in: 'relay',
    real: false,
    what: 'a pull leaves out the newest blob until another one comes',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'not-delivered' },
  },
  'flips-bit': {
    in: 'relay',
    real: false,
    what: 'a bit of every third blob is flipped in the answer to a pull, so no client can decrypt it',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'not-delivered' },
  },
  'delivers-twice': {
    in: 'relay',
    real: false,
    what: 'a pull gives every blob twice',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'duplicate' },
  },
  reorders: {
    in: 'relay',
    real: false,
    what: 'a pull gives the blobs in the opposite order, under ascending cursors',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'out-of-order' },
  },
  'swaps-first-two': {
    in: 'relay',
    real: false,
    what: 'a pull gives the first two blobs under the cursors of each other',
    caughtBy: { scenario: 'mr_02_fan_out_all_relays', as: 'out-of-order' },
  },
  'acks-wrong-cursor': {
    in: 'relay',
    real: false,
    what: 'a push is acknowledged at the cursor after its own',
    caughtBy: { scenario: 'mr_02_fan_out_all_relays', as: 'wrong-ack' },
  },
  'stores-nothing-after-restart': {
    in: 'relay',
    real: false,
    what: 'a relay that was started with a database acknowledges pushes and throws them away',
    caughtBy: { scenario: 'mr_01_relay_crash_failover', as: 'relay-behind' },
  },
  'hands-out-other-groups': {
    in: 'both',
    real: false,
    what: 'a pull also gives a blob of another group, and the client shows what it cannot decrypt',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'altered' },
  },
  'sends-other-groups': {
    in: 'relay',
    real: false,
    what: 'a pull also gives a blob of another group, which the client cannot decrypt and leaves out',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'sends-more' },
  },
  'keeps-endpoint-id': {
    in: 'relay',
    real: false,
    what: 'the relay keeps its endpoint id over a restart',
    caughtBy: { scenario: 'mr_03_relay_restart_new_endpoint', as: 'endpoint-id-kept' },
  },
  'database-locked': {
    in: 'relay',
    real: false,
    what: 'pushes wait 5 s for the database and fail, as under `BEGIN IMMEDIATE`',
    caughtBy: { scenario: 'mr_01_relay_crash_failover', as: 'push-not-acknowledged' },
  },
  'answers-slowly': {
    in: 'relay',
    real: false,
    what: 'pushes and pulls are answered after a minute',
    caughtBy: { scenario: 'mr_02_fan_out_all_relays', as: 'push-not-acknowledged' },
  },
  'data-port-dead': {
    in: 'relay',
    real: false,
    what: 'nobody can connect any more, and health says ok',
    caughtBy: { scenario: 'mr_02_fan_out_all_relays', as: 'inconclusive' },
  },
  'deaf-after-partition': {
    in: 'relay',
    real: false,
    what: 'once cut off for 3 s nobody can connect any more, and health says ok',
    caughtBy: { scenario: 'net_02_selective_relay_partition', as: 'relay-unreachable' },
  },
  'garbles-health': {
    in: 'relay',
    real: false,
    what: 'the health page is no JSON',
    caughtBy: { scenario: 'mr_01_relay_crash_failover', as: 'inconclusive' },
  },
  'metrics-wrong': {
    in: 'relay',
    real: false,
    what: 'pushes_total counts each push twice, blobs_stored_total every second blob',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'metrics-wrong' },
  },
  'counts-no-pulls': {
    in: 'relay',
    real: false,
    what: 'pulls_total stays 0',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'metrics-wrong' },
  },
  'cuts-pages': {
    in: 'relay',
    real: false,
    what: 'a response that is cut at 1 MiB does not say that there is more',
    caughtBy: { scenario: 'mr_02_fan_out_all_relays', as: 'lost', input: { payload: 'beyond' } },
  },
  'leaks-files': {
    in: 'relay',
    real: false,
    what: 'one more open file for each connection',
    caughtBy: { scenario: 'cm_04_concurrent_push_pull', as: 'relay-open-files' },
  },
  'leaks-memory': {
    in: 'relay',
    real: false,
    what: '2 MB for each request are never given back',
    caughtBy: { scenario: 'cm_04_concurrent_push_pull', as: 'relay-memory' },
  },
} as const satisfies Record<string, Bug>;

import type { Bug } from './bug.ts';

/** What a client can do wrong. */
export const CLIENT_BUGS = {
  'no-failover': {
    in: 'client',
    real: false,
    what: 'the client tries its first relay only',
    caughtBy: { scenario: 'mr_01_relay_crash_failover', as: 'push-not-acknowledged' },
  },
  'acks-when-all-are-down': {
    in: 'client',
    real: false,
    what: 'a push that reached no relay is reported as successful',
    caughtBy: { scenario: 'mr_04_all_relays_down', as: 'push-acknowledged' },
  },
  'hangs-when-cut': {
    in: 'client',
    real: false,
    what: 'no time-out at all: what is cut off waits for ever',
    caughtBy: { scenario: 'net_01_partition_q_beast', as: 'push-hangs' },
  },
  'stays-offline': {
    in: 'client',
    real: false,
    what: 'after one command that reached no relay the machine never tries again',
    caughtBy: { scenario: 'net_01_partition_q_beast', as: 'push-not-acknowledged' },
  },
  'skips-fan-out': {
    in: 'client',
    real: false,
    what: 'the client says it fans out and does not',
    caughtBy: { scenario: 'mr_02_fan_out_all_relays', as: 'relay-lacks' },
  },
  'fans-out-to-one': {
    in: 'client',
    real: false,
    what: 'the fan-out goes to the first secondary only',
    caughtBy: { scenario: 'mr_02_fan_out_all_relays', as: 'relay-lacks' },
  },
  'repeats-push': {
    in: 'client',
    real: false,
    what: 'a push without an answer after 1.5 s is sent again, under a new blob id',
    caughtBy: { scenario: 'edge_04_guardian_slow_relay_fast_client', as: 'duplicate' },
  },
  'loses-quick-push': {
    in: 'client',
    real: false,
    what: 'a push within a second of the one before it is reported as successful and never sent',
    caughtBy: { scenario: 'cm_04_concurrent_push_pull', as: 'lost' },
  },
  'pushes-to-another-group': {
    in: 'client',
    real: false,
    what: 'pushes go to a group that nobody is in',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'lost' },
  },
  'truncates-at-64-kib': {
    in: 'client',
    real: false,
    what: 'a message is cut at 65536 bytes before it is encrypted',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'altered' },
  },
  'client-flips-bit': {
    in: 'client',
    real: false,
    what: 'a bit of every third message is flipped after it was decrypted',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'altered' },
  },
  'mangles-utf8': {
    in: 'client',
    real: false,
    what: 'messages are shown as Latin-1',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'altered' },
  },
  'ignores-cursor': {
    in: 'client',
    real: false,
    what: 'a plain pull always begins at 0',
    caughtBy: { scenario: 'cm_02_bidirectional_sync', as: 'plain-pull-repeats' },
  },
  'cleans-text': {
    in: 'client',
    real: false,
    what: 'a text is cleaned before it is encrypted: line ends, white space before them, byte order marks, composed accents',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'altered' },
  },
  'never-pushes-again': {
    in: 'client',
    real: false,
    what: 'after one command that reached no relay the machine pulls, and never pushes again',
    caughtBy: { scenario: 'edge_03_guardian_partition_recovery', as: 'not-recovered' },
  },
  'empties-group-file': {
    in: 'client',
    real: false,
    what: 'group.json is empty during a push or pull and written at its end, so one that fails leaves it empty',
    caughtBy: { scenario: 'net_01_partition_q_beast', as: 'inconclusive' },
  },
  'pull-stays': {
    in: 'client',
    real: false,
    what: 'a pull tries its first relay only',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'pull-stays' },
  },
  'shows-backwards': {
    in: 'client',
    real: false,
    what: 'a pull shows the newest message first, each under its own cursor',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'out-of-order', input: { payload: 'lines' } },
  },
  'loses-wide-characters': {
    in: 'client',
    real: false,
    what: 'characters of four bytes are left out before a text is encrypted',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'altered' },
  },
} as const satisfies Record<string, Bug>;

import type { Bug } from './bug.ts';

/** What gets out that must not. For the plaintext a relay has no key: the client sends it beside the blob. */
export const LEAKS = {
  'logs-plaintext': {
    in: 'both',
    real: false,
    what: 'the client sends its message in clear beside the blob, the relay logs it',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'leak-log' },
  },
  'logs-base64': {
    in: 'both',
    real: false,
    what: 'the client sends its message in clear beside the blob, the relay logs it as base64',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'leak-log' },
  },
  'logs-hex': {
    in: 'both',
    real: false,
    what: 'the client sends its message in clear beside the blob, the relay logs it as hex',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'leak-log' },
  },
  'logs-utf16': {
    in: 'both',
    real: false,
    what: 'the client sends its message in clear beside the blob, the relay logs it as UTF-16',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'leak-log' },
  },
  'logs-dump': {
    in: 'both',
    real: false,
    what: 'the client sends its message in clear beside the blob, the relay logs it as lines of hex, 16 bytes each',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'leak-log' },
  },
  'stores-gzip': {
    in: 'both',
    real: false,
    what: 'the client sends its message in clear beside the blob, the relay keeps it, compressed, in a file beside its database',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'leak-storage' },
  },
  'tells-in-header': {
    in: 'both',
    real: false,
    what: 'the client sends its message in clear beside the blob, the relay tells the last one in a header of /health',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'leak-page' },
  },
  'stores-plaintext': {
    in: 'both',
    real: false,
    what: 'the client sends its message in clear beside the blob, the relay keeps it in a file beside its database',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'leak-storage' },
  },
  'shows-plaintext': {
    in: 'both',
    real: false,
    what: 'the client sends its message in clear beside the blob, the relay shows the last one at /metrics',
    caughtBy: { scenario: 'mr_02_fan_out_all_relays', as: 'leak-page' },
  },
  'writes-plaintext-elsewhere': {
    in: 'both',
    real: false,
    what: 'the client sends its message in clear beside the blob, the relay keeps it in a temporary file, not on its volume',
    caughtBy: { scenario: 'mr_02_fan_out_all_relays', as: 'leak-storage' },
  },
  'crashes-on-utf8': {
    in: 'both',
    real: false,
    what: 'the relay ends with code 101 at a message that is not ASCII',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'push-not-acknowledged' },
    endsRelay: true,
  },
  'sends-plaintext': {
    in: 'client',
    real: false,
    what: 'the message also travels in clear, in a datagram of its own',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'leak-wire' },
  },
  'logs-names': {
    in: 'relay',
    real: false,
    what: 'the relay logs the device names of its clients',
    caughtBy: { scenario: 'cm_01_q_push_guardian_pull', as: 'leak-name' },
  },
} as const satisfies Record<string, Bug>;

/**
 * Everything that can be found wrong with 0k-sync, by its name in results, journals and `known-defects.yml`: what it means, and
 * where to look. Names are a public interface: never renamed.
 */
export const FINDINGS = {
  'push-not-acknowledged': ['A push that had to succeed was refused, or nobody knows.', 'the client: its failover'],
  'push-acknowledged': ['A push that had to fail was acknowledged.', 'the client: what it takes for an answer'],
  'push-unexplained': ['A push that had to fail did not say why.', 'what the client prints of its errors'],
  'push-hangs': ['A push that had to fail did not end by itself.', 'the client: its time-outs'],
  'not-delivered': ['A message did not reach a client in time.', 'the relay that the client asks, and its log'],
  'not-missing': ['A message reached a client that was cut off.', 'the way that it took'],
  'not-recovered': ['Once everything was healed, a push did not succeed.', 'the client after an outage; the relays'],
  'relay-lacks': ['A relay that had to hold a message does not.', "the client's fan-out; the relay's storage"],
  'relay-unreachable': ['A healthy relay serves no client.', "the relay's data port and its discovery"],
  'endpoint-id-kept': ['A restarted relay has its old endpoint id.', "where the relay's identity is made"],
  lost: [
    'An acknowledged message is at no relay that the client can ask.',
    "the relay's storage; what is acknowledged when",
  ],
  altered: ['A message is not byte for byte what was pushed.', 'encoding, encryption, limits on length'],
  foreign: ['A client received what nobody pushed.', "the relay's separation of groups"],
  'out-of-order': ['Messages of one client arrive in another order.', "the relay's cursors"],
  duplicate: ['A message stands more than once at one relay.', 'fan-out after a failover; blob ids of repeated pushes'],
  'sends-more': [
    'A relay sent more than its clients could read: blobs of another group, or broken ones.',
    "the relay's separation of groups; what it makes of blobs",
  ],
  'pull-fails': ['A relay cannot give what it holds.', "the relay's log"],
  'large-pull': ['Blobs that are large together can never be read back.', "the relay's limit of 1 MiB a response"],
  'leak-log': ['The log of a relay holds a message or a secret.', 'what the relay logs'],
  'leak-storage': [
    'The storage of a relay holds a message or a secret.',
    'what the relay stores; what the client sends it',
  ],
  'leak-wire': ['A message or a secret went over the wire in clear.', 'what the client sends'],
  'leak-name': ['The log or a page of a relay names a client.', 'what the relay logs of its peers'],
  'id-in-log': ['The log of a relay holds the id of a group or of a device.', 'what the relay logs of its sessions'],
  'relay-memory': ['A relay has grown beyond its bound.', 'what the relay keeps of each request'],
  'relay-open-files': ['A relay has more open files than its bound.', 'what the relay opens for each connection'],
  'relay-behind': [
    'A relay to which nothing was done lacks what another one has, or any one what was pushed before anything was broken or once all was healed.',
    "the client's fan-out; what a relay does after an outage",
  ],
  'wrong-ack': [
    'An acknowledgement says what is not so: the blob id of another message, or a cursor where it does not stand.',
    'what the relay answers to a push, and what the client prints of it',
  ],
  'relay-crashed': ['A relay ended by itself during the run.', 'its log, and its exit code'],
  'leak-page': ['What a relay answers at /health or /metrics holds a message or a secret.', 'what its pages show'],
  'plain-pull-misses': [
    'A plain pull never shows what `--after-cursor 0` does.',
    "the client's cursors: a push must not move them",
  ],
  'plain-pull-repeats': ['A plain pull shows again what it had shown.', "the client's cursors"],
  'failover-cursor': [
    'A pull that turns to another relay asks it with the cursor of the first.',
    'cursors are per relay',
  ],
  'pull-stays': ['A pull does not turn to another relay when the first one is gone.', "the client's failover"],
  'group-file-changed': [
    'A client names other relays in its group.json than it was given, or in another order.',
    'what the client writes there beside its cursors',
  ],
  'refused-but-stored': ['A push that said nothing was sent is stored.', 'what the client says of its fan-out'],
  'groups-differ': [
    'One passphrase gave several groups.',
    "the cost of the key derivation, which follows the machine's memory",
  ],
  'empty-log': ['A relay logs nothing of its own.', 'RUST_LOG: the crate is zerok_sync_relay'],
  'errors-not-counted': [
    'A relay logs trouble, and errors_total does not move.',
    "where the relay's errors are counted",
  ],
  'metrics-wrong': ["A relay's counters cannot be right.", "the relay's metrics"],
  'hold-lost': ['The leases of the run were not renewed all the time.', 'the worker and the machines, not 0k-sync'],
} as const satisfies Record<string, readonly [means: string, look: string]>;

export type FindingId = keyof typeof FINDINGS;

/** Where to look; `undefined` for a name that is not ours (an older journal). */
export const whereToLook = (id: string): string | undefined =>
  Object.hasOwn(FINDINGS, id) ? FINDINGS[id as FindingId][1] : undefined;

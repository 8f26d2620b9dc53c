/** What the real programs print (0k-sync 0.1.0, commit 9bd8b55), with ids made up. */

export const PEER = 'a1'.repeat(32);
export const OURS = 'b2'.repeat(32);
export const OTHER = 'c3'.repeat(32);
export const BLOB = '0b6f6e6c-1234-4cde-8f00-aabbccddeeff';

const connecting = `Connecting to peer: ${PEER}\n  Our EndpointId: ${OURS}\n`;

export const pushAcknowledged =
  `Pushing 2 bytes...\n${connecting}Push successful!\n\n  Blob ID: ${BLOB}\n  Cursor:  1\n` +
  '  Fan-out: pushing to 2 secondary relay(s)...\n';

export const pushQueued =
  `Pushing 2 bytes...\n${connecting}Push queued (offline mode)\n  Error: all relays failed: \n\n` +
  'Data will sync when connection is available.\n';

export const pushBegun = `Pushing 2 bytes...\n${connecting}`;

export const nobodyReachable =
  'Error: Failed to connect to relay\n\nCaused by:\n' +
  `    all relays failed: ${PEER}: connection failed: connection timeout; ${OTHER}: connection failed: timed out\n`;

export const unknownId =
  'Error: Failed to connect to relay\n\nCaused by:\n' +
  `    all relays failed: ${PEER}: connection failed: No addressing information available\n`;

export const notPaired = "Error: Not paired. Run 'sync-cli pair' first.\n";

export const pullBegun = `Pulling data after cursor 0...\n${connecting}`;

/** `rows` are the lines between, each message with its cursor. */
export const pulled = (rows: [number, string][], last = rows.at(-1)?.[0] ?? 0): string =>
  `${pullBegun}Received ${rows.length} blob(s):\n\n` +
  `${rows.map(([cursor, text]) => `  [${cursor}] ${text}\n`).join('')}\nCursor updated to ${last}\n`;

export const pulledNothing = `${pullBegun}No new data.\n`;

export const pullFailed =
  `${pullBegun}Pull failed: all relays failed: \n\n` + 'This may be due to network issues or no data available.\n';

export const relayLog = (id: string): string =>
  '\u001b[2m2026-02-08T10:00:00.000001Z\u001b[0m \u001b[32m INFO\u001b[0m \u001b[2mzerok_sync_relay\u001b[0m\u001b[2m:\u001b[0m ' +
  `Endpoint ID: ${id}\n\n=== sync-relay running ===\nEndpoint ID: ${id}\nHTTP: http://127.0.0.1:8080/health\n\nPress Ctrl+C to stop\n`;

/** Under the guide's filter, which matches nothing. */
export const silentRelayLog = (id: string): string =>
  `\n=== sync-relay running ===\nEndpoint ID: ${id}\nHTTP: http://127.0.0.1:8080/health\n\nPress Ctrl+C to stop\n`;

export const groupJson = {
  group_id: 'A'.repeat(43),
  relay_addresses: [PEER],
  joined_at: 1795357967,
  cursors: { [PEER]: 1 },
  group_secret_hex: 'd4'.repeat(32),
  salt_hex: '306b2d656e6470742d6a6f696e2d7632',
};

export const health =
  '{"status":"ok","version":"0.1.0","connections":4,"groups":1,"uptime_seconds":21,"total_blobs":1,"storage_bytes":49,"groups_with_data":1}';

export const all: string[] = [
  pushAcknowledged,
  pushQueued,
  pushBegun,
  nobodyReachable,
  unknownId,
  notPaired,
  pulled([
    [1, 'hello one'],
    [2, 'A2'],
  ]),
  pulledNothing,
  pullFailed,
  relayLog(PEER),
  silentRelayLog(PEER),
  JSON.stringify(groupJson),
  health,
];

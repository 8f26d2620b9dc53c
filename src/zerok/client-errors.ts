/**
 * Why a `sync-cli` command did not do what it was asked, read from its text; its exit code is 0 for many of these.
 *
 * - `unknown-id`: the relay's id is not in discovery; it has a new one since its last start, or discovery is cut off.
 * - `timeout`, `unreachable`: no connection to any relay; by waiting, or at once.
 * - `relay-failed`: connected, and then the relay failed (`all relays failed: ` with an empty reason).
 * - the others: the client is not arranged as it should be; nothing was sent.
 */
export type ClientErrorKind =
  | 'unknown-id'
  | 'timeout'
  | 'unreachable'
  | 'relay-failed'
  | 'not-initialized'
  | 'not-paired'
  | 'already-paired'
  | 'already-initialized'
  | 'invalid-group'
  | 'no-terminal'
  | 'short-code'
  | 'usage'
  | 'no-program'
  | 'other';

/** The client is not there, or not as a run arranges it: that says nothing of 0k-sync. */
export const NOT_ARRANGED: ReadonlySet<ClientErrorKind> = new Set([
  'not-initialized',
  'not-paired',
  'invalid-group',
  'no-program',
]);

export interface ClientError {
  kind: ClientErrorKind;
  /** The line that says so. */
  line: string;
  /** What each relay that was tried answered, in the order of the trials. */
  relays: { id: string; why: string }[];
  /** What to do about it; `undefined` where only the line itself can tell. */
  wayOut?: string;
}

/** What shells, Docker and Node say of a program that is not there. */
const NO_PROGRAM =
  /^(?!Error: ).*(?:executable file not found|: (?:command )?not found$|\bENOENT\b|: No such file or directory$)/;

/** The first match decides, so the narrower stand above the wider. */
const KINDS: [ClientErrorKind, RegExp, string?][] = [
  ['not-initialized', /^Error: Device not initialized\b/, 'initialize the client first: `sync-cli init --name NAME`'],
  ['not-paired', /^Error: Not paired\b/, 'pair the client first: `sync-cli pair --join ENDPOINT_ID`'],
  ['already-paired', /^Error: Already paired\b/, 'use a new data folder, or delete its `group.json`'],
  ['already-initialized', /^Error: Device already initialized\b/, 'use a new data folder, or delete its `device.json`'],
  ['invalid-group', /^Error: Invalid group configuration\b/, '`group.json` is empty or torn: delete it and pair again'],
  ['no-terminal', /^Error: Failed to read passphrase\b/, '`pair` reads the passphrase from a terminal: run it on one'],
  ['short-code', /^Error: Short code lookup\b/, 'give the 64 hex digits of the endpoint id from the log of the relay'],
  ['unreachable', /^Error: Failed to connect to relay\b/],
  ['relay-failed', /^\s*(?:Error|Pull failed): all relays failed:/, 'look at the log of the relay'],
  ['usage', /^error: /, 'compare `sync-cli --help` with the version that this tool knows, 0.1.0'],
  ['no-program', NO_PROGRAM, 'build `sync-cli` there, or correct `command` of the client in the fleet file'],
  ['other', /^Error: /],
];

/** What is kept of a line, and of how many relays: a sentence has to hold it. */
const LINE_CHARS = 300;
const WHY_CHARS = 100;
const MOST_RELAYS = 8;

/** `undefined`: nothing in the text is an error that `sync-cli`, its shell or its container would print. */
export function classifyClientError(text: string): ClientError | undefined {
  const lines = text.split('\n').map((line) => line.trimEnd());
  for (const [kind, pattern, wayOut] of KINDS) {
    const line = lines.find((candidate) => pattern.test(candidate));
    if (line === undefined) continue;
    return kind === 'unreachable'
      ? unreachable(line.slice(0, LINE_CHARS), text)
      : withWayOut({ kind, line: line.trim().slice(0, LINE_CHARS), relays: relaysTried(text) }, wayOut);
  }
  return undefined;
}

const withWayOut = (error: ClientError, wayOut: string | undefined): ClientError =>
  wayOut === undefined ? error : { ...error, wayOut };

function unreachable(line: string, text: string): ClientError {
  const relays = relaysTried(text);
  const reasons = relays.length > 0 ? relays.map(({ why }) => why) : [text];
  if (reasons.every((why) => why.includes('No addressing information available'))) {
    return withWayOut(
      { kind: 'unknown-id', line, relays },
      'take the newest endpoint id from the log of the relay; an id lives until the next start',
    );
  }
  const kind = reasons.some((why) => /timed? ?out/i.test(why)) ? 'timeout' : 'unreachable';
  return withWayOut(
    { kind, line, relays },
    'see whether the relays run and whether the client reaches them over UDP, directly or through discovery',
  );
}

/** `all relays failed: <id>: connection failed: connection timeout; <id>: …`; at most one a relay of the group. */
function relaysTried(text: string): ClientError['relays'] {
  const list = /all relays failed: (.*)/.exec(text)?.[1] ?? '';
  return list.split('; ', MOST_RELAYS).flatMap((part) => {
    const found = /^([0-9a-f]{64}): (.*)$/.exec(part.trim());
    return found === null ? [] : [{ id: found[1] as string, why: (found[2] as string).slice(0, WHY_CHARS) }];
  });
}

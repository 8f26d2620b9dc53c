/** Where a bug lives: the program that has to look at the switch. */
export interface Bug {
  in: 'relay' | 'client' | 'both';
  /** A defect of the real 0k-sync 0.1.0, which the stand-ins mend unless told otherwise. */
  real: boolean;
  what: string;
}

/** Everything that can be planted, one at a time. `as-0.1.0` is all the real ones together. */
export const BUGS = {
  'duplicates-after-failover': {
    in: 'client',
    real: true,
    what: 'fan-out goes to every secondary, the one that answered included, each time under a new blob id',
  },
  'push-moves-cursor': {
    in: 'client',
    real: true,
    what: 'a push moves the pull cursor of its relay over what others pushed before',
  },
  'primary-cursor-everywhere': {
    in: 'client',
    real: true,
    what: "a pull that fails over asks the other relay with the primary's cursor",
  },
  'ram-dependent-groups': {
    in: 'client',
    real: true,
    what: "the cost of the key derivation follows the machine's RAM, so one passphrase gives several groups",
  },
  'empty-logs': { in: 'relay', real: true, what: "the relay's own log stays empty, whatever RUST_LOG says" },
  'large-pulls-fail': {
    in: 'relay',
    real: true,
    what: 'a response is not cut at 1 MiB, so blobs that are too large together can never be pulled',
  },
  'errors-not-counted': { in: 'relay', real: true, what: 'errors_total stays 0' },
  'logs-plaintext': {
    in: 'both',
    real: false,
    what: 'the client sends its message in clear beside the blob, the relay logs it',
  },
  'logs-names': { in: 'relay', real: false, what: 'the relay logs the device names of its clients' },
  'forgets-on-restart': { in: 'relay', real: false, what: 'the relay starts with an empty database' },
  'acks-without-storing': { in: 'relay', real: false, what: 'the relay acknowledges a push and throws it away' },
  'database-locked': {
    in: 'relay',
    real: false,
    what: 'pushes wait 5 s for the database and fail, as under `BEGIN IMMEDIATE`',
  },
  'no-failover': { in: 'client', real: false, what: 'the client tries its first relay only' },
  'skips-fan-out': { in: 'client', real: false, what: 'the client says it fans out and does not' },
} as const satisfies Record<string, Bug>;

export type BugName = keyof typeof BUGS;

/** All real defects at once. */
export const AS_0_1_0 = 'as-0.1.0';

/**
 * Is `bug` planted here? `list` is BUGS of the environment file: names by commas, each for everybody or, as
 * `relay-1:NAME`, for one relay (or machine). An unknown name is an error: a bug nobody planted proves nothing.
 */
export function isPlanted(list: string, bug: BugName, here: string): boolean {
  return parse(list).some(
    ({ name, at }) => (at === null || at === here) && (name === bug || (name === AS_0_1_0 && BUGS[bug].real)),
  );
}

/** Is `bug` planted anywhere? For the half of a bug that lives in the other program. */
export function isPlantedSomewhere(list: string, bug: BugName): boolean {
  return parse(list).some(({ name }) => name === bug);
}

function parse(list: string): Array<{ name: string; at: string | null }> {
  return list
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .map((word) => {
      const colon = word.indexOf(':');
      const name = word.slice(colon + 1);
      if (name !== AS_0_1_0 && !(name in BUGS)) {
        throw new Error(
          `No bug \`${name}\` in BUGS=\`${list}\` (known: ${[AS_0_1_0, ...Object.keys(BUGS)].join(', ')})`,
        );
      }
      return { name, at: colon < 0 ? null : word.slice(0, colon) };
    });
}

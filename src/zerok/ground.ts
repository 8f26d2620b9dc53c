import { endpointIdOf } from './endpoint-id.ts';
import type { Health } from './health.ts';
import { emptyLogMessage, ownLogIsEmpty, RELAY_LOG_FILTER } from './leak.ts';
import { isAnswer, type PullResult } from './pull-output.ts';
import { classifyClientError } from './client-errors.ts';
import type { Printed } from './push-output.ts';

/** Something about 0k-sync that is not as a run needs it, and what to do about it. */
export interface GroundProblem {
  problem: string;
  fix: string;
}

/** The release that this tool's knowledge was observed on. */
export const KNOWN_VERSION = '0.1.0';

/** `sync-cli 0.1.0` → `0.1.0`. */
export const versionOf = (stdout: string): string | undefined =>
  /^sync-cli (\d+\.\d+\.\d+[\w.+-]{0,40})\s*$/m.exec(stdout)?.[1];

/** Judges what `sync-cli --version` printed. */
export function clientProblem(client: string, command: string, printed: Printed): GroundProblem | undefined {
  const version = versionOf(printed.stdout);
  if (version === KNOWN_VERSION) return undefined;
  if (version !== undefined) {
    return {
      problem: `${client}: sync-cli is ${version}, and what it prints is known for ${KNOWN_VERSION} only`,
      fix: `build sync-cli ${KNOWN_VERSION} there, or check the outputs that src/zerok reads`,
    };
  }
  const error = classifyClientError(printed.stderr) ?? classifyClientError(printed.stdout);
  const said = error?.line ?? `${printed.stdout}${printed.stderr}`.trim().slice(0, 200);
  return {
    problem: `${client}: \`${command} --version\` printed ${said === '' ? 'nothing' : `\`${said}\``}`,
    fix: error?.wayOut ?? 'correct `command` of the client in the fleet file',
  };
}

/** All clients of a run have to be in one group; one passphrase alone does not see to that. */
export function groupsDiffer(groups: Readonly<Record<string, string>>): GroundProblem | undefined {
  const ids = [...new Set(Object.values(groups))];
  if (ids.length < 2) return undefined;
  const members = ids.map((id) => `${namesWith(groups, id)} in \`${id.slice(0, 8)}…\``);
  return {
    problem: `the same passphrase gave different groups: ${members.join('; ')}. sync-cli derives the key at a cost that follows the machine's memory`,
    fix: "copy `group_id`, `group_secret_hex` and `salt_hex` from one client's `group.json` into the others'",
  };
}

const namesWith = (values: Readonly<Record<string, string>>, wanted: string): string =>
  Object.entries(values)
    .filter(([, value]) => value === wanted)
    .map(([name]) => name)
    .join(', ');

/** Judges what a relay has logged since its start. */
export function relayLogProblem(relay: string, log: string): GroundProblem | undefined {
  if (endpointIdOf(log) === undefined) {
    return {
      problem: `${relay} has not logged its endpoint id since its last start`,
      fix: 'see whether it starts: `docker logs` of its container, and whether port 8080 in it is taken',
    };
  }
  if (!ownLogIsEmpty(log)) return undefined;
  return { problem: emptyLogMessage(relay), fix: `set \`${RELAY_LOG_FILTER}\` for ${relay} and start it again` };
}

/** Judges what /health answered; `undefined` as the answer: nothing did. */
export function relayHealthProblem(
  relay: string,
  url: string,
  answer: { health: Health } | { error: string } | undefined,
): GroundProblem | undefined {
  if (answer === undefined) {
    return {
      problem: `${relay}: nothing answers at ${url}`,
      fix: `start it (\`0k-chaos relays start ${relay}\`), or correct \`health\` of the relay in the fleet file`,
    };
  }
  if ('error' in answer) {
    return {
      problem: `${relay}: ${url} answers, but not as a relay does: ${answer.error}`,
      fix: 'correct `health` of the relay in the fleet file',
    };
  }
  if (answer.health.version === KNOWN_VERSION) return undefined;
  return {
    problem: `${relay} is version ${answer.health.version}, and what it logs and answers is known for ${KNOWN_VERSION} only`,
    fix: `run relay ${KNOWN_VERSION}, or check what src/zerok reads`,
  };
}

/** Judges a pull that had to get through: the only proof that a client reaches a relay. */
export function reachProblem(client: string, relay: string, pull: PullResult): GroundProblem | undefined {
  if (isAnswer(pull)) return undefined;
  return {
    problem: `${client} does not reach ${relay}: ${pull.reason ?? pull.kind}`,
    fix: pull.error?.wayOut ?? `run the pull by hand on ${client} and look at the log of ${relay}`,
  };
}

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { TTL_SECONDS, type Argv } from '../faults/argv.ts';
import type { Check, Fault } from '../faults/fault.ts';
import { TOOLS } from './machine-state.ts';
import { quote } from './quote.ts';

const textOf = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 24);

/** Names a lease or an owner on a machine: safe in file names, unit names and shell text, whatever the id holds. */
export const keyOf = hashOf;

/** What the ledger says about a lease in the open. */
export interface LeaseHeader {
  id: string;
  owner: string;
  kind: string;
  target: string;
  summary: string;
  bearer: string;
  /** ISO 8601, by our clock. */
  armedAt: string;
}

const wordInShell = (word: string): string => word.split(TTL_SECONDS).map(quote).join('"$ttl"');
const wordsInShell = (argv: Argv): string => argv.map(wordInShell).join(' ');

function patternInShell(matches: string): string {
  const literal = (text: string): string => (text === '' ? '' : quote(text));
  return matches
    .split('|')
    .map((alternative) => alternative.split('*').map(literal).join('*') || "''")
    .join(' | ');
}

const checkBody = ({ argv, matches }: Check): string =>
  `look ${wordsInShell(argv)} || return 75\ncase $seen in ${patternInShell(matches)}) return 0 ;; esac\nreturn 1`;

/** All of them, whatever fails. */
const everyStep = (words: Argv[]): string => [...words.map((argv) => `step ${wordsInShell(argv)}`), ':'].join('\n');
/** Up to the first that fails. */
const stepsInTurn = (words: Argv[]): string => words.map((argv) => `step ${wordsInShell(argv)}`).join(' &&\n') || ':';

const define = (name: string, body: string): string => `${name}() {\n${body}\n}`;

const engineFunction = (docker: Argv): string => define('engine', `bounded ${wordsInShell(docker)} "$@"`);

/** The container that the words go into: looked up once for all of them. */
function lookFirst(words: Argv[]): string {
  const inside = words.find((argv) => argv.includes('in_container'));
  if (inside === undefined) return ':';
  const at = inside.indexOf('in_container');
  return `remember_container ${wordsInShell(inside.slice(at + 1, at + 3))}`;
}

/** The ledger entry: a header to read, and definitions that heal, renew and probe with nothing else at hand. */
export function entryText<P>(fault: Fault<P>, params: P, header: LeaseHeader, docker: Argv): string {
  const probe = fault.probe(params);
  const renew = fault.renew?.(params) ?? [];
  const text = [
    `#0k-chaos-lease-1 ${keyOf(header.id)} ${keyOf(header.bearer)} ${keyOf(header.owner)}`,
    `#${JSON.stringify(header)}`,
    `kernel_timed=${renew.length > 0 ? 'yes' : 'no'}`,
    engineFunction(docker),
    define('before_words', lookFirst([...fault.heal(params), probe.argv])),
    define('heal_words', everyStep(fault.heal(params))),
    define('renew_words', stepsInTurn(renew)),
    define('probe_words', checkBody(probe)),
    define('left_words', checkBody(fault.left?.(params) ?? probe)),
    '',
  ].join('\n');
  return `${text}#end ${createHash('sha256').update(text).digest('hex')}`;
}

/** What `arm` needs beside the entry. */
export function armText<P>(fault: Fault<P>, params: P, entry: string): string {
  const free = fault.free?.(params);
  return [
    `entry=${quote(entry)}`,
    `outlives=${fault.outlivesReboot ? 'yes' : 'no'}`,
    `settles=${fault.settles?.(params) ? 'yes' : 'no'}`,
    define('free_words', free === undefined ? ':' : checkBody(free)),
    define('inject_words', stepsInTurn(fault.inject(params))),
  ].join('\n');
}

export const assign = (values: Record<string, string>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${quote(value)}`)
    .join('\n');

const SHELL = textOf('./shell.sh');
const DOOR = SHELL + textOf('./lease-door.sh');
const PARTS = ['words', 'firewall', 'queues', 'ledger', 'lock', 'fence', 'timer', 'boot', 'brake', 'arm', 'heal'];
/**
 * `lease.sh` comes last: it calls. Lines `# seam: NAME` mark the boundaries between its steps. A test that stops there makes calls of
 * them, with a function of its own in front, and gives that text to `leasesOn` as `script`:
 * `seam() { …; }\n${LEASE_SCRIPT.replaceAll(/^ *# seam: (\w+)$/gm, 'seam $1')}`.
 */
export const LEASE_SCRIPT = [DOOR, ...PARTS.map((part) => textOf(`./lease-${part}.sh`)), textOf('./lease.sh')].join('');
const MACHINE = SHELL + textOf('./machine.sh');

/** Said by a machine that does not have the script any more, such as after a reboot. */
export const NOT_KEPT = '{"kept":false}';

/**
 * One brace group, so that the shell runs nothing before all of it has arrived. The script is left in the ledger's folder for
 * timers; once it is there (`kept`) it need not be sent again, unless it is `damaged`.
 */
export function leaseScript(preamble: string, is: 'sent' | 'kept' | 'damaged', script = LEASE_SCRIPT): string {
  const hash = hashOf(script);
  const end = `0k-chaos-${hash}`;
  const keep =
    is === 'kept'
      ? `echo ${quote(NOT_KEPT)}\nexit`
      : `cat >"$self.$$.new" <<'${end}' && mv -f "$self.$$.new" "$self"\n${script}${end}`;
  return `{\n${preamble}\n${DOOR}\nself=/run/0k-chaos/lease-${hash}.sh\ndoor\n${is === 'damaged' ? 'rm -rf "$self"\n' : ''}[ -r "$self" ] || {\n${keep}\n}\n. "$self"\n}\n`;
}

export function machineScript(command: 'check' | 'snapshot', docker: Argv): string {
  const engine = `docker=${quote(docker[0] ?? 'docker')}\n${define('engine', `${wordsInShell(docker)} "$@"`)}`;
  return `{\ncommand=${command}\ntools=${quote(TOOLS.join(' '))}\n${engine}\n${MACHINE}}\n`;
}

import type { ScratchMachine } from '../faults/scratch-machine.ts';

/**
 * Counts the statements that a process runs and ends it before the one it is told to end at; `$?` stays what it was. WHO is `main`,
 * `timer` or `boot`; `/run/kill.WHO` holds: how many so far, before which, and the pid to kill (0: all of its group).
 */
const TICK = `zk_who=\${1:-main}
tick() {
  zk_status=$?
  [ -r "/run/kill.$zk_who" ] || return $zk_status
  read -r zk_n zk_at zk_whom <"/run/kill.$zk_who"
  zk_n=$((zk_n + 1))
  echo "$zk_n $zk_at $zk_whom" >"/run/kill.$zk_who"
  [ $zk_n != "$zk_at" ] || { [ "$zk_whom" = all ] && kill -KILL 0 || kill -KILL $$; }
  return $zk_status
}
`;

/** Where these begin a line, no statement does. */
const NO_STATEMENT = /^(elif|else|then|fi|do|done|esac|\}|;;|#|\))/;

/** A script of the house's style with a call of `tick` before each statement and after each `&&`. */
export function stepping(script: string): string {
  let previous = '';
  const lines = script.split('\n').map((line) => {
    const code = line.trim();
    const isLabel = / in$|;;$/.test(previous) && !code.startsWith('esac');
    const begins = /^\s/.test(line) && code !== '' && !NO_STATEMENT.test(code) && !/(&&|\|\||\||\\)$/.test(previous);
    if (code !== '' && !code.startsWith('#')) previous = code;
    if (!begins) return line;
    return isLabel ? insideArm(line) : withinLine(line.replace(/\S/, 'tick; $&'));
  });
  return TICK + lines.join('\n');
}

/** A statement that may follow the pattern of a case. */
function insideArm(line: string): string {
  const end = positions(line, ')')[0];
  return end === undefined ? line : withinLine(`${line.slice(0, end + 1)} tick; ${line.slice(end + 2)}`);
}

const withinLine = (line: string): string =>
  positions(line, ' && ').reduceRight((text, at) => `${text.slice(0, at)} && tick${text.slice(at)}`, line);

/** Where `text` stands outside of quotes and comments. */
function positions(line: string, text: string): number[] {
  const found: number[] = [];
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? '';
    if (quote === '' && char === '#' && line[at - 1] === ' ') break;
    if (quote === '' && line.startsWith(text, at)) found.push(at);
    if (char === '\\' && quote !== "'") at++;
    else if (quote === '' && (char === "'" || char === '"')) quote = char;
    else if (char === quote) quote = '';
  }
  return found;
}

export type Who = 'main' | 'timer' | 'boot';

/** From now on. `at`: before which statement; 0: only counts. */
export async function endAt(machine: ScratchMachine, who: Who, at: number, whom: 'all' | 'itself'): Promise<void> {
  await machine.output('dash', '-c', `echo '0 ${at} ${whom}' >/run/kill.${who}`);
}

/** Ends nobody any more. @returns how many statements were run since `endAt` */
export async function steps(machine: ScratchMachine, who: Who): Promise<number> {
  return Number((await machine.output('dash', '-c', `cat /run/kill.${who}; rm /run/kill.${who}`)).split(' ')[0]);
}

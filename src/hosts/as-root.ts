import type { Argv } from '../faults/argv.ts';
import type { ExecOptions, ExecResult, Host } from './host.ts';
import { quoteAll } from './quote.ts';

type Options = Omit<ExecOptions, 'stdin' | 'pty'>;

/** All that `docs/sudoers` grants: whatever is done as root reaches this shell on its standard input. */
export const ROOT_SHELL: Argv = ['sh', '-s'];

/** Runs shell text of ours as root; `words` are its `$1`, `$2`, …. One group, so that nothing runs before all of it has arrived. */
export const rootScript = (host: Host, text: string, words: Argv = [], options: Options = {}): Promise<ExecResult> =>
  rootShell(host, `{\nset -- ${quoteAll(words)}\n${text}\n}\n`, options);

/** Runs one command as root. */
export const rootExec = (host: Host, argv: Argv, options: Options = {}): Promise<ExecResult> =>
  rootScript(host, 'exec "$@" </dev/null', argv, options);

/** Runs a whole script as root, as it is. */
export const rootShell = async (host: Host, stdin: string, options: Options = {}): Promise<ExecResult> =>
  host.exec([...(await host.asRoot()), ...ROOT_SHELL], { ...options, stdin });

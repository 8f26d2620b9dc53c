import type { Argv } from '../faults/argv.ts';

/** cargo puts programs where the PATH of a command over SSH does not look. */
const ENTER =
  'case $1 in "~/"*) cd -- "$HOME/${1#"~/"}" ;; *) cd -- "$1" ;; esac || exit 3; shift; ' +
  'PATH=$HOME/.cargo/bin:$PATH; export PATH; exec "$@"';

/** Words that run `argv` in a folder of that machine; `~/` is the home of the user that we are there. Exit 3: no such folder. */
export const inFolder = (folder: string, argv: Argv): Argv => ['sh', '-c', ENTER, 'sh', folder, ...argv];

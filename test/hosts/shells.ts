import { spawnSync } from 'node:child_process';

/** The shells of real machines that are here, as words. */
export const SHELLS = [['dash'], ['bash'], ['busybox', 'ash']].filter(
  ([program = '']) => !spawnSync(program, ['--help']).error,
);

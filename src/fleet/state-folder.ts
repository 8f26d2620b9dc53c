import { realpathSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Shows of the kernel: nothing is kept there, and in some of them Node tries to make a folder without an end. */
const SHOWS = /^\/(proc|sys|dev)(?=\/|$)/;

const WHY: Record<string, string> = {
  ENOTDIR: 'a part of the path is not a folder',
  ENAMETOOLONG: 'the path, or a name in it, is too long for any folder',
  ELOOP: 'links in the path lead in a circle (ELOOP)',
};

/** Why no state can be kept in an absolute path, whoever asks; undefined: it can, or only its owner knows. Makes nothing. */
export function whyNoState(folder: string): string | undefined {
  try {
    if (SHOWS.test(folder)) return show(folder);
    const stats = statSync(folder);
    const real = realpathSync(folder);
    if (SHOWS.test(real)) return show(real);
    return stats.isDirectory() ? undefined : 'is not a folder';
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') return WHY[code];
    // Where the folder above is missing too, the system has not looked at the name yet.
    return Buffer.byteLength(basename(folder)) > 255 ? WHY['ENAMETOOLONG'] : whyNoState(dirname(folder));
  }
}

const show = (folder: string): string => `nothing is kept in \`${SHOWS.exec(folder)?.[0]}\``;

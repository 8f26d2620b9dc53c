import { readdirSync, realpathSync, statSync } from 'node:fs';
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

/** Why a folder is not closed to all but us, as the state's is: others keep things in it. Undefined: it is ours, empty, or not there yet. */
export function whyShared(folder: string): string | undefined {
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const us = process.getuid?.() ?? stats.uid;
  if (stats.uid !== us) return `belongs to user ${stats.uid}, not to us (${us})`;
  if ((stats.mode & 0o077) === 0 || readdirSync(folder).length === 0) return undefined;
  return `is open to others (mode ${(stats.mode & 0o777).toString(8)}) and not empty; \`chmod 700 ${folder}\` if it is for 0k-chaos alone`;
}

const show = (folder: string): string => `nothing is kept in \`${SHOWS.exec(folder)?.[0]}\``;

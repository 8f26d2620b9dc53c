import { installCommand, type Packages } from '../../lab/host-packages.ts';
import { ask, isYes } from './question.ts';

/** Says what would be installed and what for; asks where that was not agreed before and a person is there to answer. */
export async function mayInstall(
  packages: Packages,
  agreed: boolean,
  progress: (line: string) => void,
): Promise<boolean> {
  progress('these Debian packages are missing on this machine:');
  for (const [name, why] of Object.entries(packages)) progress(`  ${name.padEnd(18)} ${why}`);
  progress(`  by: ${installCommand(Object.keys(packages))}`);
  if (agreed || !process.stdin.isTTY) return agreed;
  const answer = await ask('Install them now? [Y/n] ');
  return answer === '' || isYes(answer);
}

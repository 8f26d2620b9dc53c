import { readFileSync } from 'node:fs';
import { sshTarget } from '../../lab/fleet-file.ts';
import type { LabInfo } from '../../lab/lab.ts';
import { mustAsRoot } from '../../lab/ssh.ts';
import { quote } from '../../src/hosts/quote.ts';

const USERS = { beast: 'jimmyb', guardian: 'jamesb' } as const;

/** `docs/sudoers`, for one user. */
const grantFor = (user: string): string =>
  readFileSync(new URL('../../docs/sudoers', import.meta.url), 'utf8').replaceAll('jamesb', user);

/** Leaves the orchestrator on every machine with what `docs/sudoers` grants and no more. @returns puts the lab's own grant back */
export async function grantOnlyWhatIsDocumented(lab: LabInfo): Promise<() => Promise<void>> {
  await onEach(
    lab,
    (user) =>
      `set -eu; umask 077; printf %s ${quote(grantFor(user))} >/root/granted; visudo -cqf /root/granted; ` +
      `mv /etc/sudoers.d/${user} /root/sudoers-of-the-lab; install -m 440 /root/granted /etc/sudoers.d/${user}; visudo -cq; ` +
      `runuser -u ${user} -- sudo -n true && exit 9; echo 'id -u' | runuser -u ${user} -- sudo -n sh -s | grep -qx 0`,
  );
  return () => onEach(lab, (user) => `install -m 440 /root/sudoers-of-the-lab /etc/sudoers.d/${user}`);
}

async function onEach(lab: LabInfo, script: (user: string) => string): Promise<void> {
  const machines = Object.entries(USERS) as [keyof typeof USERS, string][];
  await Promise.all(machines.map(([machine, user]) => mustAsRoot(sshTarget(lab, machine), script(user))));
}

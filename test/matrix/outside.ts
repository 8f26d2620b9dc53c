import { must } from '../../lab/command.ts';
import { containerOf } from '../../lab/container-words.ts';
import { sshTarget } from '../../lab/fleet-file.ts';
import type { LabInfo } from '../../lab/lab.ts';
import { mustAsRoot } from '../../lab/ssh.ts';
import { keyOf } from '../../src/hosts/lease-script.ts';
import { RESIDUE } from '../e2e/residue.ts';
import { MACHINE_GATES } from './names.ts';

export type MachineName = 'beast' | 'guardian';
export const MACHINES: MachineName[] = ['beast', 'guardian'];

/** An emulated machine takes its time for a look; one that is cut off never answers. */
const LOOK_MS = 45_000;

/** What the ledger says of a fault that is over. */
export interface HealedRecord {
  by: string;
  stood: boolean;
}

/** The machines as somebody sees them who does not come by our connections, and uses none of our code there. */
export class Outside {
  readonly #lab: LabInfo;

  constructor(lab: LabInfo) {
    this.#lab = lab;
  }

  /** Runs a script as root; in containers by their engine, so that it gets there whatever became of the network. */
  sh(machine: MachineName, script: string, timeoutMs = 300_000): Promise<string> {
    const { engine, name } = this.#lab;
    if (engine === undefined) return mustAsRoot(sshTarget(this.#lab, machine), script, { timeoutMs });
    const words = ['exec', containerOf(name, machine), 'sh', '-c', script];
    return must(['docker', ...engine.words, ...words], { timeoutMs });
  }

  async closeGate(machine: MachineName, seam: string): Promise<void> {
    await this.sh(machine, `mkdir -p ${MACHINE_GATES} && : >${MACHINE_GATES}/${seam}`);
  }

  /** Waits until somebody stands at the gate. */
  async reached(machine: MachineName, seam: string, seconds: number): Promise<boolean> {
    const look = `n=${seconds * 20}; until [ -e ${MACHINE_GATES}/${seam}.reached ]; do n=$((n - 1)); [ $n -gt 0 ] || exit 0; sleep 0.05; done; echo yes`;
    return (await this.sh(machine, look, (seconds + 30) * 1000)).includes('yes');
  }

  /** A machine that is off has none. */
  async openGates(machine: MachineName): Promise<void> {
    await this.sh(machine, `rm -rf ${MACHINE_GATES}`).catch(() => undefined);
  }

  /** Whatever a fault could leave behind on any machine; one that does not answer may hold anything. */
  async residue(): Promise<string[]> {
    const seen = await Promise.all(MACHINES.map((machine) => this.#residueOn(machine)));
    return seen.flat();
  }

  async #residueOn(machine: MachineName): Promise<string[]> {
    const leases = 'ls /run/0k-chaos/*.lease /var/lib/0k-chaos/*.lease';
    try {
      const said = await this.sh(machine, `{ ${leases}; ${RESIDUE}; } 2>/dev/null; true`, LOOK_MS);
      return said.split('\n').flatMap((line) => (line.trim() === '' ? [] : [`${machine}: ${line}`]));
    } catch (error) {
      return [`${machine} does not answer: ${(error as Error).message}`];
    }
  }

  /** Undefined: the machine knows of no heal. */
  async healed(machine: MachineName, id: string): Promise<HealedRecord | undefined> {
    const file = `${keyOf(id)}.healed`;
    const said = await this.sh(machine, `cat /run/0k-chaos/${file} /var/lib/0k-chaos/${file} 2>/dev/null; true`);
    const [, by, stood] = /^\d+ (\w+) (true|false)/.exec(said) ?? [];
    return by === undefined ? undefined : { by, stood: stood === 'true' };
  }
}

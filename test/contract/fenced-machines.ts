import { strict as assert } from 'node:assert';
import type { LockClaim } from '../../src/contract/fleet-lock.ts';

/** Machines that remember the highest token for each resource, as lease-fence.sh does, and what stands on them. */
export class FencedMachines {
  readonly fences = new Map<string, number>();
  /** By owner: what it has broken. */
  readonly standing = new Map<string, string[]>();

  raise(resources: string[], token: number): void {
    for (const name of resources) this.fences.set(name, Math.max(token, this.fences.get(name) ?? 0));
  }

  /** Breaks all that the owner has to itself. @throws when somebody else's fault stands on one of them */
  inject({ owner, exclusive }: LockClaim, token: number): 'armed' | 'fenced' {
    if (exclusive.some((name) => token < (this.fences.get(name) ?? 0))) return 'fenced';
    this.raise(exclusive, token);
    for (const [other, broken] of this.standing) {
      const shared = exclusive.filter((name) => broken.includes(name));
      assert.ok(
        other === owner || shared.length === 0,
        `${owner} breaks ${shared.join(', ')}, which ${other} has broken`,
      );
    }
    if (exclusive.length > 0) this.standing.set(owner, exclusive);
    return 'armed';
  }

  heal(owner: string): void {
    this.standing.delete(owner);
  }
}

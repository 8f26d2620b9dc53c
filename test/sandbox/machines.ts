import { endsByItself, healsByLease } from '../../src/contract/fault-spec.ts';
import type { FaultSpec } from '../../src/contract/fault-spec.ts';
import type { HealedBy } from '../../src/contract/run.ts';
import { faults } from '../../src/faults/index.ts';
import { resolveTarget } from '../../src/fleet/select.ts';
import { fleet } from '../workflows/fleet.ts';
import type { Timeline } from './timeline.ts';

export interface Lease {
  id: string;
  owner: string;
  bearer: string;
  spec: FaultSpec;
  deadline: number;
  standing: boolean;
  /** The machine has seen it stand: gone without us, it was ended by somebody. */
  seen: boolean;
}

interface Healed {
  by: HealedBy;
  at: number;
  /** Whether anything was there to be healed. */
  stood: boolean;
  /** The record is on a disk, as what it speaks of. */
  outlives: boolean;
}

/** What became of one fault, as somebody would know who stands beside the machine. */
export interface Fate {
  id: string;
  brokeAt: number;
  endedAt: number | null;
  by: HealedBy | 'power';
}

export type Armed = { state: 'armed'; standing: boolean } | { state: 'busy' | 'healed' | 'fenced' | 'braked' };

export class Unreachable extends Error {}

/** One simulated machine: the rules of `lease.sh`, in virtual time, and nothing else. */
export class Machine {
  readonly name: string;
  readonly leases = new Map<string, Lease>();
  readonly healed = new Map<string, Healed>();
  readonly fates: Fate[] = [];
  /** From when on nobody with the run's token breaks anything here any more. */
  shutAt = Infinity;
  readonly #timeline: Timeline;
  #fence = 0;
  #isBraked = false;
  /** To be healed before they were broken: they come too late. */
  readonly #tooLate = new Set<string>();
  #troubles = 0;
  #isOff = false;

  constructor(name: string, timeline: Timeline) {
    this.name = name;
    this.#timeline = timeline;
  }

  /** Nobody reaches it for a time; what runs on it goes on. */
  cutOffFor(ms: number): void {
    this.#troubles += 1;
    this.#timeline.in(ms, () => void (this.#troubles -= 1));
  }

  /** Faults of the network are gone with their ledger; a container that was down stays down, and in the ledger. */
  powerCutFor(ms: number): void {
    for (const lease of this.leases.values()) {
      if (outlivesReboot(lease)) continue;
      this.leases.delete(lease.id);
      this.#end(lease, 'power');
    }
    for (const [id, { outlives }] of this.healed) if (!outlives) this.healed.delete(id);
    this.#tooLate.clear();
    this.#isOff = true;
    this.cutOffFor(ms);
    this.#timeline.in(ms, () => void (this.#isOff = false));
  }

  get isReachable(): boolean {
    const isCut = [...this.leases.values()].some(({ spec, standing }) => standing && healsByLease(spec));
    return this.#troubles === 0 && !isCut;
  }

  /** @throws Unreachable */
  reach(): void {
    if (!this.isReachable) throw new Unreachable(`${this.name} does not answer`);
  }

  /** Whoever comes with a lower token than this has lost its lock. On disk, so that it outlives the power. */
  raiseFence(token: number): void {
    this.#fence = token;
    this.shutAt = Math.min(this.shutAt, this.#timeline.now);
  }

  brake(): void {
    this.#isBraked = true;
    this.shutAt = Math.min(this.shutAt, this.#timeline.now);
  }

  /** @param token None: it is broken by hand. */
  arm(id: string, owner: string, spec: FaultSpec, ttlMs: number, token = Infinity): Armed {
    if (this.#isBraked) return { state: 'braked' };
    if (token < this.#fence) return { state: 'fenced' };
    if (this.healed.has(id) || this.#tooLate.has(id)) return { state: 'healed' };
    const bearer = bearerOf(spec);
    const there = this.leases.get(id);
    if (!there && [...this.leases.values()].some((lease) => lease.bearer === bearer)) return { state: 'busy' };
    const lease = there ?? { id, owner, bearer, spec, deadline: 0, standing: false, seen: false };
    if (!there) {
      lease.deadline = this.#timeline.now + ttlMs;
      this.leases.set(id, lease);
      this.#watch(lease, ttlMs);
    }
    // What docker does is done again where it does not stand; words of the ledger run once.
    if (!lease.standing && (!there || spec.kind === 'container')) this.#break(lease);
    return { state: 'armed', standing: lease.standing };
  }

  renew(owner: string, ttlMs: number): void {
    for (const lease of this.leases.values()) {
      if (lease.owner !== owner || lease.deadline <= this.#timeline.now) continue;
      lease.deadline = this.#timeline.now + ttlMs;
    }
  }

  /** @returns undefined where the ledger knows nothing of it. */
  heal(id: string, by: HealedBy): Healed | undefined {
    const lease = this.leases.get(id);
    if (lease === undefined) {
      if (!this.healed.has(id)) this.#tooLate.add(id);
      return this.healed.get(id);
    }
    const stood = lease.standing;
    this.leases.delete(id);
    const outlives = outlivesReboot(lease);
    const record: Healed = { by: !stood && lease.seen ? 'somebody' : by, at: this.#timeline.now, stood, outlives };
    this.healed.set(id, record);
    if (stood) this.#end(lease, by);
    return record;
  }

  healOwner(owner: string, by: HealedBy): void {
    for (const lease of this.leases.values()) if (lease.owner === owner) this.heal(lease.id, by);
  }

  /** Ends a fault behind the ledger's back. */
  endByHand(id: string): void {
    const lease = this.leases.get(id);
    if (lease?.standing !== true) return;
    lease.standing = false;
    this.#end(lease, 'somebody');
  }

  #break(lease: Lease): void {
    this.fates.push({ id: lease.id, brokeAt: this.#timeline.now, endedAt: null, by: 'somebody' });
    if (endsByItself(lease.spec)) this.#end(lease, 'frame');
    else Object.assign(lease, { standing: true, seen: true });
  }

  #end(lease: Lease, by: Fate['by']): void {
    const fate = this.fates.findLast(({ id }) => id === lease.id);
    if (fate && fate.endedAt === null) Object.assign(fate, { endedAt: this.#timeline.now, by });
  }

  #watch(lease: Lease, ms: number): void {
    this.#timeline.in(ms, () => {
      if (this.leases.get(lease.id) !== lease) return;
      const left = lease.deadline - this.#timeline.now;
      if (left > 0 || this.#isOff) this.#watch(lease, Math.max(left, 1_000));
      else this.heal(lease.id, 'lease');
    });
  }
}

const outlivesReboot = ({ spec }: Lease): boolean => faults[spec.kind].outlivesReboot;
const bearerOf = (spec: FaultSpec): string => `${spec.kind}/${spec.target}`;

/** All machines of the fleet that faults may stand on. */
export class Machines {
  readonly all: Machine[];

  constructor(timeline: Timeline) {
    this.all = ['beast', 'guardian'].map((name) => new Machine(name, timeline));
  }

  of(target: string): Machine {
    const { machine } = resolveTarget(fleet, target);
    const found = this.all.find(({ name }) => name === machine);
    if (!found) throw new Error(`nothing may be broken on ${machine}`);
    return found;
  }

  get leases(): Lease[] {
    return this.all.flatMap(({ leases }) => [...leases.values()]);
  }

  get fates(): Fate[] {
    return this.all.flatMap(({ fates }) => fates);
  }
}

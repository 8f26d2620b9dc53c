import type { MetricGauge, MetricHistogram, MetricMeter } from '@temporalio/common';

/** Of the heal's histogram, in seconds; `3` is what a hold promises, `10` what is called slow. */
export const HEAL_BUCKETS = { zerok_chaos_heal_seconds: [0.2, 0.5, 1, 2, 3, 5, 10, 30, 60, 300, 1800] };

/** What a worker counts beside what Temporal counts itself, for its metrics endpoint. */
export class Measures {
  readonly #heals: MetricHistogram;
  readonly #standing: MetricGauge;
  readonly #slow: MetricGauge;
  /** Ids of leases by machine, as this worker knows them. */
  readonly #leases = new Map<string, Set<string>>();

  constructor(meter: MetricMeter) {
    this.#heals = meter.createHistogram(
      'zerok_chaos_heal_seconds',
      'float',
      's',
      'From the moment a heal was wanted to its success, over all attempts, by layer (frame, hold)',
    );
    this.#standing = meter.createGauge('zerok_chaos_faults_standing', 'int', '1', 'Leases in the ledger of a machine');
    this.#slow = meter.createGauge('zerok_chaos_heals_slow', 'int', '1', 'Heals under way for longer than 10 s');
  }

  healed(layer: 'frame' | 'hold', seconds: number): void {
    this.#heals.record(seconds, { layer });
  }

  slow(count: number): void {
    this.#slow.set(count);
  }

  /** A whole ledger was read. */
  read(machine: string, ids: string[]): void {
    this.#leases.set(machine, new Set(ids));
    this.#show(machine);
  }

  broken(machine: string, id: string): void {
    this.#of(machine).add(id);
    this.#show(machine);
  }

  mended(machine: string, ids: string[]): void {
    for (const id of ids) this.#of(machine).delete(id);
    this.#show(machine);
  }

  #of(machine: string): Set<string> {
    const known = this.#leases.get(machine) ?? new Set();
    this.#leases.set(machine, known);
    return known;
  }

  #show(machine: string): void {
    this.#standing.set(this.#of(machine).size, { machine });
  }
}

import { SmallLab, type RelayProcess } from './small-lab.ts';
import { until } from './watching.ts';

/** A small lab for trying bugs: three relays, and a new group for each try. */
export class BugBench {
  readonly lab = new SmallLab();
  relays: RelayProcess[] = [];
  #tries = 0;

  async start(): Promise<void> {
    await this.lab.start(10);
    this.relays = await this.lab.relays(3);
  }

  plant(bugs: string): void {
    this.lab.configure({ TIME_DIVISOR: '10', BUGS: bugs });
  }

  /** Makes clients of one new group on these relays (default: the first), and answers their names. */
  async clients(count: number, relays: Array<{ id: string }> = [this.at(0)]): Promise<string[]> {
    const group = `group ${this.#tries++}`;
    const names = Array.from({ length: count }, (_, i) => `client-${this.#tries}-${i}`);
    await Promise.all(names.map((name) => this.lab.client(name, relays as RelayProcess[], group)));
    return names;
  }

  at(index: number): RelayProcess {
    const relay = this.relays[index];
    if (relay === undefined) throw new Error(`no relay ${index}`);
    return relay;
  }

  async restart(index: number, signal: NodeJS.Signals): Promise<RelayProcess> {
    const { name } = this.at(index);
    await this.at(index).end(signal);
    const relay = await this.lab.relay(name);
    this.relays[index] = relay;
    return relay;
  }

  async metric(index: number, name: string): Promise<number> {
    const text = await (await fetch(`${this.at(index).url}/metrics`)).text();
    return Number(new RegExp(`^sync_relay_${name} (\\d+)$`, 'm').exec(text)?.[1]);
  }
}

/** Waits for a number to be reached, or says what it was. */
export async function becomes(measure: () => number, isRight: (value: number) => boolean): Promise<void> {
  await until(
    () => isRight(measure()),
    () => `it stayed ${measure()}`,
  );
}

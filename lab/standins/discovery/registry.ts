import { readFileSync, statSync } from 'node:fs';

/** Other ways to a relay, by its name: forwarded ports, and a way round the mesh that can be switched on. */
export interface WaysConfig {
  relays?: Record<string, string[]>;
  secondPath?: Record<string, string[]>;
  secondPathOn?: boolean;
}

/** Reads the file again when it has changed. A missing one adds nothing; of a broken one the last whole state holds. */
export function watchedConfig(path: string | null): () => WaysConfig {
  let seen = '';
  let config: WaysConfig = {};
  return () => {
    if (path === null) return config;
    try {
      const { mtimeMs, size, ino } = statSync(path);
      const now = `${mtimeMs} ${size} ${ino}`;
      if (now !== seen) config = JSON.parse(readFileSync(path, 'utf8')) as WaysConfig;
      seen = now;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      process.stderr.write(`discovery: ${path} is not used: ${(error as Error).message}\n`);
    }
    return config;
  };
}

interface Entry {
  name: string;
  id: string;
  addresses: string[];
  heardAt: number;
}

/**
 * Who is where. An id is never forgotten: that of a dead or restarted relay resolves to its last addresses, where nobody
 * proves it, so a client spends its time-out there, as with the product's public records.
 */
export class Registry {
  readonly #byId = new Map<string, Entry>();
  readonly #current = new Map<string, string>();
  readonly #config: () => WaysConfig;

  constructor(config: () => WaysConfig) {
    this.#config = config;
  }

  register(name: string, id: string, addresses: string[], now: number): void {
    this.#byId.set(id, { name, id, addresses, heardAt: now });
    this.#current.set(name, id);
  }

  resolve(id: string): { known: boolean; addresses: string[] } {
    const entry = this.#byId.get(id);
    if (entry === undefined) return { known: false, addresses: [] };
    const config = this.#config();
    const around = config.secondPathOn === true ? (config.secondPath?.[entry.name] ?? []) : [];
    const all = [...(config.relays?.[entry.name] ?? []), ...entry.addresses, ...around];
    return { known: true, addresses: [...new Set(all)] };
  }

  list(now: number): Array<{ name: string; id: string; addresses: string[]; heardMs: number }> {
    return [...this.#current].map(([name, id]) => {
      const entry = this.#byId.get(id);
      return { name, id, addresses: this.resolve(id).addresses, heardMs: Math.round(now - (entry?.heardAt ?? 0)) };
    });
  }
}

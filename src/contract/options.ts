import type { OptionSpec } from './scenario.ts';

/* Options that scenarios share, so that they read alike everywhere. */

type NumberSpec = Extract<OptionSpec, { type: 'number' }>;

const numbers = (fallback: number, min: number, max: number, what: string): NumberSpec => ({
  ...{ type: 'number', default: fallback, min, max, what },
});

/** A number of messages. */
export const messages = (fallback: number, what: string): NumberSpec => numbers(fallback, 1, 1000, what);

/** Milliseconds, one way. */
export const millis = (fallback: number, what: string): NumberSpec => numbers(fallback, 0, 10_000, what);

export const percent = (fallback: number, what: string): NumberSpec => numbers(fallback, 0, 100, what);

/** kbit/s. */
export const kbit = (fallback: number, what: string): NumberSpec => numbers(fallback, 1, 1_000_000, what);

/** A network interface of a machine. */
export const anInterface = (what: string) => ({ type: 'interface', default: '', what }) as const;

/** A relay of the fleet, by its role in the scenario. */
export const aRelay = (fallback: string, what: string) => ({ type: 'relay', default: fallback, what }) as const;

/** A client of the fleet, by its role in the scenario. */
export const aClient = (fallback: string, what: string) => ({ type: 'client', default: fallback, what }) as const;

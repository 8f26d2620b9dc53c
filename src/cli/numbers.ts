import { InvalidArgumentError } from 'commander';

export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('it is a whole number from 1 to 9999.');
  return Number(text);
}

export function portNumber(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('it is a port, from 1 to 65535.');
}

export function iterations(text: string): number | 'nightly' {
  if (text === 'nightly' || /^[1-9]\d{0,3}$/.test(text)) return text === 'nightly' ? text : Number(text);
  throw new InvalidArgumentError('it is a whole number from 1 to 9999, or `nightly`.');
}

export function seedNumber(text: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) <= 0xffffffff) return Number(text);
  throw new InvalidArgumentError(`it is a whole number from 0 to ${0xffffffff}.`);
}

const UNITS: Record<string, number> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/** `90s`, `30m`, `2h`, `1d` in seconds. */
export function span(text: string): number {
  const [, count, unit = ''] = /^(\d{1,5}(?:\.\d+)?)([a-z]+)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (count === undefined || factor === undefined)
    throw new InvalidArgumentError('it is a time such as 90s, 30m, 2h or 1d.');
  return Number(count) * factor;
}

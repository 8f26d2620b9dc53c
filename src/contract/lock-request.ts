import { HIGHEST_SEEN, type LockRequest } from './fleet-lock.ts';

const isNames = (value: unknown): boolean =>
  Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '' && one.length <= 2_000);

/** Anybody may ask the lock for anything, and an error in it would take it from all. @throws Error, and nothing was changed */
export function refuseOddRequest(request: unknown): void {
  const { owner, exclusive, shared, gone } = (request ?? {}) as Partial<LockRequest>;
  if (isNames([owner]) && [exclusive, shared, gone].every(isNames)) return;
  throw new Error('A request to the lock has `owner` and lists of names: `exclusive`, `shared`, `gone`');
}

export function refuseOddFloor(owner: unknown, floor: unknown): void {
  if (isNames([owner]) && Number.isSafeInteger(floor) && Number(floor) >= 0 && Number(floor) < HIGHEST_SEEN) return;
  throw new Error(`A token is raised for an owner, above a whole number below ${HIGHEST_SEEN}`);
}

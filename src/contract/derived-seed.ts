/** A number from 0 to 2^32 - 1 that follows from `seed` and `parts`, and looks like no other: what each run of many is drawn from. Safe in the workflow sandbox. */
export function derivedSeed(seed: number, ...parts: (string | number)[]): number {
  let hash = 0x811c9dc5 ^ seed;
  for (const character of JSON.stringify(parts)) {
    hash = Math.imul(hash ^ (character.codePointAt(0) as number), 0x01000193);
  }
  return mixed(hash);
}

/** The last steps of MurmurHash3: neighbours end far apart. */
function mixed(hash: number): number {
  let value = hash;
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** One line of a known_hosts file. Source: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */
export interface KnownHost {
  patterns: string;
  revoked: boolean;
  type: string;
  key: Buffer;
  /** `file:line`, for messages. */
  at: string;
}

export type Judgement =
  | { trusted: true }
  | { trusted: false; why: 'unknown'; known: KnownHost[] }
  | { trusted: false; why: 'changed' | 'revoked'; known: [KnownHost, ...KnownHost[]] };

/** Lines that are no keys (comments, certificate authorities, damaged ones) are left out. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split('\n').flatMap((line, index) => {
    const words = line.trim().split(/\s+/);
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
    const [patterns, type, base64] = words;
    if (!patterns || !type || !base64 || patterns.startsWith('#')) return [];
    if (marker !== undefined && marker !== '@revoked') return [];
    const key = Buffer.from(base64, 'base64');
    if (key.length < 8 || keyType(key) !== type) return [];
    return [{ patterns, revoked: marker !== undefined, type, key, at: `${file}:${index + 1}` }];
  });
}

/** How known_hosts writes a host: the port only where it is not 22. */
export const knownName = (host: string, port: number): string =>
  (port === 22 ? host : `[${host}]:${port}`).toLowerCase();

/** The type that stands at the head of a public key in wire form. */
export const keyType = (key: Buffer): string =>
  key.subarray(4, 4 + Math.min(key.readUInt32BE(0), 64)).toString('latin1');

/** As `ssh-keygen -lf` prints it. */
export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

export function matches(patterns: string, name: string): boolean {
  if (patterns.startsWith('|1|')) return matchesHash(patterns, name);
  let matched = false;
  for (const pattern of patterns.toLowerCase().split(',')) {
    const negated = pattern.startsWith('!');
    if (!glob(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

/** What the known_hosts lines for `name` say about the key that a server shows. */
export function judge(known: readonly KnownHost[], name: string, key: Buffer): Judgement {
  const here = known.filter((entry) => matches(entry.patterns, name));
  const same = here.filter((entry) => entry.key.equals(key));
  const [revoked, ...others] = same.filter((entry) => entry.revoked);
  if (revoked) return { trusted: false, why: 'revoked', known: [revoked, ...others] };
  if (same.length > 0) return { trusted: true };
  const [other, ...more] = here.filter((entry) => entry.type === keyType(key) && !entry.revoked);
  if (other) return { trusted: false, why: 'changed', known: [other, ...more] };
  return { trusted: false, why: 'unknown', known: here };
}

/** The signature algorithms to offer, those of pinned keys first: otherwise a server may show a key of a type that is not pinned. */
export function hostKeyAlgorithms(known: readonly KnownHost[], name: string, all: readonly string[]): string[] {
  const types = known.filter((entry) => !entry.revoked && matches(entry.patterns, name)).map((entry) => entry.type);
  const pinned = all.filter((algorithm) => types.includes(typeOfAlgorithm(algorithm)));
  return [...pinned, ...all.filter((algorithm) => !pinned.includes(algorithm))];
}

const typeOfAlgorithm = (algorithm: string): string => (algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm);

function matchesHash(pattern: string, name: string): boolean {
  const [, , salt = '', hash = ''] = pattern.split('|');
  const ours = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  const theirs = Buffer.from(hash, 'base64');
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}

function glob(pattern: string, name: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(name);
}

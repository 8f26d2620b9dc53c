import { readFile } from 'node:fs/promises';
import { HostError } from './host.ts';
import { fingerprint, judge, keyType, knownName, matches, parseKnownHosts, type KnownHost } from './known-hosts.ts';
import { replacePrivate } from './private-file.ts';
import type { SshTarget } from './ssh-config.ts';

export const nameOf = (target: SshTarget): string =>
  target.hostKeyAlias?.toLowerCase() ?? knownName(target.host, target.port);

/** Every known key of the files that exist. */
export async function readKnownHosts(files: readonly string[]): Promise<KnownHost[]> {
  const texts = await Promise.all(files.map((file) => readIfThere(file)));
  return texts.flatMap((text, index) => parseKnownHosts(text, files[index] ?? ''));
}

/** Undefined: trusted. */
export function refusal(target: SshTarget, known: readonly KnownHost[], key: Buffer): HostError | undefined {
  const judgement = judge(known, nameOf(target), key);
  if (judgement.trusted) return undefined;
  const shows = `${target.machine} (${nameOf(target)}) shows the ${keyType(key)} key \`${fingerprint(key)}\``;
  const trust = `\`0k-chaos trust ${target.machine}\``;
  const error = (message: string) => new HostError('host-key', target.machine, `${shows}, ${message}`);
  if (judgement.why === 'unknown') {
    const others = judgement.known
      .map((entry) => `${entry.type} \`${fingerprint(entry.key)}\` (${entry.at})`)
      .join(', ');
    const which = others === '' ? 'and no key of it is known' : `and only other types are known: ${others}`;
    return error(`${which}. Compare the fingerprint with the machine's own and say ${trust}`);
  }
  const [entry] = judgement.known;
  if (judgement.why === 'revoked') return error(`which ${entry.at} revokes. Not connecting`);
  return error(
    `but ${entry.at} has \`${fingerprint(entry.key)}\`. Either the machine was installed anew, or something stands between. ` +
      `If you know why it changed: ${trust}`,
  );
}

/** Adds a key to a known_hosts file of ours, in place of an older key of the same host and type. */
export async function appendKnownHost(file: string, name: string, key: Buffer): Promise<void> {
  const lines = (await readIfThere(file)).split('\n').filter((line) => {
    const [entry] = parseKnownHosts(line, file);
    return (
      line.trim() !== '' && !(entry && !entry.revoked && entry.type === keyType(key) && matches(entry.patterns, name))
    );
  });
  replacePrivate(file, `${[...lines, `${name} ${keyType(key)} ${key.toString('base64')}`].join('\n')}\n`);
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return '';
    throw error;
  }
}

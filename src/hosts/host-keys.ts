import { NotAFileError, readPlainFile } from '../fleet/plain-file.ts';
import { HostError } from './host.ts';
import { fingerprint, judge, keyType, knownName, matches, parseKnownHosts, type KnownHost } from './known-hosts.ts';
import { replacePrivate } from './private-file.ts';
import type { SshTarget } from './ssh-config.ts';

export const nameOf = (target: SshTarget): string =>
  target.hostKeyAlias?.toLowerCase() ?? knownName(target.host, target.port);

/** Every known key of the files that exist. */
export const readKnownHosts = (files: readonly string[]): KnownHost[] =>
  files.flatMap((file) => parseKnownHosts(readIfThere(file) ?? '', file));

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

const LARGEST_BYTES = 64 * 1024 * 1024;

/** Adds a key to a known_hosts file of ours, in place of an older key of the same host and type. @throws NotAFileError */
export function appendKnownHost(file: string, name: string, key: Buffer): void {
  const text = readIfThere(file);
  if (text === undefined) throw new NotAFileError(`\`${file}\` is no file that keys can be kept in; name another one`);
  const lines = text.split('\n').filter((line) => {
    const [entry] = parseKnownHosts(line, file);
    return (
      line.trim() !== '' && !(entry && !entry.revoked && entry.type === keyType(key) && matches(entry.patterns, name))
    );
  });
  replacePrivate(file, `${[...lines, `${name} ${keyType(key)} ${key.toString('base64')}`].join('\n')}\n`);
}

/** Undefined: something else than a file, such as /dev/null, and not to be replaced by one. */
function readIfThere(file: string): string | undefined {
  try {
    return readPlainFile(file, LARGEST_BYTES).toString();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return '';
    if (error instanceof NotAFileError) return undefined;
    throw error;
  }
}

import ssh2, { type ServerHostKeyAlgorithm } from 'ssh2';
import { nameOf, readKnownHosts } from './host-keys.ts';
import { HostError } from './host.ts';
import { fingerprint, judge, keyType } from './known-hosts.ts';
import type { SshTarget } from './ssh-config.ts';
import { HOST_KEY_ALGORITHMS, openPath } from './ssh-dial.ts';

/** A key that an sshd shows, and what our known_hosts files say of it. */
export interface ScannedKey {
  key: Buffer;
  type: string;
  fingerprint: string;
  state: 'trusted' | 'unknown' | 'changed' | 'revoked';
  /** `file:line` and fingerprint of the key that it differs from. */
  known: string | null;
}

/** One handshake for each kind of key; none goes as far as authentication. */
const KINDS = [/ed25519/, /ecdsa/, /rsa/].map((kind) =>
  HOST_KEY_ALGORITHMS.filter((algorithm) => kind.test(algorithm)),
);
const HANDSHAKE_MS = 10_000;

/** Asks an sshd for its host keys. @throws HostError `unreachable` */
export async function scanHostKeys(target: SshTarget): Promise<ScannedKey[]> {
  const known = readKnownHosts(target.knownHostsFiles);
  const keys: Buffer[] = [];
  let failure: unknown;
  for (const algorithms of KINDS) {
    try {
      keys.push(await showOne(target, algorithms));
    } catch (error) {
      if (error instanceof HostError) throw error;
      failure = error;
    }
  }
  if (keys.length === 0) throw unreachable(target, failure);
  return keys.map((key) => {
    const judgement = judge(known, nameOf(target), key);
    const other = judgement.trusted || judgement.why === 'unknown' ? undefined : judgement.known[0];
    return {
      key,
      type: keyType(key),
      fingerprint: fingerprint(key),
      state: judgement.trusted ? 'trusted' : judgement.why,
      known: other ? `${other.at} ${fingerprint(other.key)}` : null,
    };
  });
}

async function showOne(target: SshTarget, serverHostKey: ServerHostKeyAlgorithm[]): Promise<Buffer> {
  const path = await openPath(target);
  const client = new ssh2.Client();
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      client.on('error', reject);
      client.once('close', () => reject(new Error('Connection lost before handshake')));
      const hostVerifier = (key: Buffer) => (resolve(key), false);
      client.connect({
        sock: path.sock,
        username: 'nobody',
        hostVerifier,
        readyTimeout: HANDSHAKE_MS,
        algorithms: { serverHostKey },
      });
    });
  } finally {
    client.destroy();
    path.sock.destroy();
    path.close();
  }
}

function unreachable({ machine, host, port }: SshTarget, cause: unknown): HostError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new HostError(
    'unreachable',
    machine,
    `${machine} shows no host key at \`${host}:${port}\`: ${why}. Is it up, and sshd there?`,
    {
      cause,
    },
  );
}

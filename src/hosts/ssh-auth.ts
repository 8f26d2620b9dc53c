import { statSync } from 'node:fs';
import ssh2, { type AnyAuthMethod, type IdentityCallback, type ParsedKey } from 'ssh2';
import { NotAFileError, readPlainFile } from '../fleet/plain-file.ts';
import { HostError } from './host.ts';
import { fingerprint } from './known-hosts.ts';
import type { SshTarget } from './ssh-config.ts';

const LARGEST_KEY = 64 * 1024;

/** What we can show an sshd, and in words what became of each key. */
export interface Credentials {
  methods: AnyAuthMethod[];
  tried: string[];
}

/** The agent, asked for some of its keys only: sshd closes after a few wrong ones (MaxAuthTries). */
class ChosenKeysAgent extends ssh2.OpenSSHAgent {
  readonly #chosen: Buffer[];
  constructor(socket: string, chosen: Buffer[]) {
    super(socket);
    this.#chosen = chosen;
  }
  override getIdentities(done: IdentityCallback<ParsedKey>): void {
    super.getIdentities((error, keys) => {
      if (error) done(error);
      else
        done(
          null,
          (keys as ParsedKey[]).filter((key) => this.#chosen.some((chosen) => chosen.equals(key.getPublicSSH()))),
        );
    });
  }
}

/** Keys of files first, then the agent. No passwords, no agent forwarding. */
export function credentialsOf(target: SshTarget): Credentials {
  const files = target.identityFiles.map((file) => readIdentity(file));
  const { user: username, agentSocket } = target;
  const methods: AnyAuthMethod[] = [];
  const tried = files.flatMap((file) => file.note ?? []);
  for (const { key } of files) if (key) methods.push({ type: 'publickey', username, key });
  if (agentSocket !== undefined) {
    const chosen = files.flatMap((file) => file.publicKey ?? []);
    const agent = target.identitiesOnly ? new ChosenKeysAgent(agentSocket, chosen) : new ssh2.OpenSSHAgent(agentSocket);
    methods.push({ type: 'agent', username, agent });
    tried.push(`agent \`${agentSocket}\``);
  } else tried.push('no agent (SSH_AUTH_SOCK is not set)');
  return { methods, tried };
}

export function denied(target: SshTarget, { methods, tried }: Credentials, cause?: unknown): HostError {
  const { machine, user, host, port } = target;
  const where = `${user}@${host}:${port}`;
  const encrypted = tried.find((note) => note.includes('encrypted'));
  const way = encrypted
    ? 'Load the key into an agent (`ssh-add`) and start 0k-chaos with its SSH_AUTH_SOCK'
    : `Put a public key of ours there (\`ssh-copy-id -p ${port} ${user}@${host}\`), or set \`machines.${machine}.ssh.user\` or \`identityFile\``;
  const what =
    methods.length === 0
      ? `There is no key for ${machine} (\`${where}\`), so it was not asked. Looked at: ${tried.join('; ')}`
      : `${machine} lets none of our keys in as \`${where}\`. Tried: ${tried.join('; ')}`;
  return new HostError('denied', machine, `${what}. ${way}`, { cause });
}

interface Identity {
  note?: string;
  key?: ParsedKey;
  publicKey?: Buffer;
}

/** Files that are not there are passed over: ssh_config lists its defaults whether they exist or not. */
function readIdentity(file: string): Identity {
  const text = readKey(file);
  const publicKey = publicKeyBeside(file);
  if (text instanceof Error) {
    const why = text instanceof NotAFileError ? text.message : text.code;
    const unread: Identity = why === 'ENOENT' && !publicKey ? {} : { note: `\`${file}\` (${why})` };
    return publicKey ? { ...unread, publicKey } : unread;
  }
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) {
    const why = /passphrase|encrypted/i.test(key.message)
      ? 'encrypted: only by an agent'
      : `unreadable: ${key.message}`;
    return { note: `\`${file}\` (${why})`, ...(publicKey ? { publicKey } : {}) };
  }
  const shown = key.getPublicSSH();
  const open = openToOthers(file);
  if (open !== undefined) return { note: `\`${file}\` (${open})`, publicKey: shown };
  return { note: `\`${file}\` (${fingerprint(shown)})`, key, publicKey: shown };
}

/** As ssh has it: a key of ours that others can read is not used. Source: ssh(1), FILES, `~/.ssh/id_rsa`. */
function openToOthers(file: string): string | undefined {
  const { uid, mode } = statSync(file);
  if (uid !== process.getuid?.() || (mode & 0o077) === 0) return undefined;
  return `open to others, mode ${(mode & 0o777).toString(8)}: not used, as ssh would not; \`chmod 600\` it, or make a new one`;
}

function readKey(file: string): Buffer | NodeJS.ErrnoException {
  try {
    return readPlainFile(file, LARGEST_KEY);
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

function publicKeyBeside(file: string): Buffer | undefined {
  const text = readKey(`${file}.pub`);
  const key = text instanceof Error ? undefined : ssh2.utils.parseKey(text);
  return key && !(key instanceof Error) ? key.getPublicSSH() : undefined;
}

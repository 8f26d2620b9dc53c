import { execFile } from 'node:child_process';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Machine } from '../fleet/schema.ts';
import { HostError } from './host.ts';

/** Everything needed to reach one sshd: the fleet file, completed by the user's ssh_config. */
export interface SshTarget {
  machine: string;
  host: string;
  port: number;
  user: string;
  hostKeyAlias: string | undefined;
  identityFiles: string[];
  /** Only `identityFiles` may be tried, in the agent too. */
  identitiesOnly: boolean;
  agentSocket: string | undefined;
  knownHostsFiles: string[];
  /** sshd to go through, nearest first. */
  jumps: SshTarget[];
}

export interface SshSettings {
  stateDir: string;
  agentSocket?: string | undefined;
  /** For `ssh -F`; absent: the user's own. */
  sshConfigFile?: string | undefined;
}

type Ssh = NonNullable<Machine['ssh']>;
type Asked = Pick<Ssh, 'host'> & Partial<Ssh>;

/** The known_hosts file that `0k-chaos trust` writes. */
const ownKnownHosts = (stateDir: string): string => join(stateDir, 'known_hosts');

const run = promisify(execFile);

/** Fields of the fleet file win over ssh_config. */
export async function resolveSshTarget(
  machine: string,
  asked: Asked,
  settings: SshSettings,
  depth = 0,
): Promise<SshTarget> {
  const config = await askSsh(machine, asked, settings);
  const first = (key: string): string | undefined => config.get(key)?.[0];
  if (set(first('proxycommand'))) throw unsupported(machine, asked.host);
  const identityFiles = asked.identityFile ? [asked.identityFile] : (config.get('identityfile') ?? defaultKeys);
  return {
    machine,
    host: first('hostname') ?? asked.host,
    port: asked.port ?? Number(first('port') ?? 22),
    user: asked.user ?? first('user') ?? userInfo().username,
    hostKeyAlias: set(first('hostkeyalias')),
    identityFiles: identityFiles.map(expandHome),
    identitiesOnly: asked.identityFile !== undefined || first('identitiesonly') === 'yes',
    agentSocket: agentOf(first('identityagent'), settings),
    knownHostsFiles: knownHostsFiles(asked, config, settings),
    jumps: await jumpsOf(machine, set(first('proxyjump')), settings, depth),
  };
}

const defaultKeys = ['~/.ssh/id_ed25519', '~/.ssh/id_ecdsa', '~/.ssh/id_rsa'];

const set = (value: string | undefined): string | undefined => (value === 'none' || value === '' ? undefined : value);

const expandHome = (path: string): string => (path.startsWith('~/') ? join(homedir(), path.slice(2)) : path);

function knownHostsFiles(asked: Asked, config: Map<string, string[]>, settings: SshSettings): string[] {
  if (asked.knownHostsFile) return [expandHome(asked.knownHostsFile)];
  const listed = [
    ...(config.get('userknownhostsfile') ?? ['~/.ssh/known_hosts']),
    ...(config.get('globalknownhostsfile') ?? []),
  ];
  return [ownKnownHosts(settings.stateDir), ...listed.flatMap((files) => files.split(' ')).map(expandHome)];
}

function agentOf(configured: string | undefined, settings: SshSettings): string | undefined {
  if (configured === 'none') return undefined;
  return configured === undefined || configured === 'SSH_AUTH_SOCK' ? settings.agentSocket : expandHome(configured);
}

async function jumpsOf(
  machine: string,
  proxyJump: string | undefined,
  settings: SshSettings,
  depth: number,
): Promise<SshTarget[]> {
  if (proxyJump === undefined) return [];
  if (depth > 4)
    throw new HostError('unreachable', machine, `ProxyJump of ${machine} leads in a circle: \`${proxyJump}\``);
  const hops = await Promise.all(
    proxyJump.split(',').map(async (hop) => {
      const [, user, host = hop, port] =
        /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[?([^\]]+?)\]?)(?::(\d+))?$/.exec(hop.trim()) ?? [];
      const asked = {
        host,
        ...(user === undefined ? {} : { user }),
        ...(port === undefined ? {} : { port: Number(port) }),
      };
      const target = await resolveSshTarget(machine, asked, settings, depth + 1);
      return [...target.jumps, { ...target, jumps: [] }];
    }),
  );
  return hops.flat();
}

/** `ssh -G` knows Include, Match and all the rest (5 ms); without `ssh` the fleet file alone counts. */
async function askSsh(machine: string, asked: Asked, settings: SshSettings): Promise<Map<string, string[]>> {
  const argv = ['-G'];
  if (settings.sshConfigFile) argv.push('-F', settings.sshConfigFile);
  if (asked.port) argv.push('-p', String(asked.port));
  if (asked.user) argv.push('-l', asked.user);
  try {
    const { stdout } = await run('ssh', [...argv, '--', asked.host], { timeout: 10_000 });
    return parse(stdout);
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === 'ENOENT') return new Map();
    throw new HostError(
      'unreachable',
      machine,
      `\`ssh -G ${asked.host}\` (for ${machine}) failed: ${stderr?.trim() || code}`,
      {
        cause: error,
      },
    );
  }
}

function parse(text: string): Map<string, string[]> {
  const config = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) config.set(key, [...(config.get(key) ?? []), value]);
  }
  return config;
}

const unsupported = (machine: string, host: string): HostError =>
  new HostError(
    'unreachable',
    machine,
    `ssh_config has a ProxyCommand for \`${host}\` (${machine}), which 0k-chaos cannot run: use ProxyJump`,
  );

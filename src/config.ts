import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadClientConfigProfile, toClientOptions, type ClientConnectConfig } from '@temporalio/envconfig';
import { FleetError, loadFleet } from './fleet/load.ts';
import type { Fleet } from './fleet/schema.ts';
import { whyNoState } from './fleet/state-folder.ts';

/** How Temporal is reached, from profiles and TEMPORAL_* as for the `temporal` command. */
export interface TemporalSettings {
  /** Absent: the embedded server of this state folder. */
  address?: string;
  namespace: string;
  /** Address, TLS, API key and headers, for `Connection` and `NativeConnection` alike. */
  connectionOptions: ClientConnectConfig['connectionOptions'];
}

/** What holds without a fleet: enough for `server`, `lab` and `init`. */
export interface Settings {
  /** Journals, keys, known_hosts and the embedded server: the fleet's `state`, else $XDG_STATE_HOME/0k-chaos. */
  stateDir: string;
  /** What can be fetched or built again: $XDG_CACHE_HOME/0k-chaos. */
  cacheDir: string;
  temporal: TemporalSettings;
  /** The fleet's `codec.keyFile`. Absent: payloads are in clear. */
  codecKeyFile?: string;
  /** Folders in which programs are looked for, in order. */
  path: string[];
  /** Socket of the SSH agent. */
  sshAgent?: string;
  /** Nobody is there to answer a question. */
  ci: boolean;
  /** `HOST:PORT` at which a worker shows its metrics to Prometheus; absent: it does not. */
  metrics?: string;
}

export interface Config extends Settings {
  fleetFile: string;
  fleet: Fleet;
}

export interface ConfigOptions {
  /** `--fleet` */
  fleet?: string | undefined;
  /** `--profile` */
  profile?: string | undefined;
  /** `--metrics` */
  metrics?: string | undefined;
  /** Fleet files to fall back on where nobody named one and none stands at the usual places; the first that exists is used, and said. */
  defaultFleets?: () => string[];
}

/** Where a process stands; tests give their own. */
export interface World {
  env: NodeJS.ProcessEnv;
  cwd: string;
  say: (line: string) => void;
}

const thisProcess = (): World => ({
  env: process.env,
  cwd: process.cwd(),
  say: (line) => process.stderr.write(`${line}\n`),
});

/** A mistake in the environment or in Temporal's own configuration file. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly kind = 'BadInput';
}

/** Everything a command needs that works on a fleet. @throws FleetError, ConfigError */
export function loadConfig(options: ConfigOptions = {}, world: World = thisProcess()): Config {
  const fleetFile = findFleet(options, world);
  if (fleetFile === undefined) {
    const places = usualPlaces(world).map((place) => `\`${place}\``);
    const what = `no fleet file (looked at ${places.join(', ')}); write one with \`0k-chaos init\`, or name one with \`--fleet FILE\``;
    throw new FleetError('fleet.yml', [{ line: 0, field: '', what }]);
  }
  const fleet = loadFleet(fleetFile, invokers(world));
  return { ...settings(options, world, fleet), fleetFile, fleet };
}

/** The same where a fleet is welcome but not needed. A fleet file that is named or found must still be sound. */
export function loadSettings(options: ConfigOptions = {}, world: World = thisProcess()): Settings {
  const fleetFile = findFleet(options, world);
  return settings(options, world, fleetFile === undefined ? undefined : loadFleet(fleetFile, invokers(world)));
}

function settings(options: ConfigOptions, world: World, fleet: Fleet | undefined): Settings {
  const { env } = world;
  const agent = env['SSH_AUTH_SOCK'];
  const metrics = metricsAddress(options.metrics ?? env['ZEROK_CHAOS_METRICS']);
  return {
    stateDir: fleet?.state ?? usualState(env),
    cacheDir: xdg(env, 'XDG_CACHE_HOME', '.cache'),
    temporal: temporal(options.profile, env),
    ...(fleet?.codec === undefined ? {} : { codecKeyFile: fleet.codec.keyFile }),
    path: (env['PATH'] ?? '').split(':').filter((folder) => folder.startsWith('/')),
    ...(agent ? { sshAgent: agent } : {}),
    ci: isOn(env['CI']),
    ...(metrics === undefined ? {} : { metrics }),
  };
}

/** Who has become root by sudo could do as root what the file says. */
function invokers({ env }: World): number[] {
  const uid = Number(env['SUDO_UID'] || Number.NaN);
  return process.getuid?.() === 0 && Number.isSafeInteger(uid) ? [uid] : [];
}

/** --fleet → ZEROK_CHAOS_FLEET → ./fleet.yml → the user's own → what the caller falls back on. */
function findFleet(options: ConfigOptions, world: World): string | undefined {
  const named = options.fleet ?? (world.env['ZEROK_CHAOS_FLEET'] || undefined);
  if (named !== undefined) {
    return named;
  }
  const usual = usualPlaces(world).find((place) => existsSync(place));
  if (usual !== undefined) {
    return usual;
  }
  const fallback = options.defaultFleets?.().find((file) => existsSync(file));
  if (fallback !== undefined) {
    world.say(`using the fleet \`${fallback}\` (--fleet names another)`);
  }
  return fallback;
}

const usualPlaces = ({ env, cwd }: World): string[] => [
  join(cwd, 'fleet.yml'),
  join(xdg(env, 'XDG_CONFIG_HOME', '.config'), 'fleet.yml'),
];

/** The XDG rules say that a relative folder is to be ignored. */
function xdg(env: NodeJS.ProcessEnv, variable: string, fallback: string): string {
  const base = env[variable];
  return join(base?.startsWith('/') ? base : join(env['HOME'] || homedir(), fallback), '0k-chaos');
}

/** @throws ConfigError */
function usualState(env: NodeJS.ProcessEnv): string {
  const folder = xdg(env, 'XDG_STATE_HOME', '.local/state');
  const why = whyNoState(folder);
  if (why === undefined) return folder;
  throw new ConfigError(
    `\`${folder}\`, where state is kept: ${why}; name another with \`state:\` in the fleet file, or XDG_STATE_HOME`,
  );
}

function temporal(profile: string | undefined, env: NodeJS.ProcessEnv): TemporalSettings {
  try {
    const overrideEnvVars = Object.fromEntries(
      Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== ''),
    );
    const found = loadClientConfigProfile({ ...(profile === undefined ? {} : { profile }), overrideEnvVars });
    const { connectionOptions, namespace } = toClientOptions(found);
    const { address } = connectionOptions;
    return { ...(address === undefined ? {} : { address }), namespace: namespace ?? 'default', connectionOptions };
  } catch (error) {
    const evidence = (error as Error).message;
    throw new ConfigError(
      `Temporal's configuration cannot be used: ${evidence}; see \`temporal config list\`, --profile and the TEMPORAL_* variables`,
      { cause: error },
    );
  }
}

/** @throws ConfigError */
function metricsAddress(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const port = Number(/^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:]+\]):(\d{1,5})$/i.exec(text)?.[1]);
  if (port > 0 && port < 65_536) return text;
  throw new ConfigError(
    `\`${text}\` is no address for metrics; one such as \`127.0.0.1:9464\` (--metrics, ZEROK_CHAOS_METRICS)`,
  );
}

const isOn = (value: string | undefined): boolean => value !== undefined && !['', '0', 'false'].includes(value);

/** What this process was started with, for whoever reaches machines as the person who started it would. */
export const ownEnvironment = (): NodeJS.ProcessEnv => process.env;

/** Whether a bug shows its stack. */
export const isDebugging = (env: NodeJS.ProcessEnv = process.env): boolean => isOn(env['ZEROK_CHAOS_DEBUG']);

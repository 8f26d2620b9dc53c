import { Command } from 'commander';
import { loadConfig, type Config, type ConfigOptions } from '../config.ts';
import { didYouMean } from '../fleet/nearest.ts';
import { appendKnownHost, nameOf } from '../hosts/host-keys.ts';
import { scanHostKeys, type ScannedKey } from '../hosts/scan-host-keys.ts';
import { harmlessJson } from '../report/look.ts';
import { examples } from './common.ts';
import { print, say } from './output.ts';
import { ask, isYes } from './question.ts';
import { resolveSshTarget, type SshTarget } from '../hosts/ssh-config.ts';

interface Options extends ConfigOptions {
  yes?: boolean;
  fingerprint?: string;
  json?: boolean;
}

/** How a person is reached; tests give their own. */
export interface Terminal {
  /** Null: nobody is there. */
  ask: ((question: string) => Promise<string>) | null;
  say: (line: string) => void;
  print: (line: string) => void;
}

/** Not trusted, and nothing was written. */
export class TrustError extends Error {
  override name = 'TrustError';
  readonly kind = 'BadInput';
}

/** What `0k-chaos trust --json` prints of each sshd on the way to the machine, the machine itself last. */
export interface Trusted {
  machine: string;
  host: string;
  file: string;
  keys: Omit<ScannedKey, 'key'>[];
  /** Fingerprints that were added. */
  added: string[];
}

/** `0k-chaos trust HOST`: shows the keys of a machine's sshd and pins them. */
export function trustCommand(
  terminal: Terminal = thisTerminal(),
  configOf: (options: ConfigOptions) => Config = loadConfig,
): Command {
  return new Command('trust')
    .description('show the SSH host keys of a machine, and trust them')
    .argument('<machine>', 'name of a machine in the fleet file')
    .option('--fleet <file>', 'fleet file')
    .option('-y, --yes', 'trust what is shown without asking')
    .option('--fingerprint <SHA256:…>', 'trust the key with this fingerprint, and no other')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', examples('trust beast', 'trust guardian --fingerprint SHA256:…'))
    .action(async (machine: string, options: Options) => {
      const trusted = await trust(machine, options, configOf(options), terminal);
      if (options.json) terminal.print(JSON.stringify(trusted));
    });
}

async function trust(machine: string, options: Options, config: Config, terminal: Terminal): Promise<Trusted[]> {
  const target = await resolveSshTarget(machine, sshOf(machine, config), {
    stateDir: config.stateDir,
    agentSocket: config.sshAgent,
  });
  const stations = [...target.jumps, target];
  const trusted: Trusted[] = [];
  for (const [index, station] of stations.entries())
    // Each is reached through the ones that were trusted before it.
    trusted.push(await trustOne({ ...station, jumps: stations.slice(0, index) }, options, terminal));
  return trusted;
}

function sshOf(machine: string, { fleet, fleetFile }: Config) {
  const known = Object.hasOwn(fleet.machines, machine) ? fleet.machines[machine] : undefined;
  if (known?.ssh) return known.ssh;
  if (known)
    throw new TrustError(
      `\`${machine}\` is this machine itself (\`local: true\` in ${fleetFile}): there is no SSH to trust`,
    );
  throw new TrustError(
    `No machine \`${machine}\` in ${fleetFile}; ${didYouMean(machine, Object.keys(fleet.machines))}`,
  );
}

async function trustOne(target: SshTarget, options: Options, terminal: Terminal): Promise<Trusted> {
  const [file = ''] = target.knownHostsFiles;
  const host = nameOf(target);
  const keys = await scanHostKeys(target);
  terminal.say(`${target.machine} (${host}) shows:`);
  for (const { type, fingerprint, state, known } of keys)
    terminal.say(`  ${type}  ${fingerprint}  ${state}${known ? `: ${known}` : ''}`);
  const chosen = await choose(target, keys, options, terminal);
  for (const { key } of chosen) appendKnownHost(file, host, key);
  terminal.say(chosen.length === 0 ? 'nothing new to trust' : `trusted, in ${file}`);
  return {
    ...{ machine: target.machine, host, file },
    keys: keys.map(({ type, fingerprint, state, known }) => ({ type, fingerprint, state, known })),
    added: chosen.map(({ fingerprint }) => fingerprint),
  };
}

async function choose(
  target: SshTarget,
  keys: ScannedKey[],
  options: Options,
  terminal: Terminal,
): Promise<ScannedKey[]> {
  const revoked = keys.find(({ state }) => state === 'revoked');
  if (revoked) throw new TrustError(`${target.machine} shows a key that ${revoked.known} revokes; nothing was trusted`);
  if (options.fingerprint !== undefined) {
    const same = keys.filter(({ fingerprint }) => fingerprint === options.fingerprint);
    if (same.length === 0)
      throw new TrustError(`${target.machine} shows no key \`${options.fingerprint}\`; nothing was trusted`);
    return same.filter(({ state }) => state !== 'trusted');
  }
  const fresh = keys.filter(({ state }) => state !== 'trusted');
  if (fresh.length === 0 || options.yes) return fresh;
  if (!terminal.ask)
    throw new TrustError(
      `${target.machine} is not trusted yet, and nobody is at the terminal to compare fingerprints: give \`--fingerprint SHA256:…\`, or \`--yes\``,
    );
  const changed = fresh.some(({ state }) => state === 'changed') ? 'It has CHANGED since it was trusted. ' : '';
  const answer = await terminal.ask(`${changed}Compare with \`ssh-keygen -lf\` on the machine. Trust it? [y/N] `);
  if (!isYes(answer.trim())) throw new TrustError(`${target.machine} was not trusted; nothing was written`);
  return fresh;
}

const thisTerminal = (): Terminal => ({
  ask: process.stdin.isTTY ? ask : null,
  say,
  print: (line) => print(harmlessJson(line)),
});

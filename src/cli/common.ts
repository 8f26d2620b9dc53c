import type { Command } from 'commander';
import type { Config, ConfigOptions, Settings } from '../config.ts';

export interface CommonOptions extends ConfigOptions {
  json?: boolean;
}

/** The options of every command that works on a fleet. */
export const common = (command: Command): Command =>
  command
    .option('--fleet <file>', 'fleet file (default: ./fleet.yml, then your own, then the lab of this clone)')
    .option('--profile <name>', "profile of Temporal's own configuration file")
    .option('--json', 'one JSON document on stdout');

export const examples = (...lines: string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ 0k-chaos ${line}`).join('\n')}\n`;

/** @throws FleetError, ConfigError */
export async function configOf(options: ConfigOptions): Promise<Config> {
  const [{ loadConfig }, defaultFleets] = await Promise.all([import('../config.ts'), labFleets()]);
  return loadConfig({ ...options, defaultFleets });
}

/** The two ways to configuration, for commands that take them as functions. */
export async function readers(): Promise<{
  config: (options: ConfigOptions) => Config;
  settings: (options: ConfigOptions) => Settings;
}> {
  const [{ loadConfig, loadSettings }, defaultFleets] = await Promise.all([import('../config.ts'), labFleets()]);
  return {
    config: (options) => loadConfig({ ...options, defaultFleets }),
    settings: (options) => loadSettings({ ...options, defaultFleets }),
  };
}

/** Where nobody names a fleet, the lab of this clone is one. */
async function labFleets(): Promise<() => string[]> {
  const [{ defaultLabName }, { labFolder }, path] = await Promise.all([
    import('../../lab/paths.ts'),
    import('../../lab/record.ts'),
    import('node:path'),
  ]);
  return () => [path.join(labFolder(defaultLabName()), 'fleet.yml')];
}

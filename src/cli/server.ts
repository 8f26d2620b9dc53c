import { dirname } from 'node:path';
import { Command } from 'commander';
import { loadSettings, type ConfigOptions, type Settings } from '../config.ts';
import { quote } from '../hosts/quote.ts';
import { examples } from './common.ts';
import { answer } from './output.ts';
import { embeddedState, ensureServer, findServer, stopServer, TemporalError, type Server } from '../temporal/server.ts';

interface Options extends ConfigOptions {
  json?: boolean;
}

const NOT_RUNNING = 'the embedded Temporal server does not run; start it with `0k-chaos server start`';

/** `0k-chaos server`: the Temporal server that 0k-chaos owns where no address is given. */
export function serverCommand(settingsOf: (options: ConfigOptions) => Settings = loadSettings): Command {
  const command = new Command('server')
    .description('the Temporal server: the embedded one, or the one that TEMPORAL_* or a profile names')
    .addHelpText('after', examples('server start', 'server status --json', 'server env'));
  const add = (name: string, does: string, act: (settings: Settings, json: boolean) => Promise<void>): void => {
    command
      .command(name)
      .description(does)
      .option('--fleet <file>', 'fleet file, whose state folder the server belongs to')
      .option('--profile <name>', "profile of Temporal's own configuration file")
      .option('--json', 'one JSON document on stdout')
      .action(async ({ json, ...options }: Options) => await act(settingsOf(options), json === true));
  };
  add('start', 'start it, unless it runs', start);
  add('stop', 'end it; what runs goes on when it is started again', stop);
  add('status', 'whether it runs, and where', status);
  add('env', 'lines for a shell, so that the plain `temporal` command talks to it: eval "$(0k-chaos server env)"', env);
  return command;
}

async function start(settings: Settings, json: boolean): Promise<void> {
  const server = await ensureServer(settings);
  if (json || !server.startedNow) answer(json, server, () => `Temporal runs at ${server.address}${ui(server)}`);
}

async function stop(settings: Settings, json: boolean): Promise<void> {
  const { address } = settings.temporal;
  if (address !== undefined) {
    throw new TemporalError(`the Temporal server at ${address} is not ours to stop; end it where it was started`);
  }
  const stopped = await stopServer(settings);
  answer(json, { stopped }, () => (stopped ? 'stopped' : 'the embedded Temporal server does not run'));
}

async function status(settings: Settings, json: boolean): Promise<void> {
  const server = await findServer(settings);
  const { record } = embeddedState(settings);
  const about = server?.owned === true && record !== undefined ? record : undefined;
  const found = about && {
    pid: about.process.pid,
    version: about.version,
    binary: about.binary,
    binaryFrom: about.from,
  };
  answer(json, { running: server !== undefined, ...server, ...found }, () =>
    server === undefined
      ? NOT_RUNNING
      : [
          `Temporal runs at ${server.address}, namespace ${server.namespace}${ui(server)}`,
          ...(about ? [`process ${about.process.pid}, \`${about.binary}\` ${about.version} (from ${about.from})`] : []),
        ].join('\n'),
  );
}

async function env(settings: Settings, json: boolean): Promise<void> {
  const server = await findServer(settings);
  if (server === undefined) throw new TemporalError(NOT_RUNNING);
  const { record } = embeddedState(settings);
  const folder = server.owned && record !== undefined && record.from !== 'PATH' ? dirname(record.binary) : null;
  const variables = { TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: server.namespace };
  answer(json, { ...variables, pathFolder: folder }, () =>
    [
      ...Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`),
      ...(folder === null ? [] : [`export PATH=${quote(folder)}:"$PATH"`]),
    ].join('\n'),
  );
}

const ui = ({ uiUrl }: Server): string => (uiUrl === null ? '' : `, UI ${uiUrl}`);

import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { Settings } from '../config.ts';
import { createPrivate, readPrivate } from '../hosts/private-file.ts';
import { quote } from '../hosts/quote.ts';
import { badInput } from './errors.ts';
import { common, examples, readers, type CommonOptions } from './common.ts';
import { interruptible } from './interrupt.ts';
import { portNumber } from './numbers.ts';
import { answer, say } from './output.ts';

interface Options extends CommonOptions {
  file?: string;
  port?: number;
  origin?: string[];
}

const PORT = 8888;

/** `0k-chaos codec`: the keys that encrypt what Temporal keeps, and the server that shows it in the UI and by `temporal`. */
export function codecCommand(): Command {
  const command = new Command('codec').description(
    'encrypt what Temporal keeps of runs: keys, and a codec server for the UI and `temporal` (docs/CODEC.md)',
  );
  const add = (name: string, does: string): Command =>
    common(command.command(name))
      .description(does)
      .option(
        '--file <file>',
        "key file (default: the fleet's `codec.keyFile`, else codec-keys.json in the state folder)",
      );
  add('keygen', 'make a key file').action(keygen);
  add('rotate', 'add a key that encrypts from now on; the older ones go on decrypting').action(rotate);
  add('serve', 'decode for the UI and `temporal`, on 127.0.0.1, until Ctrl-C')
    .option('--port <number>', 'port on 127.0.0.1', portNumber, PORT)
    .option(
      '--origin <url...>',
      "more UIs that may ask, such as `https://temporal.example` (the embedded server's always may)",
    )
    .action(serve);
  return command.addHelpText('after', examples('codec keygen', 'codec rotate', 'codec serve --port 8888'));
}

async function keygen(options: Options): Promise<void> {
  const settings = await settingsOf(options);
  const { makeKeys } = await import('../temporal/codec/key-file.ts');
  const file = fileOf(settings, options);
  const id = makeKeys(file);
  const used = settings.codecKeyFile === file;
  const next = `; to use it, write into the fleet file: codec: { keyFile: ${JSON.stringify(file)} }`;
  answer(options.json, { file, id }, () => `made \`${file}\` with the key \`${id}\`${used ? '' : next}`);
}

async function rotate(options: Options): Promise<void> {
  const { rotateKeys } = await import('../temporal/codec/key-file.ts');
  const file = fileOf(await settingsOf(options), options);
  const id = await rotateKeys(file);
  answer(options.json, { file, id }, () =>
    [
      `the key \`${id}\` in \`${file}\` encrypts from now on, in whatever is started from now on.`,
      'Copy the file to wherever a worker or a CLI uses it, before a worker is started again. Running ones read it again when they meet the new key.',
    ].join('\n'),
  );
}

async function serve(options: Options): Promise<void> {
  const settings = await settingsOf(options);
  const [{ SealingCodec }, { serveCodec }, { readKeys }] = await Promise.all([
    import('../temporal/codec/payload-codec.ts'),
    import('../temporal/codec/http.ts'),
    import('../temporal/codec/key-file.ts'),
  ]);
  const file = fileOf(settings, options);
  readKeys(file);
  const signal = interruptible('codec server: stopped');
  const wanted = { port: options.port ?? PORT, origins: await originsOf(settings, options) };
  const server = await serveCodec(new SealingCodec(file), { ...wanted, token: tokenIn(settings.stateDir) }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error;
      throw badInput(`port ${wanted.port} is taken; name another one with \`--port\``);
    },
  );
  answer(options.json, { endpoint: server.endpoint, origins: wanted.origins }, () => wordsOf(server.endpoint));
  say(
    `codec server: answers on 127.0.0.1:${server.port} until Ctrl-C; pages of ${wanted.origins.join(', ') || 'nobody'} may ask`,
  );
  await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
  await server.close();
}

const wordsOf = (endpoint: string): string =>
  [
    `# The address holds a secret: it is for you alone.`,
    `# For \`temporal\`:`,
    `export TEMPORAL_CODEC_ENDPOINT=${quote(endpoint)}`,
    `# For the UI: the glasses at the top, set for this browser: ${endpoint}`,
  ].join('\n');

async function settingsOf(options: CommonOptions): Promise<Settings> {
  return (await readers()).settings(options);
}

const fileOf = ({ codecKeyFile, stateDir }: Settings, { file }: Options): string =>
  file === undefined ? (codecKeyFile ?? join(stateDir, 'codec-keys.json')) : resolve(file);

/** Browsers name a page by scheme, host and port. */
async function originsOf(settings: Settings, { origin = [] }: Options): Promise<string[]> {
  const { embeddedState } = await import('../temporal/server.ts');
  const { record } = embeddedState(settings);
  const ours = record ? ['127.0.0.1', 'localhost'].map((name) => `http://${name}:${record.uiPort}`) : [];
  return [...ours, ...origin.map(originOf)];
}

function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && url.origin !== 'null') return url.origin;
  throw badInput(`--origin \`${text}\` is no address of a page, such as \`https://temporal.example:8080\``);
}

/** Kept, so that what was told to a browser or a shell goes on working. */
function tokenIn(stateDir: string): string {
  const file = join(stateDir, 'codec-token');
  createPrivate(file, randomBytes(24).toString('base64url'));
  return readPrivate(file).toString();
}

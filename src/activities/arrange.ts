import type { Steps } from '../contract/steps.ts';
import { groupsDiffer } from '../zerok/ground.ts';
import { init, pair, PASSPHRASE_PROMPT } from '../zerok/commands.ts';
import { parseGroup, serialiseGroup, withRelays } from '../zerok/group-file.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { beating } from './heartbeat.ts';
import { RunFolder } from './journal.ts';
import { relayNow } from './relays.ts';
import { passphraseOf, SyncClient } from './sync-client.ts';

const FRESH_DIR = 'rm -rf -- "$1" && mkdir -p -- "$1" && chmod 700 -- "$1"';
const READ = 'cat -- "$1/group.json"';
const REPLACE = 'umask 077; cat >"$1/group.json.new" && mv -f -- "$1/group.json.new" "$1/group.json"';

/** Init, pair and several relays on every client, side by side; then all of them have to be in the same group. */
export const arrange = (deps: Deps): Steps['arrange'] =>
  async function arrange({ run, clients }) {
    await beating(async () => {
      const folder = new RunFolder(deps.stateDir, run);
      const relays = await Promise.all(Object.keys(deps.fleet.relays).map((name) => relayNow(deps, name)));
      const ids = relays.map(({ endpointId }) => endpointId);
      const passphrase = passphraseOf(deps, run);
      const groups = await Promise.all(
        clients.map(async (name) => {
          const startedAt = Date.now();
          const group = await join(new SyncClient(deps, run, name), ids, passphrase);
          folder.record({ kind: 'note', summary: `${name} joined the run's group`, ms: Date.now() - startedAt });
          return [name, group] as const;
        }),
      );
      const wrong = groupsDiffer(Object.fromEntries(groups));
      if (wrong) throw failure('GroundFailed', `${wrong.problem}; ${wrong.fix}`);
    });
  };

/** @returns the group id. */
async function join(client: SyncClient, relays: string[], passphrase: string): Promise<string> {
  const { cli } = client;
  await client.script(FRESH_DIR, [client.root]);
  await expectText(client, init(cli, `0k-chaos-${client.name}`), 'Device initialized successfully!');
  const pty = { prompt: PASSPHRASE_PROMPT.trim(), answer: passphrase };
  await expectText(client, pair(cli, relays[0] ?? ''), 'Joined sync group successfully!', { pty });
  const group = parseGroup(await client.script(READ, [cli.dataDir]));
  if ('error' in group) throw failure('GroundFailed', `${client.name}: its group.json is not readable: ${group.error}`);
  await client.script(REPLACE, [cli.dataDir], { stdin: serialiseGroup(withRelays(group.group, relays)) });
  return group.group.group_id;
}

/** Judged by what it prints: its exit codes lie. */
async function expectText(client: SyncClient, argv: readonly string[], text: string, options = {}): Promise<void> {
  const { stdout, stderr, exitCode } = await client.exec(argv, options);
  if (stdout.includes(text)) return;
  const said = `${stdout}${stderr}`.trim().slice(-400);
  throw failure(
    'GroundFailed',
    `${client.name}: \`${argv.slice(0, 5).join(' ')} …\` did not print \`${text}\` (exit ${exitCode}): ${said || 'nothing'}`,
  );
}

import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientChecks } from '../../../src/activities/ground/clients.ts';
import type { Checked } from '../../../src/activities/ground/run.ts';
import { runGround } from '../../../src/activities/ground/run.ts';
import type { Argv } from '../../../src/faults/argv.ts';
import type { ExecOptions } from '../../../src/hosts/host.ts';
import { serialiseGroup, type Group } from '../../../src/zerok/group-file.ts';
import * as samples from '../../zerok/samples.ts';
import { container, fakeDeps, PEER, result, type Answer, type FakeMachine } from './fake-fleet.ts';

/** What `pair` writes where the key derivation gives this group. */
const groupFile = (id: string): string =>
  serialiseGroup({
    ...{ group_id: id.repeat(43), relay_addresses: [PEER], joined_at: 1, cursors: {} },
    ...{ group_secret_hex: 'ab'.repeat(32), salt_hex: 'cd' },
  } as Group);

/** A client that does as the real one; `loses`: nothing that was pushed arrives. */
function syncCli(groupId: string, stored: string[], loses = false) {
  let group = '';
  return (argv: Argv, { stdin = '' }: ExecOptions): Answer | undefined => {
    const words = argv.join(' ');
    if (words.includes('--version')) return 'sync-cli 0.1.0\n';
    if (words.includes(' init ')) return 'Device initialized successfully!\n';
    if (words.includes(' pair ')) return ((group = groupFile(groupId)), 'Joined sync group successfully!\n');
    if (words.includes(' push ')) return (stored.push(argv.at(-1) ?? ''), samples.pushAcknowledged);
    if (words.includes(' pull '))
      return loses ? samples.pulledNothing : samples.pulled(stored.map((text, n) => [n + 1, text]));
    if (argv[0] !== 'sh') return undefined;
    if (words.includes('group.json.new')) return ((group = String(stdin)), '');
    if (words.includes('cat -- ')) return group;
    return words.includes('wc -c') ? { exitCode: 1 } : '';
  };
}

describe('the checks of the clients', function () {
  this.timeout(20_000);
  const stateDir = mkdtempSync(join(tmpdir(), '0k-chaos-clients-'));
  after(() => rmSync(stateDir, { recursive: true, force: true }));

  async function checked(
    guardian: (stored: string[]) => NonNullable<FakeMachine['says']>,
    deliverSeconds = 5,
  ): Promise<Checked[]> {
    const stored: string[] = [];
    const inContainer = syncCli('A', stored);
    const beast: FakeMachine = {
      containers: [container('relay-1'), container('client-beast')],
      log: (id) => (id === 'id-relay-1' ? samples.relayLog(PEER) : ''),
      docker: {
        exec: (_, argv, options = {}) => {
          return Promise.resolve(result(inContainer(argv, options) as string));
        },
      },
    };
    const deps = {
      ...fakeDeps({ q: { says: syncCli('A', stored) }, beast, guardian: { says: guardian(stored) } }),
      stateDir,
    };
    deps.fleet.times.deliverSeconds = deliverSeconds;
    const wanted = clientChecks.filter(({ name }) => name !== 'distributed_guardian_binary_exists');
    return (await runGround(deps, wanted, { signal: new AbortController().signal })).checks;
  }
  const of = (checks: Checked[], name: string): Checked | undefined => checks.find((one) => one.name === name);

  it('are good where three clients are in one group, and what Q pushes arrives', async () => {
    const checks = await checked((stored) => syncCli('A', stored));
    assert.deepEqual(
      checks.filter(({ state }) => state !== 'ok').map(({ name, what }) => [name, what]),
      [],
    );
    assert.match(of(checks, 'distributed_configure_multi_relay')?.what ?? '', /q: 1 relays; beast: .*; guardian: /);
  });

  it('name the clients whose memory gave them another group, with the repair, and wait for no message', async () => {
    const startedAt = Date.now();
    const checks = await checked((stored) => syncCli('B', stored), 60);
    const wrong = checks.find(({ state }) => state === 'fail');
    assert.match(wrong?.what ?? '', /different groups: q, beast in `AAAAAAAA…`; guardian in `BBBBBBBB…`/);
    assert.match(wrong?.fix ?? '', /copy `group_id`, `group_secret_hex` and `salt_hex`/);
    assert.equal(checks.filter(({ state }) => state === 'skipped').length, 1);
    assert.ok(Date.now() - startedAt < 5_000);
  });

  it('fail, bounded, where a message that was acknowledged does not arrive', async () => {
    const checks = await checked((stored) => syncCli('A', stored, true), 1);
    const { state, what } = of(checks, 'distributed_push_pull_q_to_guardian') ?? {};
    assert.equal(state, 'fail');
    assert.match(what ?? '', /guardian has not pulled the message within 1 s; its last pull said: none/);
  });

  it('blame a program that is missing once, for all that needs it', async () => {
    const checks = await checked(() => () => ({ exitCode: 127, stderr: 'sh: 1: /tmp/sync-cli-arm: not found\n' }));
    assert.match(of(checks, 'distributed_guardian_cli_version')?.fix ?? '', /guardian install guardian/);
    const skipped = checks.filter(({ state }) => state === 'skipped').map(({ name }) => name);
    assert.deepEqual(skipped, [
      'distributed_guardian_init',
      'distributed_init_pair_guardian',
      'distributed_push_pull_q_to_guardian',
      'distributed_configure_multi_relay',
    ]);
  });
});

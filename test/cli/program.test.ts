import { strict as assert } from 'node:assert';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer, type AddressInfo } from 'node:net';
import { COMMANDS } from '../../src/cli/program.ts';
import { scenarios } from '../../src/workflows/scenarios/index.ts';
import { FLEET, folderWith } from './fleets.ts';
import { chaos, chaosWith, PROGRAM, type Ended } from './program.ts';

const errorIn = ({ stdout }: Ended) => (JSON.parse(stdout) as { error: { kind: string; message: string } }).error;

describe('the command line', function () {
  this.timeout(60_000);
  let home: string;
  let removeFleet: () => void;
  let fleetFile: string;
  const run = (...words: string[]) => chaos(home, ...words);

  before(() => {
    home = mkdtempSync(path.join(tmpdir(), '0k-chaos-home-'));
    ({ file: fleetFile, remove: removeFleet } = folderWith());
  });
  after(() => {
    rmSync(home, { recursive: true, force: true });
    removeFleet();
  });

  it('lists every scenario as one JSON document, with no fleet and nothing on stderr', async () => {
    const { code, stdout, stderr } = await run('list', '--json');
    assert.deepEqual([code, stderr], [0, '']);
    const names = (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name);
    assert.deepEqual(names, Object.keys(scenarios));
  });

  it('lists within 80 columns and without colours where there is no terminal', async () => {
    const { stdout } = await run('list');
    assert.ok(stdout.split('\n').every((line) => line.length <= 80));
    assert.ok(!stdout.includes('\u001b'));
  });

  it('explains itself, and names every command', async () => {
    const [whole, one] = await Promise.all([run('--help'), run('run', '--help')]);
    assert.deepEqual([whole.code, one.code], [0, 0]);
    for (const name of Object.keys(COMMANDS)) assert.match(whole.stdout, new RegExp(`^ {2}${name} `, 'm'));
    assert.match(one.stdout, /Usage: 0k-chaos run[^]*Examples:\n {2}\$ 0k-chaos run mr_01/);
  });

  it('says so where what it waits for can no longer come, instead of ending without a word', async () => {
    const lost = 'globalThis.fetch = () => new Promise(() => {}); AbortController.prototype.abort = () => {};';
    const preload = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(lost)}` };
    const { code, stderr } = await chaosWith(preload, home, 'relays', 'health', '--fleet', fleetFile);
    assert.deepEqual([code, stderr.split('\n')[0]], [3, '0k-chaos: it waits for what can no longer come']);
  });

  it('goes on where nobody reads its stderr any more', async () => {
    // Takes a call, and never says who it is.
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const text = FLEET.replace('port: 1, user: nobody', `port: ${port}, user: nobody, identityFile: ./key`);
    const { dir, file, remove } = folderWith(text);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(dir, 'key')]);
    const child = spawn(process.execPath, [PROGRAM, 'inject', 'kill', 'relay-1', '--fleet', file], {
      ...{ cwd: dir, env: { ...process.env, HOME: dir, XDG_STATE_HOME: dir }, stdio: ['ignore', 'ignore', 'pipe'] },
    });
    try {
      child.stderr.destroy();
      silent.on('connection', (socket) => setTimeout(() => socket.destroy(), 500));
      const [code] = (await once(child, 'close')) as [number];
      assert.equal(code, 3, 'not 1, which says that a claim failed');
    } finally {
      silent.close();
      remove();
    }
  });

  const refused: [string, string[], RegExp][] = [
    ['a command that there is not', ['stauts'], /no command `stauts`; did you mean `status`\?/],
    ['an option that there is not', ['list', '--jsno'], /unknown option '--jsno'/],
    [
      'a scenario that there is not',
      ['run', 'mr_1_relay_crash_failover'],
      /did you mean `mr_01_relay_crash_failover`\?/,
    ],
    ['a fleet file that is not there', ['--fleet', 'none.yml', 'faults'], /none\.yml: there is no such file/],
    ['a command that needs a fleet, where there is none', ['status'], /no fleet file/],
    ['a heal of nothing in particular', ['heal'], /say what to heal/],
    ['an id that is none', ['run', 'cm_01', '--id', ''], /--id .*1 to 300 characters/],
    ['an id that would garble lists', ['run', 'cm_01', '--id', 'a b'], /--id .*no spaces/],
    ['the id of a lock', ['soak', '--for', '1m', '--id', 'fleet-lock/lab'], /does not begin with fleet-lock/],
    ['an abort of nothing in particular', ['abort'], /say which runs/],
    ['names beside `--all`', ['run', 'mr_01', '--all'], /leave out the names, or `--all`/],
    ['a subcommand that there is not', ['locks', 'relase', 'x'], /no `locks relase`; did you mean `release`/],
    ['an option in front of the command that there is not', ['--josn', 'list'], /unknown option '--josn'/],
  ];
  for (const [what, words, message] of refused) {
    it(`refuses ${what} with exit code 2, and as one JSON document where that is asked for`, async () => {
      const [plain, json] = await Promise.all([run(...words), run(...words, '--json')]);
      assert.deepEqual([plain.code, json.code, plain.stdout], [2, 2, '']);
      assert.match(plain.stderr, message);
      assert.ok(!/^ +at /m.test(plain.stderr), plain.stderr);
      assert.match(errorIn(json).message, message);
      assert.equal(errorIn(json).kind, 'BadInput');
    });
  }

  it('names file, line and field of a mistake in the fleet file', async () => {
    const bad = folderWith(FLEET.replace('name: nowhere', 'name: nowhere\nmachnes: {}'));
    try {
      const { code, stderr } = await run('faults', '--fleet', bad.file);
      assert.equal(code, 2);
      assert.match(stderr, /fleet\.yml:2: machnes: unknown key; did you mean `machines`\?/);
    } finally {
      bad.remove();
    }
  });

  it('says how to start Temporal where it is down, before anything else', async () => {
    const { code, stdout } = await run('--json', '--fleet', fleetFile, 'run', 'mr_01_relay_crash_failover');
    assert.equal(code, 2);
    const { kind, message } = errorIn({ code, stdout, stderr: '' });
    assert.equal(kind, 'GroundFailed');
    assert.match(message, /0k-chaos server start/);
  });

  it('says which machines do not answer, and that it does not know what is broken there', async () => {
    const { code, stdout, stderr } = await run('faults', '--json', '--fleet', fleetFile);
    assert.equal(code, 3);
    const { faults, unreachable } = JSON.parse(stdout) as { faults: unknown[]; unreachable: { machine: string }[] };
    assert.deepEqual(faults, []);
    assert.deepEqual(
      unreachable.map(({ machine }) => machine),
      ['beast', 'guardian'],
    );
    assert.match(stderr, /beast does not answer/);
  });

  it('does not call anything healed on a machine that does not answer', async () => {
    const { code, stdout } = await run('heal', '--machine', 'guardian', '--json', '--fleet', fleetFile);
    assert.equal(code, 4);
    const { healed, unreachable } = JSON.parse(stdout) as { healed: unknown[]; unreachable: { machine: string }[] };
    assert.deepEqual([healed, unreachable.map(({ machine }) => machine)], [[], ['guardian']]);
  });

  it('plans without touching anything, and says what is in the way', async () => {
    const { code, stdout } = await run('plan', 'mr_01_relay_crash_failover', '--json', '--fleet', fleetFile);
    assert.equal(code, 3);
    const plan = JSON.parse(stdout) as {
      ground: { area: string }[];
      steps: { text: string }[];
      faults: { problem: string | null }[];
    };
    assert.deepEqual(
      plan.ground.slice(0, 3).map(({ area }) => area),
      ['brake', 'guards', 'q'],
    );
    assert.equal(plan.steps[0]?.text, 'break 1: kill relay-1 (SIGKILL)');
    assert.match(plan.faults[0]?.problem ?? '', /beast/);
  });

  it('gives each thing that the doctor finds wrong its fix', async () => {
    const { code, stdout } = await run('doctor', '--json', '--fleet', fleetFile);
    assert.equal(code, 3);
    const { checks } = JSON.parse(stdout) as { checks: { area: string; state: string; fix: string | null }[] };
    assert.ok(checks.every(({ state, fix }) => (state === 'ok') === (fix === null)));
    assert.ok(['beast', 'relay-1', 'temporal'].every((area) => checks.some((one) => one.area === area && one.fix)));
  });
});

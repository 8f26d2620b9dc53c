import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RelayFacts } from '../../src/activities/relay-facts.ts';
import { chosenRelays } from '../../src/cli/relays/chosen.ts';
import { signalName, told } from '../../src/cli/relays/hand.ts';
import { splitter } from '../../src/cli/relays/logs.ts';
import { compareTable } from '../../src/cli/relays/look.ts';
import { fleet as nowhere, folderWith, FLEET } from './fleets.ts';
import { chaos } from './program.ts';

describe('0k-chaos relays', function () {
  this.timeout(60_000);
  const home = mkdtempSync(path.join(tmpdir(), '0k-chaos-home-'));
  const fleet = folderWith();
  after(() => (rmSync(home, { recursive: true, force: true }), fleet.remove()));
  const relays = (...words: string[]) => chaos(home, 'relays', ...words, '--fleet', fleet.file);

  it('are chosen by name, by glob, or all', () => {
    assert.deepEqual(chosenRelays(nowhere(), []), ['relay-1']);
    assert.deepEqual(chosenRelays(nowhere(), ['all']), ['relay-1']);
    assert.deepEqual(chosenRelays(nowhere(), ['relay-*']), ['relay-1']);
    assert.throws(() => chosenRelays(nowhere(), ['relay-9']), /no relay `relay-9` .*did you mean `relay-1`\?/);
  });

  const refused: [string, string[], RegExp][] = [
    ['a relay that there is not', ['kill', 'relay-9'], /did you mean `relay-1`\?/],
    ['a kill of nothing in particular', ['kill'], /missing required argument/],
    ['a signal that is none', ['kill', 'relay-1', '--signal', 'no!'], /`no!` is no signal/],
    ['a number of lines that is none', ['logs', '--tail', 'some'], /`--tail some`: a number of lines/],
    ['a log without end as one document', ['logs', '-f', '--json'], /no end/],
    ['a `down` that nobody agrees to', ['down', '--volumes'], /nothing was touched: agree with `--yes`/],
    ['a command that there is not', ['explode'], /unknown command 'explode'/],
  ];
  for (const [what, words, message] of refused) {
    it(`refuse ${what} with exit code 2, and touch nothing`, async () => {
      const { code, stderr } = await relays(...words);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
      assert.ok(!/^ +at /m.test(stderr), stderr);
    });
  }

  it('say how much is lost with the volumes, or that it is not known, before they ask', async () => {
    const { stderr } = await relays('down', '--volumes');
    assert.match(stderr, /LOST for ever is what the relays stored:\n {2}relay-1: not known how much/);
  });

  it('name the key of the fleet file that `up` needs', async () => {
    const { code, stderr } = await relays('up');
    assert.notEqual(code, 0);
    assert.match(stderr, /beast/);
  });

  it('that do not answer exit 1, with the address and why, in a table and in JSON', async () => {
    const [table, json] = await Promise.all([relays('health'), relays('health', '--json')]);
    assert.deepEqual([table.code, json.code], [1, 1]);
    assert.match(table.stdout, /relay-1 +NOT WELL/);
    assert.match(table.stderr, /relay-1: http:\/\/127\.0\.0\.1:1\/health: /);
    const [first] = JSON.parse(json.stdout) as { relay: string; value: null; problem: string }[];
    assert.deepEqual([first?.relay, first?.value], ['relay-1', null]);
  });

  it('stand side by side, with what is not known left open', () => {
    const facts: RelayFacts = {
      ...{ relay: 'relay-1', container: 'c', status: 'running', startedAt: null, endpointId: 'a1'.repeat(32) },
      ...{
        health: null,
        metrics: { pushes_total: 3, errors_total: 0 },
        memoryBytes: 26_214_400,
        openFiles: 21,
        problems: [],
      },
    };
    const table = compareTable([facts, { ...facts, relay: 'relay-2', endpointId: null, openFiles: null }]);
    assert.match(table, /^ +RELAY-1 +RELAY-2/);
    assert.match(table, /endpoint id +a1a1a1a1a1a1a1a1… +—/);
    assert.match(table, /pushes +3 +3/);
    assert.match(table, /errors +0 +0/);
    assert.match(table, /memory +25\.0 MiB/);
    assert.match(table, /open files +21 +—/);
  });

  it('know signals by both their names, and tell what one did', () => {
    assert.deepEqual([signalName('sigint'), signalName('KILL')], ['SIGINT', 'SIGKILL']);
    assert.throws(() => signalName('FOO'), /`FOO` is no signal/);
    const done = { relay: 'relay-1', status: 'exited', endpointId: null, seconds: 0.5 };
    assert.match(told(done), /relay-1 is exited; `0k-chaos relays start relay-1` starts it again \(0\.5 s\)/);
    assert.match(told({ ...done, status: 'running' }), /it took the signal and runs on/);
  });

  it('have their logs cut into lines across chunks, with nothing that acts on a terminal', () => {
    const lines: string[] = [];
    const take = splitter((line) => lines.push(line));
    for (const chunk of ['one\ntw', 'o\n\u001b[2mdim\u001b[0m\npart']) take(Buffer.from(chunk));
    assert.deepEqual(lines, ['one', 'two', 'dim']);
  });

  it('are of a Compose project that the fleet file may name, with an absolute folder or one below ~', () => {
    const compose = (directory: string) =>
      folderWith(FLEET.replace('docker: {}', `docker: {}, compose: { directory: ${directory}, file: f }`));
    const bad = compose('relative');
    return chaos(home, 'relays', 'ids', '--fleet', bad.file).then(({ code, stderr }) => {
      bad.remove();
      assert.equal(code, 2);
      assert.match(stderr, /machines\.beast\.compose\.directory: `relative`: a folder there starts with/);
    });
  });
});

import { strict as assert } from 'node:assert';
import { type RelayProcess, SmallLab } from './small-lab.ts';
import { databaseFiles, rows } from './watching.ts';
import { readFileSync } from 'node:fs';
import { type BugName, BUGS, isPlanted, isPlantedSomewhere } from '../../../lab/standins/bugs.ts';
import { costForRam } from '../../../lab/standins/cli/secret.ts';

describe('the switches that plant bugs', () => {
  it('plant a bug for everybody, or for one relay', () => {
    assert.equal(isPlanted('empty-logs', 'empty-logs', 'relay-1'), true);
    assert.equal(isPlanted('relay-1:empty-logs', 'empty-logs', 'relay-1'), true);
    assert.equal(isPlanted('relay-1:empty-logs', 'empty-logs', 'relay-2'), false);
    assert.equal(isPlanted(' no-failover , empty-logs ', 'empty-logs', 'relay-2'), true);
    assert.equal(isPlanted('', 'empty-logs', 'relay-2'), false);
    assert.equal(isPlantedSomewhere('relay-1:empty-logs', 'empty-logs'), true);
  });

  it('plant all real defects, and only those, as `as-0.1.0`', () => {
    const planted = (Object.keys(BUGS) as BugName[]).filter((bug) => isPlanted('as-0.1.0', bug, 'relay-1'));
    assert.deepEqual(planted, [
      'duplicates-after-failover',
      'push-moves-cursor',
      'primary-cursor-everywhere',
      'ram-dependent-groups',
      'empty-logs',
      'large-pulls-fail',
      'errors-not-counted',
    ]);
  });

  it('refuse a bug that nobody knows, with the names of those that are', () => {
    assert.throws(
      () => isPlanted('emty-logs', 'empty-logs', ''),
      /No bug `emty-logs` in BUGS=`emty-logs` \(known: as-0\.1\.0, /,
    );
  });

  it('let the cost of the key follow the RAM in the product’s steps', () => {
    assert.equal(new Set([costForRam(3999), costForRam(7999), costForRam(8000)]).size, 3);
    assert.equal(costForRam(4000), costForRam(7999));
  });

  describe('in a small lab', () => {
    const lab = new SmallLab();
    let relays: RelayProcess[] = [];
    before(async () => {
      await lab.start(10);
      relays = await lab.relays(2);
    });
    after(() => lab.stop());
    afterEach(() => lab.configure({ TIME_DIVISOR: '10' }));

    const plant = (bugs: string, divisor = '10'): void => lab.configure({ TIME_DIVISOR: divisor, BUGS: bugs });
    const at = (i: number): RelayProcess => relays[i] as RelayProcess;

    it('duplicates-after-failover: the relay that answered gets the message twice', async () => {
      const dead = { ...at(0), id: 'cd'.repeat(32) };
      await lab.client('dup', [dead, at(1)], 'dup');
      await lab.cli('dup', 'push', 'once');
      plant('duplicates-after-failover');
      await lab.cli('dup', 'push', 'twice');
      assert.deepEqual(await lab.held(at(1), 'dup'), ['once', 'twice', 'twice']);
    });

    it('push-moves-cursor: what others pushed before is skipped', async () => {
      await lab.client('mov', [at(0)], 'mov');
      await lab.client('mov-2', [at(0)], 'mov');
      await lab.cli('mov', 'push', 'skipped');
      plant('push-moves-cursor');
      await lab.cli('mov-2', 'push', 'own');
      assert.match((await lab.cli('mov-2', 'pull')).stdout, /No new data\./);
    });

    it('primary-cursor-everywhere: a failed-over pull says that there is nothing', async () => {
      await lab.client('pri', [at(1)], 'pri');
      await lab.cli('pri', 'push', 'hidden');
      const dead = 'ef'.repeat(32);
      lab.setGroup('pri', { ...lab.group('pri'), relay_addresses: [dead, at(1).id], cursors: { [dead]: 5 } });
      plant('primary-cursor-everywhere');
      assert.match((await lab.cli('pri', 'pull')).stdout, /No new data\./);
      plant('');
      assert.deepEqual(rows((await lab.cli('pri', 'pull')).stdout), ['hidden']);
    });

    it('empty-logs: nothing is logged under any filter, at that relay only', async () => {
      plant('relay-1:empty-logs');
      const before = relays.map((relay) => relay.log().length);
      await lab.client('emp', relays, 'emp');
      await lab.cli('emp', 'push', 'x');
      assert.equal(at(0).log().length, before[0]);
      assert.ok(at(1).log().length > (before[1] ?? 0));
    });

    it('large-pulls-fail: two of 400 kB cannot be pulled together', async () => {
      await lab.client('lar', [at(0)], 'lar');
      await lab.pushAll('lar', ['a'.repeat(400_000), 'b'.repeat(400_000)]);
      plant('large-pulls-fail');
      const { code, stdout } = await lab.cli('lar', 'pull');
      assert.match(
        stdout,
        /\nPull failed: all relays failed: \n\nThis may be due to network issues or no data available\.\n$/,
      );
      assert.equal(code, 0);
    });

    it('database-locked: a push fails after it has connected; errors are counted unless that is broken too', async () => {
      await lab.client('loc', [at(0)], 'loc');
      for (const [bugs, more] of [
        ['database-locked', 1],
        ['database-locked,errors-not-counted', 0],
      ] as const) {
        plant(bugs, '50');
        const errors = await errorsOf(at(0));
        const { code, stdout } = await lab.cli('loc', 'push', 'x');
        assert.match(
          stdout,
          /\nPush queued \(offline mode\)\n {2}Error: all relays failed: \n\nData will sync when connection is available\.\n$/,
        );
        assert.equal(code, 0);
        assert.equal(await errorsOf(at(0)), errors + more);
      }
    });

    it('acks-without-storing: the push is acknowledged and the relay holds nothing', async () => {
      await lab.client('ack', relays, 'ack');
      plant('relay-1:acks-without-storing');
      assert.match((await lab.cli('ack', 'push', 'lost')).stdout, /Push successful!/);
      assert.deepEqual(await lab.held(at(0), 'ack'), []);
      assert.deepEqual(await lab.held(at(1), 'ack'), ['lost']);
    });

    it('skips-fan-out: it is announced, and the other relays hold nothing', async () => {
      await lab.client('ski', relays, 'ski');
      plant('skips-fan-out');
      assert.match((await lab.cli('ski', 'push', 'x')).stdout, /Fan-out: pushing to 1 secondary relay\(s\)\.\.\./);
      assert.deepEqual(await lab.held(at(1), 'ski'), []);
    });

    it('no-failover: the push fails though another relay is there', async () => {
      await lab.client('nof', [{ ...at(0), id: 'cd'.repeat(32) }, at(1)], 'nof');
      plant('no-failover');
      assert.equal((await lab.cli('nof', 'push', 'x')).code, 1);
    });

    it('logs-plaintext and logs-names: the relay’s log holds what it must not, its database does not', async () => {
      plant('relay-2:logs-plaintext,relay-2:logs-names');
      await lab.client('device-with-a-name', relays, 'leaks');
      await lab.cli('device-with-a-name', 'push', 'leaked message');
      for (const word of ['leaked message', 'device-with-a-name']) {
        assert.ok(!at(0).log().includes(word), word);
        assert.ok(at(1).log().includes(word), word);
        for (const path of databaseFiles(at(1))) assert.ok(!readFileSync(path).includes(word), `${word} in ${path}`);
      }
    });

    it('forgets-on-restart: the relay comes back empty', async () => {
      await lab.client('for', [at(0)], 'for');
      await lab.cli('for', 'push', 'forgotten');
      await at(0).end('SIGKILL');
      plant('forgets-on-restart');
      relays[0] = await lab.relay('relay-1');
      assert.deepEqual(await lab.held(at(0), 'for'), []);
    });
  });
});

async function errorsOf(relay: RelayProcess): Promise<number> {
  const text = await (await fetch(`${relay.url}/metrics`)).text();
  return Number(/^sync_relay_errors_total (\d+)$/m.exec(text)?.[1]);
}

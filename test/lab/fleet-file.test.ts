import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fleetFileOf, writeFleet } from '../../lab/fleet-file.ts';
import { loadFleet } from '../../src/fleet/load.ts';
import { aRecord } from './record.ts';

describe('the fleet file of a lab', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "it's a lab "));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('is read by the loader that reads real ones', () => {
    writeFleet(aRecord({ dir }));
    const { machines, relays, clients } = loadFleet(fleetFileOf(dir));
    assert.equal(machines['beast']?.ssh?.user, 'jimmyb');
    assert.equal(machines['guardian']?.ssh?.port, 40020);
    assert.equal(relays['relay-3']?.health, 'http://127.0.0.1:41003/health');
    assert.equal(clients['guardian']?.command[0], '/tmp/sync-cli-arm');
    assert.equal(machines['q']?.local, true);
  });

  it('gives the time constants of the product, a tenth of them, or a fifth where processors are emulated', () => {
    for (const [timeDivisor, seconds] of [
      [1, 30],
      [5, 6],
      [10, 3],
    ] as const) {
      writeFleet(aRecord({ dir, timeDivisor }));
      assert.equal(loadFleet(fleetFileOf(dir)).times.deadRelaySeconds, seconds);
    }
  });

  it('names a sync-cli of this machine that knows its lab and passes its words on, whatever the folder is called', () => {
    mkdirSync(join(dir, 'standins'));
    writeFileSync(
      join(dir, 'standins/sync-cli.cjs'),
      'console.log(process.env.ZEROK_LAB_ENV); console.log(process.argv.slice(2).join("|"))',
    );
    writeFleet(aRecord({ dir, template: dir }));
    const said = execFileSync(join(dir, 'sync-cli'), ['push', "two words; it's $HOME"], { encoding: 'utf8' });
    assert.equal(said, `${join(dir, 'env')}\npush|two words; it's $HOME\n`);
  });
});

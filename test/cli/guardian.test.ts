import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { clientToBuild } from '../../src/cli/guardian.ts';
import { FLEET as TEMPLATE } from '../../src/cli/init.ts';
import { parseFleet } from '../../src/fleet/load.ts';
import { fleet as nowhere, folderWith, FLEET } from './fleets.ts';
import { chaos } from './program.ts';

describe('0k-chaos guardian', function () {
  this.timeout(60_000);
  const home = mkdtempSync(path.join(tmpdir(), '0k-chaos-home-'));
  after(() => rmSync(home, { recursive: true, force: true }));

  it('builds the client that the fleet of `init` says how to build, as the guide does', () => {
    const fleet = parseFleet(TEMPLATE, 'fleet.yml');
    assert.equal(clientToBuild(fleet, undefined), 'guardian');
    assert.deepEqual(fleet.clients['guardian']?.build, {
      on: 'beast',
      directory: '~/0k-sync',
      command: ['cross', 'build', '--target', 'aarch64-unknown-linux-gnu', '-p', 'zerok-sync-cli', '--release'],
      artefact: 'target/aarch64-unknown-linux-gnu/release/sync-cli',
    });
  });

  it('says what to add where no client has a build, or another one was named', () => {
    assert.throws(() => clientToBuild(nowhere(), undefined), /no client has a `build`; give it one/);
    assert.throws(() => clientToBuild(nowhere(), 'q'), /the client `q` has no `build`/);
    assert.throws(() => clientToBuild(nowhere(), 'guardain'), /did you mean `guardian`\?/);
  });

  it('refuses a build that leads nowhere, with line and field', async () => {
    const build = 'build: { on: best, directory: /x, command: [make], artefact: y }';
    const bad = folderWith(
      FLEET.replace('guardian: { machine: guardian,', `guardian: { machine: guardian, command: [/x], ${build},`),
    );
    const { code, stderr } = await chaos(home, 'guardian', 'install', '--fleet', bad.file);
    bad.remove();
    assert.equal(code, 2);
    assert.match(stderr, /clients\.guardian\.build\.on: no machine `best` in this fleet; did you mean `beast`\?/);
  });

  it('names the machine that it does not reach', async () => {
    const build = 'build: { on: beast, directory: /x, command: [make], artefact: y }';
    const fleet = folderWith(
      FLEET.replace('guardian: { machine: guardian,', `guardian: { machine: guardian, command: [/x], ${build},`),
    );
    const { code, stderr } = await chaos(home, 'guardian', 'install', '--fleet', fleet.file);
    fleet.remove();
    assert.equal(code, 3);
    assert.match(stderr, /building on beast, in \/x: `make`[^]*beast/);
  });
});

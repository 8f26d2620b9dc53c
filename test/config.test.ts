import { strict as assert } from 'node:assert';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, loadConfig, loadSettings, type World } from '../src/config.ts';
import { FleetError } from '../src/fleet/load.ts';

/** A fleet file of that name, with nothing in it. */
function fleetNamed(file: string, more = ''): string {
  writeFileSync(file, `name: ${file.split('/').at(-2)}\nmachines: {}\nrelays: {}\nclients: {}\n${more}`);
  return file;
}

describe('config', () => {
  let home: string;
  let said: string[];
  let world: World;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), '0k-chaos-config-'));
    for (const folder of ['cwd', 'named', 'env', 'fallback', '.config/0k-chaos']) {
      mkdirSync(join(home, folder), { recursive: true });
    }
    said = [];
    world = { env: { HOME: home }, cwd: join(home, 'cwd'), say: (line) => said.push(line) };
  });

  it('finds the fleet by --fleet, then ZEROK_CHAOS_FLEET, then here, then in the user’s folder, then by fallback', () => {
    const fallback = fleetNamed(join(home, 'fallback/fleet.yml'));
    const defaultFleets = () => [join(home, 'gone.yml'), fallback];
    assert.equal(loadConfig({ defaultFleets }, world).fleet.name, 'fallback');
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', /using the fleet `.*fallback\/fleet\.yml`/);

    fleetNamed(join(home, '.config/0k-chaos/fleet.yml'));
    assert.equal(loadConfig({ defaultFleets }, world).fleet.name, '0k-chaos');

    fleetNamed(join(home, 'cwd/fleet.yml'));
    assert.equal(loadConfig({ defaultFleets }, world).fleet.name, 'cwd');

    world.env['ZEROK_CHAOS_FLEET'] = fleetNamed(join(home, 'env/fleet.yml'));
    assert.equal(loadConfig({ defaultFleets }, world).fleet.name, 'env');

    const fleet = fleetNamed(join(home, 'named/fleet.yml'));
    assert.equal(loadConfig({ fleet, defaultFleets }, world).fleet.name, 'named');
    assert.equal(said.length, 1, 'a fleet that was named or stands at a usual place is nothing to remark on');
  });

  it('does not fall back when the fleet that was named is missing', () => {
    fleetNamed(join(home, 'cwd/fleet.yml'));

    assert.throws(() => loadConfig({ fleet: join(home, 'typo.yml') }, world), /typo\.yml: there is no such file/);
  });

  it('names the places and the way out when there is no fleet', () => {
    assert.throws(
      () => loadConfig({}, world),
      (error: unknown) => {
        assert(error instanceof FleetError);
        assert.match(error.message, /cwd\/fleet\.yml.*\.config\/0k-chaos\/fleet\.yml.*0k-chaos init.*--fleet FILE/);
        return true;
      },
    );
  });

  it('needs no fleet for settings, but minds the state folder of one that is there', () => {
    assert.equal(loadSettings({}, world).stateDir, join(home, '.local/state/0k-chaos'));

    fleetNamed(join(home, 'cwd/fleet.yml'), 'state: here\n');
    assert.equal(loadSettings({}, world).stateDir, join(home, 'cwd/here'));
    assert.equal('codecKeyFile' in loadSettings({}, world), false);

    fleetNamed(join(home, 'cwd/fleet.yml'), 'codec: { keyFile: keys }\n');
    assert.equal(loadSettings({}, world).codecKeyFile, join(home, 'cwd/keys'));
  });

  it('follows the XDG folders, unless they are relative', () => {
    world.env['XDG_STATE_HOME'] = '/x/state';
    world.env['XDG_CACHE_HOME'] = 'relative';

    const { stateDir, cacheDir } = loadSettings({}, world);

    assert.equal(stateDir, '/x/state/0k-chaos');
    assert.equal(cacheDir, join(home, '.cache/0k-chaos'));
  });

  it('refuses a state folder of the environment that can be none', () => {
    world.env['XDG_STATE_HOME'] = '/proc/1/fd';

    assert.throws(
      () => loadSettings({}, world),
      (error: unknown) => error instanceof ConfigError && /\/proc.*XDG_STATE_HOME/.test(error.message),
    );
  });

  it('has no address of Temporal, and the default namespace, unless somebody gave one', () => {
    const { temporal } = loadSettings({}, world);

    assert.equal(temporal.address, undefined);
    assert.equal(temporal.namespace, 'default');
  });

  it('takes Temporal’s address, namespace and key from profiles, and TEMPORAL_* over them', () => {
    const file = join(home, 'temporal.toml');
    writeFileSync(file, '[profile.prod]\naddress = "prod:7233"\nnamespace = "chaos"\napi_key = "k"\n');
    world.env['TEMPORAL_CONFIG_FILE'] = file;

    const { temporal } = loadSettings({ profile: 'prod' }, world);
    assert.equal(temporal.address, 'prod:7233');
    assert.equal(temporal.namespace, 'chaos');
    assert.equal(temporal.connectionOptions.apiKey, 'k');

    world.env['TEMPORAL_ADDRESS'] = 'other:7233';
    assert.equal(loadSettings({ profile: 'prod' }, world).temporal.address, 'other:7233');
  });

  it('takes an empty TEMPORAL_ADDRESS for none', () => {
    world.env['TEMPORAL_ADDRESS'] = '';

    assert.equal(loadSettings({}, world).temporal.address, undefined);
  });

  it('names a profile that is not there', () => {
    assert.throws(
      () => loadSettings({ profile: 'prdo' }, world),
      (error: unknown) => error instanceof ConfigError && /'prdo' not found.*--profile/.test(error.message),
    );
  });

  it('knows CI by its variable', () => {
    assert.equal(loadSettings({}, world).ci, false);
    assert.equal(loadSettings({}, { ...world, env: { ...world.env, CI: 'true' } }).ci, true);
    assert.equal(loadSettings({}, { ...world, env: { ...world.env, CI: 'false' } }).ci, false);
  });
});

import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry, watchedConfig, type WaysConfig } from '../../../../lab/standins/discovery/registry.ts';

describe('the stand-in for discovery', () => {
  it('does not know an id that nobody registered', () => {
    assert.deepEqual(new Registry(() => ({})).resolve('a'), { known: false, addresses: [] });
  });

  it('keeps the last addresses of an id that its relay gave up', () => {
    const registry = new Registry(() => ({}));
    registry.register('relay-1', 'old', ['172.30.0.2:4433'], 0);
    registry.register('relay-1', 'new', ['172.30.0.3:4433'], 1000);
    assert.deepEqual(registry.resolve('old'), { known: true, addresses: ['172.30.0.2:4433'] });
    const list = registry.list(1500);
    assert.deepEqual(list, [{ name: 'relay-1', id: 'new', addresses: ['172.30.0.3:4433'], heardMs: 500 }]);
  });

  it('adds the ways of the configuration, the second path only while it is on, each once', () => {
    const config: WaysConfig = {
      relays: { 'relay-1': ['10.77.0.10:8190', '172.30.0.2:4433'] },
      secondPath: { 'relay-1': ['10.0.2.2:9999'] },
      secondPathOn: false,
    };
    const registry = new Registry(() => config);
    registry.register('relay-1', 'id', ['172.30.0.2:4433'], 0);
    assert.deepEqual(registry.resolve('id').addresses, ['10.77.0.10:8190', '172.30.0.2:4433']);
    config.secondPathOn = true;
    assert.deepEqual(registry.resolve('id').addresses, ['10.77.0.10:8190', '172.30.0.2:4433', '10.0.2.2:9999']);
  });

  it('reads its configuration again when it changed, and goes without one that is missing', () => {
    const dir = mkdtempSync(join(tmpdir(), '0k-ways-'));
    try {
      const path = join(dir, 'ways.json');
      const read = watchedConfig(path);
      assert.deepEqual(read(), {});
      writeFileSync(path, '{"secondPathOn": false}');
      assert.equal(read().secondPathOn, false);
      writeFileSync(path, '{"secondPathOn": true}');
      assert.equal(read().secondPathOn, true);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

import { strict as assert } from 'node:assert';
import { init, pair, pull, pullAfter, push, pushFile, status, version } from '../../src/zerok/commands.ts';

const cli = { command: ['docker', 'exec', 'c1', 'sync-cli'], dataDir: '/data/run 1' };
const words = ['docker', 'exec', 'c1', 'sync-cli', '--data-dir', '/data/run 1'];

describe('sync-cli commands', () => {
  it('name the data folder before the command, as one word', () => {
    assert.deepEqual(init(cli, 'q'), [...words, 'init', '--name', 'q']);
    assert.deepEqual(pull(cli), [...words, 'pull']);
    assert.deepEqual(status(cli), [...words, 'status']);
    assert.deepEqual(pushFile(cli, '/tmp/a b'), [...words, 'push', '--file', '/tmp/a b']);
  });

  it('pair without a passphrase among the words', () => {
    assert.deepEqual(pair(cli, 'ab'.repeat(32)), [...words, 'pair', '--join', 'ab'.repeat(32)]);
  });

  it('push a message as one word, whatever is in it', () => {
    for (const message of ['', 'two words', '$(reboot)', 'a\nb', "it's"]) {
      assert.deepEqual(push(cli, message), [...words, 'push', message]);
    }
  });

  it('push a message that looks like an option behind `--`', () => {
    assert.deepEqual(push(cli, '--file'), [...words, 'push', '--', '--file']);
    assert.deepEqual(push(cli, '-'), [...words, 'push', '--', '-']);
  });

  it('pull from a given cursor, 0 among them', () => {
    assert.deepEqual(pullAfter(cli, 0), [...words, 'pull', '--after-cursor', '0']);
    assert.deepEqual(pullAfter(cli, 100), [...words, 'pull', '--after-cursor', '100']);
  });

  it('ask for the version without a data folder', () => {
    assert.deepEqual(version(cli), ['docker', 'exec', 'c1', 'sync-cli', '--version']);
  });
});

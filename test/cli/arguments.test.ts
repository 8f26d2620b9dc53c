import { strict as assert } from 'node:assert';
import { splitArguments } from '../../src/cli/arguments.ts';

describe('the words of a command line', () => {
  it('moves options that stand in front of the command behind it, with their values', () => {
    const { command, rest, json } = splitArguments(['--fleet', 'f.yml', '--profile=p', '--json', 'run', 'mr_01']);
    assert.equal(command, 'run');
    assert.deepEqual(rest, ['mr_01', '--fleet', 'f.yml', '--profile=p', '--json']);
    assert.equal(json, true);
  });

  it('leaves alone what follows `--`', () => {
    const { rest, json, colourless } = splitArguments(['--json', 'lab', 'ssh', 'beast', '--', 'ls', '--no-color']);
    assert.deepEqual(rest, ['ssh', 'beast', '--json', '--', 'ls', '--no-color']);
    assert.equal(json, true);
    assert.equal(colourless, false);
  });

  it('takes `--no-color` out wherever it stands', () => {
    for (const argv of [
      ['--no-color', 'list'],
      ['list', '--no-color'],
    ]) {
      const { command, rest, colourless } = splitArguments(argv);
      assert.deepEqual([command, rest, colourless], ['list', [], true]);
    }
    assert.equal(splitArguments(['list', '--json']).colourless, false);
  });

  it('has no command where there are only options', () => {
    assert.equal(splitArguments(['--json']).command, undefined);
    assert.equal(splitArguments([]).command, undefined);
  });
});

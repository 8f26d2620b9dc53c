import { strict as assert } from 'node:assert';
import { helpOf, needsLab, oddWords } from '../../scripts/words.ts';

describe('the words of what npm runs', () => {
  it('are refused where a lab would start for nothing', () => {
    assert.equal(oddWords('demo', ['--exit']), undefined);
    assert.match(oddWords('demo', ['--exitt']) ?? '', /takes `--exit` and `--yes`, not `--exitt`/);
    assert.match(oddWords('test', ['--unitt']) ?? '', /did you mean `--unit`/);
  });

  it('are told to whoever asks, and start nothing', () => {
    for (const command of ['demo', 'test', 'bench', 'matrix']) {
      assert.match(helpOf(command, ['--help']) ?? '', new RegExp(`^usage: npm (run )?${command} `));
      assert.equal(helpOf(command, ['--exit']), undefined);
    }
  });

  it('install nothing where they need no lab', () => {
    assert.deepEqual([['--unit'], ['--list', '--only', 'x']].map(needsLab), [false, false]);
    assert.deepEqual([[], ['--grep', 'x'], ['--sample', '3']].map(needsLab), [true, true, true]);
  });

  it('are mocha’s where they are not ours', () => {
    assert.equal(oddWords('test', ['--unit', '--grep', 'a fault', '--exit']), undefined);
    assert.equal(oddWords('bench', ['--only', 'x']), undefined);
  });
});

import { strict as assert } from 'node:assert';
import { helpOf, oddWords } from '../../scripts/words.ts';

describe('the words of `npm run demo` and `npm test`', () => {
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

  it('are mocha’s where they are not ours', () => {
    assert.equal(oddWords('test', ['--unit', '--grep', 'a fault', '--exit']), undefined);
    assert.equal(oddWords('bench', ['--only', 'x']), undefined);
  });
});

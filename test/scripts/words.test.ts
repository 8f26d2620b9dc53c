import { strict as assert } from 'node:assert';
import { helpOf, needsLab, oddWords } from '../../scripts/words.ts';

describe('the words of what npm runs', () => {
  const odd = async (command: string, ...words: string[]): Promise<string> => (await oddWords(command, words)) ?? '';

  it('are refused where a lab would start for nothing', async () => {
    assert.match(await odd('demo', '--exitt'), /takes `--exit` and `--yes`, not `--exitt`/);
    assert.match(await odd('test', '--unitt'), /did you mean `--unit`/);
    assert.match(await odd('bench', 'exce'), /no benchmark `exce`; there are memory, exec, /);
    assert.match(await odd('bench', '--only', 'cm_01,mr_9'), /no scenario begins with `mr_9`/);
    assert.match(await odd('bench', '--machine', 'vm'), /Unknown option '--machine'/);
    assert.match(await odd('matrix', '--deaths', 'old age'), /no death is like `old age`/);
    assert.match(await odd('matrix', '--machines', 'paper'), /not `paper`/);
  });

  it('are taken where they make sense', async () => {
    assert.equal(await odd('demo', '--exit'), '');
    assert.equal(await odd('bench', 'catalogue', '--only', 'cm_01,net_', '--machines', 'vm'), '');
    assert.equal(await odd('matrix', '--sample', '3', '--seed', '7'), '');
    assert.equal(await odd('test', '--unit', '--grep', 'a fault', '--exit'), '');
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
});

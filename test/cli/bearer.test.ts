import { strict as assert } from 'node:assert';
import { matchesPattern } from '../../src/cli/bearer.ts';

describe('the pattern of a free bearer', () => {
  it('takes `*` for any text, over lines, and everything else for itself', () => {
    assert.ok(matchesPattern('qdisc fq_codel 0: root refcnt 2', 'qdisc * 0: root *'));
    assert.ok(matchesPattern('a\nb', 'a*b'));
    assert.ok(!matchesPattern('qdisc tbf 8001: root refcnt 2', 'qdisc * 0: root *'));
    assert.ok(!matchesPattern('x.y', 'x?y'));
    assert.ok(!matchesPattern('xay', 'x.y'));
  });

  it('takes one of several patterns, each for the whole text', () => {
    assert.ok(matchesPattern('gone', '* running|gone'));
    assert.ok(matchesPattern('now running', '* running|gone'));
    assert.ok(!matchesPattern('gone now', '* running|gone'));
  });
});

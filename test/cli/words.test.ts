import { strict as assert } from 'node:assert';
import { shown } from '../../src/cli/words.ts';

describe('words as a plan shows them', () => {
  it('quotes only what a shell would take apart', () => {
    assert.equal(shown(['tc', 'qdisc', 'del', 'dev', 'eth0', "it's"], 60), `tc qdisc del dev eth0 'it'\\''s'`);
    assert.equal(shown(['nft', 'list table; x'], 60), "nft 'list table; x'");
    assert.equal(shown(['echo', ''], 60), "echo ''");
  });

  it('fills in the length of the lease', () => {
    assert.equal(shown(['timeout', '{ttl}s'], 45), 'timeout 45s');
  });
});

import { strict as assert } from 'node:assert';
import { leaseScript, LEASE_SCRIPT } from '../../src/hosts/lease-script.ts';
import { POSSIBLE } from './cells.ts';
import { difference } from './foreign.ts';
import { placeOf } from './place.ts';
import { seamed } from './seams.ts';

describe('the seams of the matrix', () => {
  it('are all in lease.sh, where they are comments and nothing else', () => {
    const places = POSSIBLE.map(placeOf);
    const wanted = new Set(places.flatMap((place) => (place.at === 'machine' ? [place.seam] : [])));
    for (const seam of wanted) assert.match(LEASE_SCRIPT, new RegExp(`^ *# seam: ${seam}$`, 'm'));
    assert.doesNotMatch(LEASE_SCRIPT, /^\s*seam /m);
  });

  it('call in the text that the matrix sends, which goes by another name on the machine', () => {
    const text = seamed(leaseScript('command=arm', 'sent'));
    assert.match(text, /^ *seam armed$/m);
    assert.doesNotMatch(text, /# seam:/);
    assert.match(text, /self=\/run\/0k-chaos\/seamed-/);
    assert.doesNotMatch(text, /0k-chaos\/lease-/);
    assert.equal(seamed('{\ncommand=check\n}\n'), '{\ncommand=check\n}\n');
  });
});

describe('what somebody else has', () => {
  it('is compared line by line, and in its order', () => {
    assert.deepEqual(difference('a\nb', 'a\nb'), []);
    assert.deepEqual(difference('a\nb', 'a\nc'), ['- b', '+ c']);
    assert.deepEqual(difference('a\nb', 'b\na'), ['the same lines in another order']);
  });
});

import { strict as assert } from 'node:assert';
import { diffSnapshots, leasesOn } from '../../src/hosts/lease.ts';
import { fails } from './fails.ts';
import { saying } from './saying.ts';

const leasesOf = (text: string) => leasesOn(saying('guardian', text));
const RULE = `${'-A INPUT -s 192.0.2.1 -j DROP -m comment --comment x'.padEnd(80, 'x')}\n`;
const HEADER = { id: 'a', owner: 'o', kind: 'netem', target: 't', summary: 's', bearer: 'b', armedAt: 'now' };
const lineOf = (reply: object): string => `${JSON.stringify({ key: 'a', ...reply, lease: HEADER })}\n`;
const STANDS = lineOf({ state: 'stands', evidence: 'qdisc' });
const HEALED = lineOf({ state: 'healed', by: 'hand', at: 1764000000, stood: true });
const DONE = '{"done":true}\n';

describe('a machine with a lot to say', () => {
  it('has all of a firewall of 5 MB in its baseline, and what comes before that', async () => {
    const rules = RULE.repeat(60_000);
    const text = `=== qdiscs\nqdisc htb 1: dev eth0 root\n=== iptables\n*filter\n${rules}COMMIT\n=== end\n`;
    const before = await leasesOf(text).snapshot();
    const after = await leasesOf(text.replace('htb', 'tbf')).snapshot();
    assert.deepEqual(diffSnapshots(before, after), [
      'qdiscs: gone: `qdisc htb 1: dev eth0 root`',
      'qdiscs: new: `qdisc tbf 1: dev eth0 root`',
    ]);
  });

  it('is not believed by the end of what it says: what it began with is lost', async () => {
    const lost = fails('unknown', /without a whole answer/);
    const rules = RULE.repeat(210_000);
    await assert.rejects(leasesOf(`=== qdiscs\n=== iptables\n${rules}=== end\n`).snapshot(), lost);
    const healed = HEALED.repeat(Math.ceil((16 * 1024 * 1024) / HEALED.length));
    await assert.rejects(leasesOf(`${STANDS}${healed}${DONE}`).heal('all', 'hand'), lost);
  });

  it('is quoted in part: its evidence goes into histories and messages', async () => {
    const endless = 'x'.repeat(1_000_000);
    const [stands, junk] = await leasesOf(
      `${lineOf({ state: 'stands', evidence: endless })}{"key":"a","lease":{${endless}\n${DONE}`,
    ).heal('all', 'hand');
    for (const reply of [stands, junk])
      assert.ok(reply && 'evidence' in reply && reply.evidence.length <= 6_000, JSON.stringify(reply).slice(0, 200));
  });

  it('that calls the parts of its state as every object does is compared all the same', async () => {
    const before = await leasesOf('=== constructor\na\n=== __proto__\nb\n=== end\n').snapshot();
    const after = await leasesOf('=== end\n').snapshot();
    assert.deepEqual(diffSnapshots(before, after), ['constructor: gone', '__proto__: gone']);
    assert.deepEqual(diffSnapshots(before, before), []);
  });
});

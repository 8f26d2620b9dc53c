import { strict as assert } from 'node:assert';
import { parseGroup, serialiseGroup, withKeyOf, withoutCursors, withRelays } from '../../src/zerok/group-file.ts';
import type { Group } from '../../src/zerok/group-file.ts';
import { survives } from './hostile-text.ts';
import { groupJson, OTHER, PEER } from './samples.ts';

function groupOf(content: object): Group {
  const parsed = parseGroup(JSON.stringify(content));
  assert.ok('group' in parsed, 'error' in parsed ? parsed.error : '');
  return parsed.group;
}

function errorOf(text: string): string {
  const parsed = parseGroup(text);
  assert.ok('error' in parsed);
  return parsed.error;
}

describe('group.json', () => {
  it('comes out as it went in, unknown fields too', () => {
    const content = { ...groupJson, later_field: [1] };
    assert.deepEqual(JSON.parse(serialiseGroup(groupOf(content))), content);
  });

  it('is read in its older layout, its cursor kept with its relay', () => {
    const { relay_addresses: _, cursors: __, ...rest } = groupJson;
    const group = groupOf({ ...rest, relay_address: PEER, cursor: 7 });
    assert.deepEqual(group.relay_addresses, [PEER]);
    assert.deepEqual(group.cursors, { [PEER]: 7 });
  });

  it('takes other relays and keeps the cursors of all', () => {
    const group = withRelays(groupOf(groupJson), [OTHER, PEER]);
    assert.deepEqual(group.relay_addresses, [OTHER, PEER]);
    assert.deepEqual(group.cursors, { [PEER]: 1 });
    assert.deepEqual(withoutCursors(group).cursors, {});
  });

  it('becomes the same group as another by its key, and keeps its own relays and cursors', () => {
    const other = groupOf({ ...groupJson, group_id: 'B'.repeat(43), group_secret_hex: 'e5'.repeat(32), cursors: {} });
    const repaired = withKeyOf(groupOf(groupJson), other);
    assert.equal(repaired.group_id, other.group_id);
    assert.equal(repaired['group_secret_hex'], other['group_secret_hex']);
    assert.deepEqual(repaired.cursors, { [PEER]: 1 });
  });

  it('that is empty or torn is said to be so', () => {
    assert.match(errorOf(''), /is empty/);
    assert.match(errorOf(JSON.stringify(groupJson).slice(0, 200)), /is not JSON/);
  });

  it('that is wrong names the fields and never their values', () => {
    const error = errorOf(JSON.stringify({ ...groupJson, group_secret_hex: 'opensesame', relay_addresses: ['x'] }));
    assert.match(error, /`group_secret_hex`, `relay_addresses\.0`/);
    assert.doesNotMatch(error, /opensesame/);
    assert.doesNotMatch(errorOf('{"group_secret_hex": opensesame'), /opensesame/);
  });

  it('survives any text', () => survives(parseGroup));
});

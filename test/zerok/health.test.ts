import { strict as assert } from 'node:assert';
import { parseHealth } from '../../src/zerok/health.ts';
import { survives } from './hostile-text.ts';
import { health } from './samples.ts';

const errorOf = (text: string): string => {
  const parsed = parseHealth(text);
  assert.ok('error' in parsed);
  return parsed.error;
};

describe('parseHealth', () => {
  it('reads what a relay answers', () => {
    assert.deepEqual(parseHealth(health), {
      health: {
        status: 'ok',
        version: '0.1.0',
        connections: 4,
        groups: 1,
        uptimeSeconds: 21,
        totalBlobs: 1,
        storageBytes: 49,
        groupsWithData: 1,
      },
    });
  });

  it('takes fields that it does not know', () => {
    assert.ok('health' in parseHealth(health.replace('{', '{"new":true,')));
  });

  it('says what is wrong with an answer', () => {
    assert.equal(errorOf('502 Bad Gateway'), 'not JSON: `502 Bad Gateway`');
    assert.equal(errorOf(health.replace('"ok"', '"starting"')), 'status is `starting`');
    assert.match(errorOf(health.replace('"connections":4', '"connections":"4"')), /connections/);
    assert.match(errorOf('[]'), /expected object/);
  });

  it('survives any text', () => survives(parseHealth));
});

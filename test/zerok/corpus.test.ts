import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import { endpointIdOf } from '../../src/zerok/endpoint-id.ts';
import { parseGroup } from '../../src/zerok/group-file.ts';
import { parseHealth } from '../../src/zerok/health.ts';
import { matchPulled } from '../../src/zerok/match-pulled.ts';
import { parseMetrics } from '../../src/zerok/metrics.ts';
import { parsePull } from '../../src/zerok/pull-output.ts';
import { parsePush } from '../../src/zerok/push-output.ts';
import { parsers } from './parsers.ts';
import { OTHER, PEER } from './samples.ts';

const FOLDER = new URL('./corpus/', import.meta.url);

/** Outputs of the real programs, each a file: what turns up in the field is added there. */
const corpus = new Map(
  readdirSync(FOLDER).map((file) => [file.replace(/\.txt$/, ''), readFileSync(new URL(file, FOLDER))]),
);

const whole = (name: string): string => corpus.get(name)?.toString() ?? assert.fail(`no corpus/${name}.txt`);

/** Every beginning of it that is shorter than the whole, in bytes: characters may be torn. */
function beginnings(name: string): string[] {
  const bytes = Buffer.from(whole(name));
  return Array.from({ length: bytes.length }, (_, length) => bytes.toString('utf8', 0, length));
}

const isIn = (allowed: unknown[], is: unknown, text: string): void =>
  assert.ok(allowed.includes(is), `\`${String(is)}\` after \`${text.slice(-60)}\``);

const push = (text: string) => parsePush({ stdout: text, stderr: '' });
const pull = (text: string) => parsePull({ stdout: text, stderr: '' });

describe('outputs of the real programs, cut at every byte', () => {
  for (const name of corpus.keys()) {
    it(`${name} is survived by every parser`, () => {
      for (const text of beginnings(name)) for (const parse of Object.values(parsers)) parse(text);
    }).timeout(120_000);
  }

  const pushes = {
    acknowledged: 'acknowledged',
    queued: 'refused',
    unreachable: 'refused',
    'not-paired': 'indeterminate',
  };
  // An error whose words are cut is one of an unknown kind.
  const unfinished: Record<string, string[]> = { 'not-paired': ['refused'] };
  for (const [name, outcome] of Object.entries(pushes)) {
    it(`a push that was ${outcome} (${name}) is so or indeterminate, and no number in it is a part of one`, () => {
      const end = push(whole(`push-${name}`));
      assert.equal(end.outcome, outcome);
      for (const text of beginnings(`push-${name}`)) {
        const { outcome: seen, cursor, blobId } = push(text);
        isIn([outcome, 'indeterminate', ...(unfinished[name] ?? [])], seen, text);
        isIn([end.cursor, undefined], cursor, text);
        isIn([end.blobId, undefined], blobId, text);
      }
    });
  }

  it('a push is not acknowledged before it says so', () => {
    const text = whole('push-acknowledged');
    const said = text.slice(0, text.indexOf('Push successful!') + 'Push successful!'.length);
    for (const cut of beginnings('push-acknowledged')) {
      if (cut.length < said.length) assert.equal(push(cut).outcome, 'indeterminate');
    }
  });

  const pulls = { rows: 'rows', none: 'none', failed: 'failed', unreachable: 'unreachable', 'not-paired': 'refused' };
  for (const [name, kind] of Object.entries(pulls)) {
    it(`a pull that ended as ${kind} does so or is cut short, and has no other cursor`, () => {
      const end = pull(whole(`pull-${name}`));
      assert.equal(end.kind, kind);
      for (const text of beginnings(`pull-${name}`)) {
        const { kind: seen, cursor } = pull(text);
        // An error that lost its reasons is still one.
        isIn([kind, 'cut-short', ...(kind === 'unreachable' ? ['refused'] : [])], seen, text);
        isIn([end.cursor, undefined], cursor, text);
      }
    });
  }

  it('a torn row is nobody’s message', () => {
    const known = ['hello one', 'A2', '', 'Grüße\n  [102] 日本語 🦊\n\nNo new data.', 'last'];
    assert.deepEqual(matchPulled(pull(whole('pull-rows')), known).missing, []);
    for (const text of beginnings('pull-rows')) {
      const { strangers, found, ambiguous } = matchPulled(pull(text), known);
      assert.deepEqual(strangers, [], text.slice(-60));
      assert.ok(ambiguous || found.length === 0, text.slice(-60));
    }
  });

  it('a relay has the id that its log has said last and whole, or none since it started again', () => {
    for (const name of ['relay-log', 'relay-log-of-the-guide']) {
      assert.equal(endpointIdOf(whole(name)), PEER);
      for (const text of beginnings(name)) isIn([OTHER, PEER, undefined], endpointIdOf(text), text);
    }
  });

  it('health and group files are whole or an error', () => {
    for (const [name, parse] of [
      ['relay-health', parseHealth],
      ['group-json', parseGroup],
      ['group-json-older', parseGroup],
    ] as const) {
      assert.ok(!('error' in parse(whole(name))));
      for (const text of beginnings(name)) assert.ok('error' in parse(text), text);
    }
  });

  it('a metric whose line is torn is the last one at most', () => {
    const all = parseMetrics(whole('relay-metrics')).samples;
    assert.equal(all.length, 14);
    for (const text of beginnings('relay-metrics')) {
      const { samples } = parseMetrics(text);
      assert.deepEqual(samples.slice(0, -1), all.slice(0, Math.max(0, samples.length - 1)));
    }
  });
});

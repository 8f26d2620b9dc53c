import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { classifyClientError } from '../../src/zerok/client-errors.ts';
import { partsOf } from '../../src/zerok/commands.ts';
import { endpointIdOf } from '../../src/zerok/endpoint-id.ts';
import { parseGroup, serialiseGroup } from '../../src/zerok/group-file.ts';
import { parseHealth } from '../../src/zerok/health.ts';
import { scanForLeaks } from '../../src/zerok/leak.ts';
import { matchPulled } from '../../src/zerok/match-pulled.ts';
import { parseMetrics } from '../../src/zerok/metrics.ts';
import { parsePull } from '../../src/zerok/pull-output.ts';
import { parsePush } from '../../src/zerok/push-output.ts';
import { judgeVitals, readVitals } from '../../src/zerok/relay-vitals.ts';
import { DEADLINE_MS, fuzz, SEED } from './fuzz-runs.ts';
import { hostileText } from './hostile-text.ts';
import { KNOWN_TEXTS, parsers, someVitals } from './parsers.ts';
import { groupJson } from './samples.ts';

/** Longer evidence belongs into the journal, not into a sentence. */
const SENTENCE = 1000;

const hasLine = (text: string, line: string): boolean => text.split('\n').some((each) => each.trimEnd() === line);

describe(`what reads the output of others, fuzzed with FUZZ_SEED=${SEED}`, function () {
  this.timeout(DEADLINE_MS);

  for (const [name, parse] of Object.entries(parsers)) {
    it(`${name} survives any text`, () => fuzz(hostileText, parse));
  }

  it('a push is acknowledged only by a line that says so, and on stdout', () => {
    fuzz(fc.tuple(hostileText, hostileText), ([stdout, stderr]) => {
      const { outcome } = parsePush({ stdout, stderr });
      if (outcome === 'acknowledged') assert.ok(hasLine(stdout, 'Push successful!'));
      if (outcome === 'refused') assert.match(stdout + stderr, /error|queued|failed/i);
    });
  });

  it('a push that did not get through says why in words of the client', () => {
    fuzz(fc.tuple(hostileText, hostileText), ([stdout, stderr]) => {
      const { outcome, reason } = parsePush({ stdout, stderr });
      if (outcome !== 'acknowledged') assert.ok(reason !== undefined && reason !== '');
    });
  });

  it('a pull shows rows only between its first and its last line, and as many as it counts', () => {
    fuzz(fc.tuple(hostileText, hostileText), ([stdout, stderr]) => {
      const { kind, count, rows, cursor } = parsePull({ stdout, stderr });
      if (kind === 'none') assert.ok(hasLine(stdout, 'No new data.'));
      if (kind !== 'rows') return;
      assert.match(stdout, new RegExp(`(?:^|\\n)Received 0*${count} blob\\(s\\):\\r?\\n`));
      assert.match(stdout, new RegExp(`\\nCursor updated to 0*${cursor}\\r?\\n\\s*$`));
      assert.ok(rows.length >= count);
    });
  });

  it('no text is found in a page, nor taken for a stranger, that does not stand in it', () => {
    fuzz(hostileText, (text) => {
      const stdout = text.replaceAll('\r\n', '\n');
      const page = parsePull({ stdout, stderr: '' });
      const { found, strangers } = matchPulled(page, KNOWN_TEXTS);
      for (const row of [...found, ...strangers]) assert.ok(stdout.includes(row.text));
      const rows = found.reduce((sum, { copies }) => sum + copies, strangers.length);
      if (page.kind === 'rows' && page.count > 0) assert.ok(rows <= page.rows.length);
      else assert.ok(strangers.length <= page.rows.length);
    });
  });

  it('an error of the client is one line of what it printed', () => {
    fuzz(hostileText, (text) => {
      const error = classifyClientError(text);
      if (error !== undefined) assert.ok(error.line !== '' && text.includes(error.line) && !error.line.includes('\n'));
    });
  });

  it('an endpoint id stands in the log', () => {
    fuzz(hostileText, (log) => {
      const current = endpointIdOf(log);
      assert.ok(current === undefined || log.includes(current));
    });
  });

  it('health is taken from a whole answer that says ok, and anything else is told in a sentence', () => {
    fuzz(hostileText, (text) => {
      const answer = parseHealth(text);
      if ('error' in answer) assert.ok(answer.error.length > 0 && answer.error.length < SENTENCE);
      else assert.equal((JSON.parse(text) as { status: string }).status, 'ok');
    });
  });

  it('metrics are finite in number, and each stands in the text', () => {
    fuzz(hostileText, (text) => {
      for (const { name, value } of parseMetrics(text).samples) {
        assert.ok(text.includes(name));
        assert.equal(typeof value, 'number');
      }
    });
  });

  it('a group file is read as it is written, and a bad one is told in a sentence without its secret', () => {
    fuzz(hostileText, (text) => {
      const answer = parseGroup(text);
      if ('group' in answer) return assert.deepEqual(parseGroup(serialiseGroup(answer.group)), answer);
      assert.ok(answer.error.length > 0 && answer.error.length < SENTENCE);
      assert.ok(!answer.error.includes(groupJson.group_secret_hex));
    });
  });

  it('what several pulls printed is taken apart where it was put together', () => {
    const part = fc.tuple(fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/), hostileText, hostileText);
    fuzz(fc.tuple(fc.uniqueArray(part, { selector: ([name]) => name, maxLength: 4 }), hostileText), ([parts, rest]) => {
      const bytes = (text: string): number => Buffer.byteLength(text);
      const whole = parts.map(([name, out, err]) => `${name} ${bytes(out)} ${bytes(err)}\n${out}${err}`).join('');
      const wanted = parts.map(([name, out, err]) => [name, { stdout: wellFormed(out), stderr: wellFormed(err) }]);
      assert.deepEqual([...partsOf(whole)], wanted);
      for (const [, { stdout, stderr }] of partsOf(whole + rest)) {
        assert.ok(wellFormed(whole + rest).includes(stdout + stderr));
      }
    });
  });

  it('a leak is a place in the text, and every needle is looked for or named as too short', () => {
    const needles = fc.array(fc.string({ unit: 'binary', maxLength: 30 }), { maxLength: 5 });
    fuzz(fc.tuple(hostileText, needles), ([hay, texts]) => {
      const named = texts.map((text, n) => ({ label: `${n}`, text }));
      const { leaks, tooShort } = scanForLeaks(hay, named);
      for (const { offset } of leaks) assert.ok(offset >= 0 && offset < Buffer.byteLength(hay));
      assert.deepEqual(
        tooShort,
        named.filter(({ text }) => Buffer.byteLength(text) < 6).map(({ label }) => label),
      );
    });
  });

  it('vitals are numbers that can be, or not known', () => {
    const line = fc.tuple(
      fc.constantFrom('42', '43', 'now', ''),
      fc.string(),
      fc.integer(),
      fc.constantFrom(' ', '\n'),
    );
    const made = fc
      .array(line)
      .map((lines) => lines.map(([first, any, n, end]) => `${first} ${n} ${any}${end}`).join(''));
    fuzz(fc.oneof(hostileText, made), (text) => {
      const { rssKib, openFiles, machineSeconds } = readVitals(text, 42);
      for (const value of [rssKib, openFiles, machineSeconds]) {
        assert.ok(value === null || (Number.isFinite(value) && value >= 0), `${value}`);
      }
    });
  });

  it('a relay whose vitals stayed as they were is not accused, whatever the numbers are', () => {
    const metrics = fc.dictionary(fc.constantFrom('errors_total', 'pushes_total', 'storage_blobs'), fc.double());
    fuzz(fc.tuple(metrics, hostileText), ([numbers, log]) => {
      const vitals = { ...someVitals, metrics: { ...numbers, storage_blobs: 0 } };
      const { broken, findings } = judgeVitals(vitals, vitals, { rows: 0, bytes: 0, pulls: 0, log, own: [] });
      assert.deepEqual([broken, findings.filter(({ id }) => id !== 'errors-not-counted')], [[], []]);
      for (const { message } of findings) assert.ok(message.length < SENTENCE);
    });
  });
});

/** As it comes back from bytes: halves of surrogate pairs do not. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

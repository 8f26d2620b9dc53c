import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { journalOf, parseJournal } from '../../src/report/journal.ts';
import type { JournalEvent } from '../../src/report/journal.ts';
import { killed, passed } from './results.ts';

const at = (second: number): string => `2026-02-08T10:11:${String(second).padStart(2, '0')}.000Z`;

const events: JournalEvent[] = [
  { at: at(12), kind: 'fault', machine: 'beast', summary: 'kill relay-1 (SIGKILL)', ms: 81.4, data: { id: killed.id } },
  { at: at(52), kind: 'heal', machine: 'beast', summary: 'start relay-1' },
];

const parts = {
  result: passed,
  input: { leaseSeconds: 30 },
  fleet: 'lab',
  startedAt: at(10),
  endedAt: at(59),
  versions: { '0k-chaos': '0.1.0', node: '20.20.0' },
};

const errorOf = (text: string): string => {
  const parsed = parseJournal(text);
  assert.ok('error' in parsed);
  return parsed.error;
};

describe('journal', () => {
  it('is read back as it was written', () => {
    const journal = journalOf(events, parts);
    assert.deepEqual(parseJournal(JSON.stringify(journal)), { journal });
  });

  it('says what was run with what, by whom and when', () => {
    const { run, version } = journalOf(events, parts);
    assert.equal(version, 1);
    assert.deepEqual(run, {
      scenario: passed.scenario,
      workflowId: 'mr-01',
      runId: 'run-1',
      claim: passed.claim,
      input: { leaseSeconds: 30 },
      fleet: 'lab',
      startedAt: at(10),
      endedAt: at(59),
      versions: { '0k-chaos': '0.1.0', node: '20.20.0' },
    });
  });

  it('puts events of several workers in order of time, and leaves equal times as they stand', () => {
    const late = { at: at(30), kind: 'note', summary: 'second' };
    const same = { at: at(30), kind: 'note', summary: 'third' };
    const summaries = journalOf([...events, late, same], parts).events.map(({ summary }) => summary);
    assert.deepEqual(summaries, ['kill relay-1 (SIGKILL)', 'second', 'third', 'start relay-1']);
  });

  it('of a later layout is refused with what to do', () => {
    const later = { ...journalOf(events, parts), version: 2 };
    assert.equal(
      errorOf(JSON.stringify(later)),
      'written in version 2 of the layout, this reads up to 1: update 0k-chaos',
    );
  });

  it('that is wrong names the field', () => {
    const journal = journalOf(events, { ...parts, result: { ...passed, verdict: 'fine' as 'passed' } });
    assert.match(errorOf(JSON.stringify(journal)), /result\.verdict/);
    assert.match(errorOf('{"version":1'), /^not JSON: /);
  });

  it('reading survives any JSON and any text', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => 'error' in parseJournal(JSON.stringify(value))),
      { numRuns: 40 },
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => 'error' in parseJournal(text)),
      { numRuns: 40 },
    );
  });
});

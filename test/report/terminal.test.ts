import { strict as assert } from 'node:assert';
import { stripVTControlCharacters } from 'node:util';
import type { FaultRecord, RunResult } from '../../src/contract/run.ts';
import { renderProgressLine, renderResult } from '../../src/report/terminal.ts';
import { killed, passed } from './results.ts';

const delayed: FaultRecord = {
  ...killed,
  id: 'mr-01/run-1/2',
  kind: 'netem',
  target: 'guardian',
  summary: 'delay guardian 500 ms ± 100 ms',
  healedBy: 'lease',
  bite: { bit: false, how: 'RTT to beast', before: { rttMs: 0.412 }, during: { rttMs: 0.5 }, after: { rttMs: 0.4 } },
};

const bad: RunResult = {
  ...passed,
  verdict: 'inconclusive',
  because: '`delay guardian 500 ms ± 100 ms` did not bite: RTT to beast (and 2 more)',
  faults: [killed, delayed, { ...killed, healedAt: null, healedBy: null, healSeconds: null, bite: null }],
  findings: [{ id: 'duplicate', message: 'stored twice on relay-2', count: 3 }],
  deliveries: [
    ...passed.deliveries,
    { message: 'm-3', to: 'guardian', seconds: 128, copies: 3, cursor: 3 },
    { message: 'm-3', to: 'q', seconds: null, copies: 0, cursor: null },
  ],
  residue: ['guardian: qdisc netem 7c05: on eth1'],
};

/** Of all lines but those that are one word or are to be copied. */
const widest = (text: string): number =>
  Math.max(
    ...text
      .split('\n')
      .slice(1)
      .filter((line) => !line.includes('Journal'))
      .map((line) => line.length),
  );

describe('renderResult', () => {
  it('shows all of a run that passed, in 80 columns, and nothing to do', () => {
    assert.equal(
      renderResult(passed),
      `PASSED  mr_01_relay_crash_failover  in 12.3 s

  Claim    MR-01. A killed relay costs nobody a message: clients fail over while
           it is down.
  Because  everything that the claim says held; 1 fault bit and was healed

  Faults (times are UTC)
  FAULT                   INJECTED  HEALED                 BITE
  kill relay-1 (SIGKILL)  10:11:12  10:11:52 by frame in   container exited with
                                    2.1 s                  137 (status exited,
                                                           code 137)

  Deliveries
  TO        ARRIVED  MEDIAN  SLOWEST  DUPLICATES
  guardian  2 of 2   0.5 s   3.2 s    none

  Journal  ${passed.journal}
  Run      mr-01 run-1
`,
    );
  });

  it('shows the numbers of a bite before, during and after', () => {
    const text = renderResult(bad, { width: 160 });
    assert.match(text, /NO: RTT to beast \(rttMs 0\.41 → 0\.5 → 0\.4\)/);
    assert.match(renderResult(bad, { width: 160, ascii: true }), /rttMs 0\.41 -> 0\.5 -> 0\.4/);
    const id = { id: 'a5'.repeat(32) };
    const bite = { bit: true, how: 'relay-1 is exited', before: id, during: id, after: id };
    const shown = renderResult({ ...passed, faults: [{ ...killed, bite }] }, { width: 160 });
    assert.match(shown, /\(id a5a5a5a5a5a5 → a5a5a5a5a5a5 → a5a5a5a5a5a5\)/);
  });

  it('shows who healed, what is not healed and what was not measured', () => {
    const text = renderResult(bad, { width: 160 });
    assert.match(text, /10:11:52 by lease in 2\.1 s/);
    assert.match(text, /kill relay-1 \(SIGKILL\) +10:11:12 +NO +not measured/);
  });

  it('draws the eye to a fault that the run did not heal itself', () => {
    const healed = (fault: FaultRecord) => renderResult({ ...passed, faults: [fault] }, { width: 160, colour: true });
    assert.match(healed({ ...killed, healedBy: 'lease' }), /m10:11:52 by lease in 2\.1 s/);
    assert.doesNotMatch(healed(killed), /m10:11:52/);
  });

  it('shows what did not arrive, and duplicates', () => {
    const text = renderResult(bad);
    assert.match(text, /guardian +3 of 3 +3\.2 s +2 min 8 s +2\n/);
    assert.match(text, /q +0 of 1 +- +- +none/);
    assert.match(text, /duplicate \(3 times\): stored twice on relay-2/);
  });

  it('puts what is left broken and the command against it before all other steps', () => {
    const next = renderResult(bad).split('Next\n')[1]?.split('\n') ?? [];
    assert.match(next[0] ?? '', /0k-chaos heal --all/);
    assert.match(next[1] ?? '', /0k-chaos doctor/);
    assert.match(renderResult(bad), /NOT PUT BACK\n {2}guardian: qdisc netem 7c05: on eth1\n/);
  });

  it('names the command that runs a failed scenario again', () => {
    const text = renderResult({ ...passed, verdict: 'failed' });
    assert.match(text, /^FAILED/);
    assert.match(text, /`0k-chaos run mr_01_relay_crash_failover --seed 7` runs it again/);
    assert.doesNotMatch(text, /doctor/);
  });

  it('fits 80 and 40 columns, with colour and without', () => {
    for (const width of [80, 40]) {
      const plain = renderResult(bad, { width });
      assert.ok(widest(plain) <= width, `${widest(plain)} columns`);
      assert.equal(stripVTControlCharacters(renderResult(bad, { width, colour: true })), plain);
    }
  });

  it('has no escape sequence unless colour is asked for, and no character beyond ASCII on request', () => {
    const hostile = { ...bad, because: '\u001b[31m\u001b]0;x\u0007…', claim: 'a\n\nb\u202e' };
    assert.doesNotMatch(renderResult(hostile), /[^\n\x20-\x7e…±→\ufffd]/u);
    assert.match(renderResult({ ...hostile, claim: '漢 – é' }, { ascii: true }), /^[\x20-\x7e\n]*$/);
  });
});

describe('renderProgressLine', () => {
  it('puts the time of day in front and sets in what does not fit', () => {
    const line = renderProgressLine({ at: '2026-02-08T10:11:12.345Z', text: 'inject '.repeat(12) }, { width: 60 });
    assert.equal(line, `10:11:12  ${'inject '.repeat(7).trim()}\n          ${'inject '.repeat(5).trim()}`);
  });
});

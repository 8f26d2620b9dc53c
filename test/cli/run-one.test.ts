import { strict as assert } from 'node:assert';
import { inputFor } from '../../src/cli/scenario-input.ts';
import { shownInUi } from '../../src/cli/run-one.ts';
import { scenarios } from '../../src/workflows/scenarios/index.ts';
import { fleet } from './fleets.ts';

describe('what the UI shows of a run', () => {
  const detailsOf = (name: string, set: string[] = []): string => {
    const scenario = scenarios[name];
    assert.ok(scenario);
    const { input, options } = inputFor(name, scenario, fleet(), { set });
    return shownInUi(scenario.definition, options, input).staticDetails;
  };

  it('names whom it breaks and drives, as they were chosen', () => {
    const details = detailsOf('mr_01_relay_crash_failover', ['to=beast']);
    assert.match(details, /Breaks relay-1 of the fleet nowhere; drives q, beast, /);
    assert.match(details, /Input: `\{"to":"beast"\}`/);
  });

  it('says so where it breaks nothing', () => {
    assert.match(detailsOf('cm_02_bidirectional_sync'), /Breaks nothing of the fleet nowhere/);
  });
});

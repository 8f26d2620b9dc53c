import { strict as assert } from 'node:assert';
import { findScenario, inputFor, type InputOptions } from '../../src/cli/scenario-input.ts';
import { fleet } from './fleets.ts';

const NAME = 'edge_03_guardian_partition_recovery';
const given = (options: InputOptions) => inputFor(NAME, findScenario(NAME), fleet(), options);

describe('the input of a run, from the command line', () => {
  it('names the fleet, so that a worker of another one refuses it', () => {
    assert.deepEqual(given({}).input, { fleet: 'nowhere' });
  });

  it('takes `--set`, `--input` and `--lease` together, `--set` before `--input`', () => {
    const { input, options } = given({ input: '{"messages": 3, "cut": "pair"}', set: ['messages=4'], lease: '30' });
    assert.deepEqual(input, { fleet: 'nowhere', messages: 4, cut: 'pair', leaseSeconds: 30 });
    assert.equal(options['messages'], 4);
  });

  it('shows the defaults of what nobody chose', () => {
    assert.deepEqual(given({}).options, { messages: 10, cut: 'off', leaseSeconds: 60, iterations: 1 });
  });

  const wrong: [string, InputOptions, RegExp][] = [
    ['an option that there is not', { set: ['mesages=3'] }, /no option `mesages`; did you mean `messages`\?/],
    ['a word where a number belongs', { set: ['messages=many'] }, /`--set messages` takes a number, got `many`/],
    ['a number that is not decimal', { set: ['messages=0x10'] }, /`--set messages` takes a number, got `0x10`/],
    ['a lease that is not decimal', { lease: '0b111100' }, /`--lease` takes a number of seconds, got `0b111100`/],
    ['a value out of bounds', { set: ['messages=0'] }, /messages/],
    ['a choice that there is not', { set: ['cut=half'] }, /cut/],
    ['a pair without `=`', { set: ['messages'] }, /`--set messages` is not of the form key=value/],
    ['text that is no JSON', { input: '{messages: 3}' }, /`--input` is not JSON/],
    ['JSON that is no object', { input: '[3]' }, /`--input` is not a JSON object/],
    ['an unknown key in JSON', { input: '{"mesages": 3}' }, /mesages/],
    ['a lease that is no number', { lease: '5m' }, /`--lease` takes a number of seconds, got `5m`/],
    ['an option twice', { set: ['messages=3', 'messages=4'] }, /`--set messages=…` is given twice/],
    [
      'a lease twice',
      { set: ['leaseSeconds=60'], lease: '5' },
      /`--set leaseSeconds=…` is given twice, or beside `--lease`/,
    ],
    ['a seed twice', { set: ['seed=6'], seed: 5 }, /`--set seed=…` is given twice, or beside/],
    ['a lease that is too short', { lease: '1' }, /leaseSeconds/],
    ['the name of another fleet', { input: '{"fleet": "other"}' }, /`fleet` is `other`/],
  ];
  for (const [what, options, message] of wrong) {
    it(`refuses ${what}`, () => {
      assert.throws(() => given(options), { name: 'CliError', kind: 'BadInput', exitCode: 2, message });
    });
  }

  it('names the nearest scenarios for one that there is not', () => {
    assert.throws(() => findScenario('mr_01_relay_crash_failver'), {
      exitCode: 2,
      message: /no scenario `mr_01_relay_crash_failver` .*; did you mean `mr_01_relay_crash_failover`\?/,
    });
    assert.throws(() => findScenario('constructor'), { exitCode: 2 });
  });

  it('refuses a scenario that needs what the fleet has not', () => {
    const small = fleet();
    delete small.relays['relay-1'];
    const name = 'mr_01_relay_crash_failover';
    assert.throws(() => inputFor(name, findScenario(name), small, {}), {
      kind: 'BadInput',
      message: /`relay` names no relay of the fleet .*`relay-1` \(known: /,
    });
  });
});

import { strict as assert } from 'node:assert';
import { checkSpec } from '../../src/cli/check-spec.ts';
import { FAULTS, milliseconds, specOf, type FaultWords } from '../../src/cli/fault-words.ts';
import { injectCommand } from '../../src/cli/inject.ts';
import { main } from '../../src/cli/program.ts';
import { fleet, folderWith } from './fleets.ts';

describe('the words of `inject`', () => {
  it('become the fault that they say', () => {
    assert.deepEqual(specOf('kill', 'relay-1', {}), { kind: 'container', target: 'relay-1', action: 'kill' });
    assert.deepEqual(specOf('kill', 'relay-1', { signal: 'SIGTERM' }), {
      ...{ kind: 'container', target: 'relay-1', action: 'kill', signal: 'SIGTERM' },
    });
    assert.deepEqual(specOf('cut', 'guardian', {}), {
      ...{ kind: 'partition', target: 'guardian', from: 'all', direction: 'both' },
    });
    assert.deepEqual(specOf('cut', 'guardian', { from: 'beast, relay-1', direction: 'in', ports: 'udp,tcp/22' }), {
      ...{ kind: 'partition', target: 'guardian', from: ['beast', 'relay-1'], direction: 'in' },
      ports: ['udp', 'tcp/22'],
    });
    assert.deepEqual(specOf('cut', 'relay-1', { ports: 'data' }), {
      ...{ kind: 'partition', target: 'relay-1', from: 'all', direction: 'both', ports: 'data' },
    });
  });

  it('have units, which become those of the fault', () => {
    assert.deepEqual(
      specOf('netem', 'guardian', { delay: '1.5s', jitter: '50ms', rate: '2mbit', loss: '0.5%', toward: 'beast' }),
      {
        ...{ kind: 'netem', target: 'guardian', toward: 'beast' },
        ...{ delayMs: 1500, jitterMs: 50, lossPercent: 0.5, rateKbit: 2000 },
      },
    );
    assert.deepEqual(specOf('netem', 'relay-1', { lossBursts: '1/10', slot: '20ms-40ms', direction: 'in' }), {
      ...{ kind: 'netem', target: 'relay-1', direction: 'in' },
      ...{ lossBursts: { enterPercent: 1, leavePercent: 10 }, slot: { minMs: 20, maxMs: 40 } },
    });
    assert.equal(milliseconds('--for', '2m'), 120_000);
  });

  it('are each an option of `inject`, which has no other', () => {
    const taken = FAULTS.flatMap((fault) => {
      let says = '';
      assert.throws(
        () => specOf(fault, 'guardian', { nothing: '' } as FaultWords),
        ({ message }: Error) => ((says = message), true),
      );
      return says.match(/--[a-z-]+/g)?.filter((option) => option !== '--nothing') ?? [];
    });
    const ofEvery = new Set(['--for', '--fleet', '--profile', '--json']);
    const options = injectCommand().options.flatMap(({ long }) => (long && !ofEvery.has(long) ? [long] : []));
    assert.deepEqual(options.toSorted(), [...new Set(taken)].toSorted());
  });

  const wrong: [string, FaultWords, RegExp][] = [
    ['explode', {}, /no fault `explode`/],
    ['kil', {}, /kill/],
    ['stop', { signal: 'SIGTERM' }, /`--signal` does not go with `stop`: it takes none/],
    ['cut', { delay: '5ms' }, /`--delay` does not go with `cut`: it takes --from/],
    ['cut', { direction: 'up' }, /both, in, out/],
    ['cut', { from: 'beast,,q' }, /names with commas/],
    ['netem', { delay: '200' }, /with its unit/],
    ['netem', { delay: '-5ms' }, /with its unit/],
    ['netem', { loss: 'ten' }, /a percentage/],
    ['netem', { rate: '5' }, /512kbit/],
  ];
  for (const [fault, words, message] of wrong)
    it(`are refused: ${fault} ${JSON.stringify(words)}`, () => {
      assert.throws(() => specOf(fault, 'guardian', words), message);
    });
});

describe('a fault that cannot be', () => {
  const check = (fault: string, target: string, words: FaultWords) => () =>
    checkSpec(fleet(), specOf(fault, target, words));

  it('is told in the options that a person gave', () => {
    assert.throws(check('netem', 'guardian', { jitter: '5ms' }), /one of --delay, --loss, --loss-bursts, .*--slot/);
    assert.throws(check('netem', 'guardian', { lossBursts: '101/3' }), /at --loss-bursts$/);
    assert.throws(check('netem', 'guardian', { delay: '5ms', interface: 'a'.repeat(16) }), /at --interface$/);
  });

  it('is refused without a look at any machine', () => {
    assert.throws(check('netem', 'guardian', { jitter: '5ms' }), /needs at least one of/);
    assert.throws(check('netem', 'guardian', { loss: '200%' }), /100/);
    assert.throws(check('netem', 'guardian', { delay: '5ms', ports: 'sctp' }), /tcp\/8080/);
    assert.throws(check('netem', 'guardian', { delay: '5ms', toward: 'beats' }), /beast/);
    assert.throws(check('kill', 'relay-1', { signal: 'SIGSTOP' }), /use `pause`/);
    assert.throws(check('kill', 'relay-9', {}), /relay-1/);
    assert.throws(check('kill', 'relay-1', { signal: 'SIGFOO' }), /no signal of Linux[^]*at --signal/);
    assert.throws(check('kill', 'relay-1', { signal: '' }), /no signal of Linux[^]*at --signal/);
    assert.doesNotThrow(check('kill', 'relay-1', { signal: 'SIGRTMIN+3' }));
    assert.throws(check('kill', 'guardian', {}), /`guardian` is a machine: `kill` needs a relay/);
    assert.throws(check('cut', 'guardian', { from: 'relay-1,guardian' }), /`guardian` is `guardian` itself/);
    assert.throws(check('netem', 'machine beast', { delay: '5ms', toward: 'beast' }), /is `machine beast` itself/);
    assert.doesNotThrow(check('netem', 'beast', { delay: '5ms', toward: 'guardian' }));
    assert.doesNotThrow(check('cut', 'guardian', { from: 'beast' }));
  });
});

describe('`inject` with bad input', function () {
  this.timeout(20_000);

  it('exits 2 before it asks a machine', async () => {
    const { file, remove } = folderWith();
    const exitCode = process.exitCode;
    try {
      for (const words of [
        ['netem', 'guardian'],
        ['kill', 'relay-9'],
        ['kill', 'relay-1', '--for', '1s'],
        ['cut', 'guardian', '--for', '2d'],
        ['cut', 'q'],
        ['kill', 'relay-1', '--delay', '5ms'],
        ['kill'],
      ])
        assert.equal(await main(['inject', ...words, '--fleet', file]), 2, words.join(' '));
    } finally {
      process.exitCode = exitCode;
      remove();
    }
  });
});

import { strict as assert } from 'node:assert';
import { CommanderError } from 'commander';
import { badInput, tell } from '../../src/cli/errors.ts';
import { ConfigError } from '../../src/config.ts';
import { FleetError } from '../../src/fleet/load.ts';
import { LabError } from '../../lab/error.ts';
import { HostError } from '../../src/hosts/host.ts';
import { TemporalError } from '../../src/temporal/server.ts';

const onDisk = (code: string): Error => Object.assign(new Error(`${code}: no`), { code, syscall: 'mkdir', path: '/x' });

describe('how an error is told', () => {
  const expected: [string, Error, string, number][] = [
    ['a mistake on the command line', badInput('no'), 'BadInput', 2],
    ['a usage error', new CommanderError(1, 'commander.unknownOption', "error: unknown option '--x'"), 'BadInput', 2],
    ['a bad fleet file', new FleetError('f.yml', [{ line: 3, field: 'name', what: 'is missing' }]), 'BadInput', 2],
    ['a bad profile', new ConfigError('no profile'), 'BadInput', 2],
    ['a Temporal server that is down', new TemporalError('down'), 'GroundFailed', 2],
    ['a lab of which there is none', new LabError('no lab', 2), 'BadInput', 2],
    ['a lab that does not come up', new LabError('no boot'), 'LabFailed', 1],
    ['a disk that is full', onDisk('ENOSPC'), 'GroundFailed', 3],
    ['a folder that may not be written', onDisk('EACCES'), 'GroundFailed', 3],
    ['a machine that does not answer', new HostError('unreachable', 'beast', 'off'), 'HostUnreachable', 3],
  ];
  for (const [what, error, kind, exitCode] of expected) {
    it(`tells ${what} by its message only`, () => {
      const told = tell(error);
      assert.deepEqual([told.kind, told.exitCode, told.stack], [kind, exitCode, undefined]);
      assert.equal(told.message, error.message.replace('error: ', ''));
    });
  }

  it('tells what nobody expected as a bug, never as a failed claim', () => {
    const told = tell(new TypeError('x is undefined'));
    assert.equal(told.kind, 'Bug');
    assert.notEqual(told.exitCode, 1);
    assert.match(told.message, /x is undefined[^]*bug/);
    assert.match(told.stack ?? '', /errors\.test/);
  });
});

import { strict as assert } from 'node:assert';
import { LEASE_SCRIPT } from '../../src/hosts/lease-script.ts';
import { leasesOn } from '../../src/hosts/lease.ts';
import { cut, eachOnItsMachine } from './leased-machine.ts';

const WRITES = 'seam() { echo "$1" >>/run/seams; }';
const STEPS = 'armed injected probed renewing renewed healing healed verified released'.split(' ');

describe('the seams of the lease', () => {
  const { machine } = eachOnItsMachine();

  it('are met in turn by a script that makes calls of them', async () => {
    const script = `${WRITES}\n${LEASE_SCRIPT.replaceAll(/^ *# seam: (\w+)$/gm, 'seam $1')}`;
    const leases = leasesOn(machine().host(), { script });
    await leases.arm(cut('x'));
    await leases.renew('a/1', 60);
    await leases.heal('all', 'frame');
    assert.deepEqual((await machine().output('cat', '/run/seams')).trim().split('\n'), STEPS);
  });

  it('are comments and nothing else on machines', () => {
    assert.doesNotMatch(LEASE_SCRIPT.replaceAll(/^ *# seam: \w+$/gm, ''), /seam/);
  });
});

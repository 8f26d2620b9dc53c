import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';

const PROGRAM = `
const [one, other] = [await import('./test/interrupted.ts'), await import('./test/interrupted.ts?copy')];
one.whenInterrupted(async () => console.log('the quick one'));
other.whenInterrupted(async () => { await new Promise((done) => setTimeout(done, 300)); console.log('the slow one'); });
one.whenInterrupted(() => Promise.reject(new Error('the one that fails')));
setTimeout(() => undefined, 20_000);
process.kill(process.pid, 'SIGTERM');
`;

describe('tests that somebody interrupts', () => {
  it('do all that is to be done at their end, whichever of it is quick or fails, and then end', () => {
    const words = ['--import', 'tsx', '--input-type=module', '-e', PROGRAM];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    assert.equal(status, 130, stderr);
    assert.equal(stdout, 'the quick one\nthe slow one\n');
    assert.match(stderr, /the one that fails/);
  });
});

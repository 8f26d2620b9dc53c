import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';

const NASTY = 'said \\u001b[2J\\u001b]0;owned\\u0007\\u009b5A\\u202e of it';

/** In a process of its own: it writes to stderr. */
const PROGRAM = `
  const { openMetrics } = await import('./src/temporal/metrics.ts');
  const { Runtime } = await import('@temporalio/worker');
  openMetrics({});
  const error = new Error('${NASTY}', { cause: new Error('${NASTY}') });
  Runtime.instance().logger.warn('leases not renewed: ${NASTY}', { error, evidence: '${NASTY}' });
  process.exit(0);
`;

describe('the log of a worker', () => {
  it('tells what machines said, and none of it acts on a terminal', () => {
    const words = ['--import', 'tsx', '--input-type=module', '-e', PROGRAM];
    const { stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', timeout: 60_000 });
    assert.match(stderr, /\[WARN\] leases not renewed: said .* of it/);
    assert.match(stderr, /Error: said /);
    assert.match(stderr, /\[cause\]: Error: said /);
    assert.doesNotMatch(stderr, /[^\P{Cc}\n]|\p{Cf}/u);
  }).timeout(60_000);
});

import { strict as assert } from 'node:assert';
import type { WorkflowHandle } from '@temporalio/client';
import type { Known } from '../../src/cli/outcome.ts';
import type { Link } from '../../src/cli/temporal.ts';
import { watch } from '../../src/cli/watch.ts';
import { QUERY_PROGRESS } from '../../src/contract/names.ts';
import { CodecError } from '../../src/temporal/codec/error.ts';
import { addLine, linesFrom, type ProgressLine } from '../../src/contract/progress.ts';

/** A suite of two days: of its lines only the newest are kept. */
function longSuite() {
  const lines: ProgressLine[] = [];
  const say = (text: string): void => addLine(lines, text, 50);
  for (let n = 0; n < 120; n += 1) say(`run ${n}`);
  const asked: unknown[] = [];
  let end: (result: object) => void = () => undefined;
  const result = new Promise<object>((done) => (end = done));
  const handle = {
    result: () => result,
    query: async (_: string, from: number) => (asked.push(from), linesFrom(lines, from)),
  } as unknown as WorkflowHandle;
  return { handle, asked, say, end: () => end({ verdict: 'passed', residue: [] }) };
}

const link = { connection: { withDeadline: <T>(_: number, act: () => Promise<T>) => act() } } as unknown as Link;

/** What is written to stderr while `act` lasts. */
async function saidDuring(act: () => Promise<unknown>): Promise<string> {
  const write = process.stderr.write.bind(process.stderr);
  let said = '';
  process.stderr.write = ((text: string) => ((said += text), true)) as typeof write;
  try {
    await act();
  } finally {
    process.stderr.write = write;
  }
  return said;
}

describe('watching a run', () => {
  it(`tells each line of its ${QUERY_PROGRESS} once to somebody who comes late`, async () => {
    const { handle, asked, say, end } = longSuite();
    const known = { run: {}, startedAtMs: Date.now() } as Known;
    const said = await saidDuring(async () => {
      const watching = watch(link, handle, known);
      while (asked.length < 2) await new Promise((look) => setTimeout(look, 20));
      say('the last run');
      end();
      await watching;
    });
    const told = [...said.matchAll(/run \d+|the last run/g)].map(([text]) => text);
    assert.deepEqual(told, [...Array.from({ length: 50 }, (_, n) => `run ${n + 70}`), 'the last run']);
  });

  it('ends where nobody can read how the run ended, as the key is missing', async () => {
    const result = () => Promise.reject(new CodecError('no key'));
    const { handle } = longSuite();
    const known = { run: {}, startedAtMs: Date.now() } as Known;
    const unread = { ...handle, result } as unknown as WorkflowHandle;
    await saidDuring(() => assert.rejects(watch(link, unread, known), { name: 'CodecError' }));
  });

  it('tells who is silent: the worker, or the server that would know', async function () {
    this.timeout(20_000);
    const known = { run: {}, startedAtMs: Date.now() } as Known;
    const silent = (describe: () => Promise<unknown>) => {
      const { handle, end } = longSuite();
      const query = () => Promise.reject(new Error('no answer'));
      return { handle: { ...handle, query, describe } as unknown as WorkflowHandle, end };
    };
    const runs = [silent(async () => ({})), silent(() => Promise.reject(new Error('no connection')))];
    const said = await saidDuring(async () => {
      const watching = runs.map(({ handle }) => watch(link, handle, known));
      await new Promise((look) => setTimeout(look, 6_500));
      for (const { end } of runs) end();
      await Promise.all(watching);
    });
    assert.match(said, /^worker silent for \d+ s; .*`0k-chaos worker`/m);
    assert.match(said, /^Temporal server silent for \d+ s; /m);
  });
});

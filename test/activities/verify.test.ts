import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { RunFolder } from '../../src/activities/journal.ts';
import { takeBaseline, verify } from '../../src/activities/verify.ts';
import type { ExecOptions, Host } from '../../src/hosts/host.ts';
import { fakeDeps, result } from './ground/fake-fleet.ts';

const RUN = { scenario: 's', workflowId: 'w', runId: 'r' };
const LANE = 'qdisc netem 1abc: dev eth1 parent c4a0:4 limit 20000';
const TABLE = 'table inet zk_773232abe934';
const leased = (owner: string): string =>
  `{"key":"ab","state":"leased","lease":${JSON.stringify({ id: 'x', owner, kind: 'netem', target: 'guardian', summary: 'delayed', bearer: 'b', armedAt: 'a' })},"seconds":9,"thisBoot":true,"note":"","tries":0,"since":null}`;

describe('the comparison of a machine with what it was', () => {
  let stateDir: string;
  beforeEach(() => (stateDir = mkdtempSync(join(tmpdir(), '0k-verify-'))));
  afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

  const temporal = { workflow: { getHandle: () => ({ query: () => Promise.resolve({ holders: [] }) }) } };
  /** A machine that shows each of these, one after the other, and then the last of them. */
  function deps(shown: string[], ledgers: string[] = ['']) {
    const next = (answers: string[]) => (answers.length > 1 ? answers.shift() : answers[0]) ?? '';
    const says = (_: readonly string[], { stdin }: ExecOptions): string =>
      String(stdin).includes('command=list') ? `${next(ledgers)}\n{"done":true}\n` : `${next(shown)}\n=== end\n`;
    return { ...fakeDeps({ guardian: { says } }), stateDir, temporal: temporal as unknown as Client };
  }
  async function residue(shown: string[], ledgers?: string[]): Promise<string[]> {
    const on = deps(shown, ledgers);
    await takeBaseline(on, RUN, 'guardian');
    const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
    const found = (await environment.run(() => verify(on)({ run: RUN, machines: ['guardian'] }))) as {
      residue: string[];
    };
    return found.residue;
  }
  const qdiscs = (...lines: string[]): string => ['=== qdiscs', ...lines].join('\n');

  it('names what a fault has left that is in no ledger', async () => {
    const after = `${qdiscs(LANE)}\n=== nft\n${TABLE} {\n}\n=== iptables\n:ZK-773232abe934-in - [0:0]\n=== boot\n/var/lib/0k-chaos/boot.sh`;
    const left = (what: string): string => `guardian: left by a fault, and in no ledger: \`${what}\``;
    const before = `${qdiscs()}\n=== nft\n=== iptables`;
    assert.deepEqual(await residue([before, after]), [
      ...[left(LANE), left(TABLE), left(':ZK-773232abe934-in -')],
      left('/var/lib/0k-chaos/boot.sh'),
    ]);
  });

  it('blames nobody for what was there before, for what others have leased, and for what goes with its lease', async () => {
    assert.deepEqual(await residue([qdiscs(LANE)]), []);
    rmSync(join(stateDir, 'runs'), { recursive: true });
    assert.deepEqual(await residue([qdiscs(), qdiscs(LANE)], [leased('others/1')]), []);
    rmSync(join(stateDir, 'runs'), { recursive: true });
    assert.deepEqual(await residue([qdiscs(), qdiscs(LANE), qdiscs()], ['']), []);
  });

  it('says that an engine does not answer, and not that its containers are gone', async () => {
    const containers = (text: string): string => `=== containers\n${text}`;
    const running = containers(`${'1'.repeat(64)} /theirs running A`);
    assert.deepEqual(await residue([running, containers('unanswered')]), [
      'guardian: containers: the Docker engine does not answer',
    ]);
    rmSync(join(stateDir, 'runs'), { recursive: true });
    assert.deepEqual(await residue([containers('unanswered'), running]), []);
  });

  it('keeps the first look, though an attempt that was frozen comes late with another', async () => {
    let late: (stdout: string) => void = () => undefined;
    const guardian: Host = {
      ...fakeDeps({}).hosts.get('guardian'),
      exec: () => new Promise((resolve) => (late = (stdout) => resolve(result(stdout)))),
    };
    const hosts = { get: () => guardian, close: () => Promise.resolve() };
    const first = takeBaseline({ ...deps([]), hosts }, RUN, 'guardian');
    await new Promise((go) => setImmediate(go));
    await takeBaseline(deps([qdiscs('qdisc fq 0: dev eth0 root')]), RUN, 'guardian');
    late(`${qdiscs('qdisc htb 1: dev eth0 root')}\n=== end\n`);
    await first;
    assert.match(new RunFolder(stateDir, RUN).read('baseline/guardian.json'), /qdisc fq/);
  });
});

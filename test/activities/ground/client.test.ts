import { strict as assert } from 'node:assert';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deps } from '../../../src/activities/deps.ts';
import { program } from '../../../src/activities/ground/client.ts';
import type { Observation } from '../../../src/activities/ground/observation.ts';
import { parseFleet } from '../../../src/fleet/load.ts';
import { createHosts } from '../../../src/hosts/hosts.ts';

describe('a client on a bad day', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), '0k-chaos-client-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** What is found of a client whose program is this shell script; really run, on this machine. */
  async function found(script: string | undefined): Promise<Observation> {
    const path = join(folder, 'sync-cli');
    rmSync(path, { force: true });
    if (script !== undefined) writeFileSync(path, `#!/bin/sh\n${script}\n`);
    if (script !== undefined) chmodSync(path, 0o755);
    const build = `build: { on: q, directory: ${folder}, command: [make], artefact: sync-cli }`;
    const client = `clients: { q: { machine: q, command: [${path}], data: /tmp, ${build} } }`;
    const fleet = parseFleet(`name: one\nmachines: { q: { local: true } }\nrelays: {}\n${client}\n`, 'fleet.yml');
    const hosts = createHosts({ machines: fleet.machines, stateDir: folder });
    try {
      const [seen] = await program({ fleet, hosts, stateDir: folder } as Omit<Deps, 'temporal'> as Deps, 'q');
      assert.ok(seen);
      return seen;
    } finally {
      await hosts.close();
    }
  }

  it('that is as it should be is found to be', async () => {
    assert.deepEqual(await found('echo sync-cli 0.1.0'), { state: 'ok', what: 'q: sync-cli 0.1.0 on q' });
  });

  const bad: [string, string | undefined, RegExp][] = [
    ['is missing', undefined, /^q: `\/\S+sync-cli --version` printed `\/\S+: not found` \(on q\)/],
    ['prints nothing', 'exit 0', /printed nothing \(on q\)/],
    ['is of another version', 'echo sync-cli 0.2.0', /q: sync-cli is 0\.2\.0.* \(on q\)/],
    ['prints 100 MB', 'head -c 100000000 /dev/zero | tr "\\0" x', /printed `x{200}` \(on q\)/],
    [
      'asks on the terminal',
      'printf "Which group? "; read -r answer; echo "$answer"',
      /printed `Which group\?` \(on q\)/,
    ],
  ];
  for (const [what, script, message] of bad) {
    it(`that ${what} is named with machine, command and evidence, and the command that mends it`, async () => {
      const { state, what: said, fix } = await found(script);
      assert.equal(state, 'fail');
      assert.match(said, message);
      assert.ok(said.length < 500, said);
      assert.equal(fix, '`0k-chaos guardian install q`');
    });
  }
});

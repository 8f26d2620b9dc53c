import { strict as assert } from 'node:assert';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deps } from '../../src/activities/deps.ts';
import { binary } from '../../src/activities/ground/binary.ts';
import { install, type Installed } from '../../src/activities/install.ts';
import type { Fleet } from '../../src/fleet/schema.ts';
import { parseFleet } from '../../src/fleet/load.ts';
import { createHosts } from '../../src/hosts/hosts.ts';
import type { Hosts } from '../../src/hosts/host.ts';

const PROGRAM = '#!/bin/sh\necho sync-cli 0.1.0\n';

describe('guardian install', function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), '0k-chaos-install-'));
  const target = join(folder, 'edge/bin/sync-cli');
  const source = join(folder, 'checkout/source');
  let hosts: Hosts;
  let told: string[];

  before(() => {
    mkdirSync(join(folder, 'checkout'));
    // Two machines that are really this one: words, files and sums are real.
    hosts = createHosts({ machines: { beast: { local: true }, guardian: { local: true } }, stateDir: folder });
  });
  beforeEach(() => {
    told = [];
    writeFileSync(source, PROGRAM);
    rmSync(join(folder, 'edge'), { recursive: true, force: true });
  });
  after(async () => {
    await hosts.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function deps(command = '[install, -D, -m, "755", source, out/sync-cli]'): Deps {
    const machine = 'ssh: { host: HOST }';
    const text = `name: two
machines: { beast: { ${machine.replace('HOST', 'a')} }, guardian: { ${machine.replace('HOST', 'b')} } }
relays: {}
clients:
  guardian:
    machine: guardian
    command: [${target}]
    data: /tmp/x
    build: { on: beast, directory: ${folder}/checkout, command: ${command}, artefact: out/sync-cli }
`;
    const fleet: Fleet = parseFleet(text, 'fleet.yml');
    return { fleet, hosts, stateDir: folder } as Omit<Deps, 'temporal'> as Deps;
  }

  const act = (with_ = deps(), build = true): Promise<Installed> =>
    install(with_, 'guardian', {
      ...{ build, signal: new AbortController().signal, tell: (line) => told.push(line), output: () => undefined },
    });

  it('builds, copies, proves the copy, and puts it in place to be run', async () => {
    const { version, already, bytes } = await act();
    assert.deepEqual([version, already, bytes], ['sync-cli 0.1.0', false, PROGRAM.length]);
    assert.equal(readFileSync(target, 'utf8'), PROGRAM);
    assert.equal(statSync(target).mode & 0o777, 0o755);
    assert.ok(!existsSync(`${target}.new`));
    assert.match(told.join('\n'), /^building on beast, in \S+: `install -D -m 755[^]*copying 30 bytes from beast:/);
    assert.equal((await binary(deps(), 'guardian'))[0]?.state, 'ok');
  });

  it('copies nothing where the same bytes are there already', async () => {
    await act();
    assert.equal((await act()).already, true);
  });

  it('is named by the ground as the way out of a missing program, and of one that is not what was built last', async () => {
    const [missing] = await binary(deps(), 'guardian');
    assert.deepEqual([missing?.state, missing?.fix], ['fail', '`0k-chaos guardian install guardian`']);
    await act();
    writeFileSync(target, `${PROGRAM}# older\n`);
    const [outdated] = await binary(deps(), 'guardian');
    assert.match(
      outdated?.what ?? '',
      /on guardian \(\w{8}…\) is not what was built last, `\S+out\/sync-cli` on beast/,
    );
    assert.equal(outdated?.fix, '`0k-chaos guardian install guardian`');
  });

  it('leaves the old program where the new one does not run, or is another version', async () => {
    await act();
    for (const [program, message] of [
      ['#!/nonexistent\n', /the old one was left as it is/],
      ['#!/bin/sh\necho sync-cli 0.2.0\n', /sync-cli is 0\.2\.0/],
    ] as const) {
      writeFileSync(source, program);
      await assert.rejects(act(), message);
      assert.equal(readFileSync(target, 'utf8'), PROGRAM);
    }
  });

  it('tells what a build that fails said, where, and what is missing', async () => {
    await assert.rejects(act(deps('[sh, -c, "echo no linker; exit 101"]')), /on beast exited 101\.\nno linker/);
    await assert.rejects(
      act(deps('[cross, build]')),
      /`cross build` in `\S+` on beast exited 127\. .*cargo install cross/,
    );
    chmodSync(folder, 0o755);
  });

  it('says that nothing was built yet where it is only to copy', async () => {
    rmSync(join(folder, 'checkout/out'), { recursive: true, force: true });
    await assert.rejects(act(deps(), false), /No `out\/sync-cli` in `\S+` on beast: build it first/);
  });
});

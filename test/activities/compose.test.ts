import { strict as assert } from 'node:assert';
import { composeFolder, down, pullSources, up } from '../../src/activities/compose.ts';
import type { Argv } from '../../src/faults/argv.ts';
import type { FakeMachine } from './ground/fake-fleet.ts';
import { container, fakeDeps } from './ground/fake-fleet.ts';

/** A Beast that has `found` of Compose; keeps the words that it was given. */
function beast(found: string, over: Partial<FakeMachine> & { exit?: number } = {}) {
  const words: string[][] = [];
  const told: string[] = [];
  const machine: FakeMachine = {
    ...over,
    says: (argv) => {
      if (argv.length === 3 && String(argv[2]).includes('docker compose version')) return found;
      // What runs in the folder: behind `sh -c SCRIPT sh`.
      words.push(argv.slice(4));
      return over.exit === undefined ? '' : { exitCode: over.exit, stdout: 'Step 3\n', stderr: 'no space left\n' };
    },
  };
  const options = {
    signal: new AbortController().signal,
    tell: (line: string) => told.push(line),
    output: () => undefined,
  };
  return { deps: fakeDeps({ beast: machine }), options, words, told };
}

const project = (...wanted: string[]): string[] => ['-f', 'compose.yml', '-p', 'dist-chaos', ...wanted];
const ENV = ['~/0k-sync', 'env', 'DOCKER_HOST=unix:///var/run/docker.sock'];

describe('the Compose project of the relays', () => {
  it('is brought up as the guide does it, in the folder of the fleet file', async () => {
    const { deps, options, words } = beast('plugin\n');
    await up(deps, 'beast', true, options);
    assert.deepEqual(words, [[...ENV, 'docker', 'compose', ...project('up', '-d', '--build', '--wait')]]);
  });

  it('is driven by version 1 where there is no other, said aloud and without what that does not know', async () => {
    const { deps, options, words, told } = beast('/usr/bin/docker-compose\n');
    await up(deps, 'beast', false, options);
    assert.deepEqual(words, [[...ENV, '/usr/bin/docker-compose', ...project('up', '-d')]]);
    assert.match(told[0] ?? '', /beast has no `docker compose`: using \/usr\/bin\/docker-compose \(version 1\)/);
  });

  it('is taken down with its volumes only where that was asked for', async () => {
    const { deps, options, words } = beast('plugin\n');
    await down(deps, 'beast', false, options);
    await down(deps, 'beast', true, options);
    assert.deepEqual(
      words.map((all) => all.slice(9)),
      [
        ['down', '--remove-orphans'],
        ['down', '--remove-orphans', '--volumes'],
      ],
    );
  });

  it('has its stopped containers started where the machine has no Compose', async () => {
    const started: string[] = [];
    const containers = [container('relay-1', { status: 'exited' }), container('client-beast')];
    const docker = { start: (id: string) => Promise.resolve(void started.push(id)) };
    const { deps, options, words } = beast('none\n', { containers, docker });
    await up(deps, 'beast', false, options);
    assert.deepEqual([started, words], [['id-relay-1'], []]);
  });

  it('says what is missing where neither is possible', async () => {
    const { deps, options } = beast('none\n', { containers: [container('relay-1')] });
    await assert.rejects(
      up(deps, 'beast', false, options),
      /beast has neither .*Install it there: docker-compose-plugin/,
    );
    await assert.rejects(down(deps, 'beast', true, options), /`down` needs one/);
  });

  it('is put back by the engine that it was broken on, whichever is usual there', async () => {
    const says = ([, , script]: Argv) => (script?.includes('docker compose version') ? 'plugin\n' : '/srv/relays\n');
    const { words } = await composeFolder(fakeDeps({ beast: { says } }), 'beast');
    assert.deepEqual(words, [...ENV.slice(1), 'docker', 'compose']);
  });

  it('that fails tells where, by which words, and what was said', async () => {
    const { deps, options } = beast('plugin\n', { exit: 17 });
    await assert.rejects(
      up(deps, 'beast', false, options),
      /`docker compose -f compose\.yml .*` in ~\/0k-sync on beast exited 17:\nStep 3\n+no space left/,
    );
  });

  it('is built as it is where its folder is no checkout', async () => {
    const { deps, options, told, words } = beast('plugin\n', { exit: 128 });
    await pullSources(deps, 'beast', options);
    assert.match(told[0] ?? '', /no git checkout/);
    assert.equal(words.length, 1);
  });
});

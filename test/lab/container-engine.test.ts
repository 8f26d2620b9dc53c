import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findEngine } from '../../lab/container-engine.ts';

describe('looking for a Docker engine', () => {
  let dir: string;
  const { PATH, DOCKER_HOST } = process.env;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), '0k-chaos-docker-'));
    process.env['PATH'] = `${dir}:/usr/bin:/bin`;
    delete process.env['DOCKER_HOST'];
  });
  afterEach(() => {
    process.env['PATH'] = PATH;
    if (DOCKER_HOST === undefined) delete process.env['DOCKER_HOST'];
    else process.env['DOCKER_HOST'] = DOCKER_HOST;
    rmSync(dir, { recursive: true });
  });

  /** A `docker` whose context and engine are these; an engine that is '' does not answer. */
  const aDocker = (context: string, engine: string): void => {
    const info = engine === '' ? 'echo "|||"; exit 1' : `echo '${engine}'`;
    writeFileSync(
      join(dir, 'docker'),
      `#!/bin/sh\ncase "$*" in "context inspect"*) echo '${context}' ;; *) ${info} ;; esac\n`,
      {
        mode: 0o755,
      },
    );
  };
  const LINUX = '28.1.1|6.10.14-linuxkit|linux|["name=seccomp,profile=builtin"]';
  const whyNot = async (): Promise<string> => {
    const found = await findEngine();
    return 'why' in found ? found.why : 'found';
  };

  it('finds that of the current context, with its kernel', async () => {
    aDocker('desktop-linux unix:///Users/me/.docker/run/docker.sock', LINUX);
    assert.deepEqual(await findEngine(), {
      words: ['--context', 'desktop-linux'],
      kernel: '6.10.14-linuxkit',
      name: 'Docker 28.1.1 (`unix:///Users/me/.docker/run/docker.sock`, Linux 6.10.14-linuxkit)',
    });
  });

  it('prefers DOCKER_HOST, and remembers it for later commands', async () => {
    aDocker('default unix:///var/run/docker.sock', LINUX);
    process.env['DOCKER_HOST'] = 'unix:///tmp/mine.sock';
    const found = await findEngine();
    assert.deepEqual('words' in found && found.words, ['--host', 'unix:///tmp/mine.sock']);
  });

  it('says why not, where none answers', async () => {
    aDocker('default unix:///var/run/docker.sock', '');
    assert.equal(await whyNot(), 'no Docker engine answers at `unix:///var/run/docker.sock`');
  });

  it('takes none of another machine, whose published ports are not here', async () => {
    aDocker('far ssh://me@far', LINUX);
    assert.match(await whyNot(), /`ssh:\/\/me@far` may be on another machine/);
  });

  it('takes none that is not root in its kernel, or whose containers are not Linux', async () => {
    aDocker('rootless unix:///run/user/1000/docker.sock', LINUX.replace('name=seccomp', 'name=rootless'));
    assert.match(await whyNot(), /rootless/);
    aDocker('default npipe:////./pipe/docker_engine', LINUX.replace('|linux|', '|windows|'));
    assert.match(await whyNot(), /runs windows/);
  });
});

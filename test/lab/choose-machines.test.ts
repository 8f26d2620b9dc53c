import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { preparedContainers } from '../../lab/choose-machines.ts';

describe('containers or virtual machines', function () {
  this.timeout(60_000);
  let dir: string;
  const before = { ...process.env };
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), '0k-chaos-choice-'));
    process.env['PATH'] = `${dir}:${before['PATH']}`;
    process.env['XDG_CACHE_HOME'] = join(dir, 'cache');
    delete process.env['DOCKER_HOST'];
  });
  afterEach(() => {
    for (const key of ['PATH', 'XDG_CACHE_HOME', 'DOCKER_HOST']) {
      if (before[key] === undefined) delete process.env[key];
      else process.env[key] = before[key];
    }
    rmSync(dir, { recursive: true });
  });

  /** A `docker` whose engine has another kernel than this machine, our image, and one network of a lab. */
  const aDocker = (netem: boolean): void => {
    const lines = [
      '#!/bin/sh',
      'case "$*" in',
      '  "context inspect"*) echo "mine unix:///run/mine.sock" ;;',
      `  *" info "*) echo '28.1.1|6.10.14-linuxkit|linux|[]' ;;`,
      '  *" network ls "*) echo id ;;',
      '  *" network inspect "*) echo "172.17.0.0/16 10.77.0.0/24 " ;;',
      `  *" tc "*netem*) exit ${netem ? 0 : 2} ;;`,
      'esac',
    ];
    writeFileSync(join(dir, 'docker'), `${lines.join('\n')}\n`, { mode: 0o755 });
  };
  const prepared = () => preparedContainers(join(dir, 'lab'), () => undefined);

  it('are containers where a container of the engine can have netem, in a network that is free', async () => {
    aDocker(true);
    const found = await prepared();
    assert.ok(typeof found === 'object');
    assert.equal(
      found.why,
      'containers on Docker 28.1.1 (`unix:///run/mine.sock`, Linux 6.10.14-linuxkit); netem in its kernel',
    );
    assert.deepEqual(found.addresses.q, ['10.77.1.2', '10.77.1.1']);
    assert.deepEqual(found.engine?.words, ['--context', 'mine']);
  });

  it('are not containers where that fails, and the missing module is named', async () => {
    aDocker(false);
    const found = await prepared();
    assert.ok(typeof found === 'string');
    assert.match(found, /^not containers on Docker 28\.1\.1 .*: its kernel has no netem.*`sch_netem`/);
  });

  it('are not containers where no engine answers', async () => {
    writeFileSync(
      join(dir, 'docker'),
      '#!/bin/sh\ncase "$*" in "context inspect"*) echo "default unix:///none" ;; *) exit 1 ;; esac\n',
      {
        mode: 0o755,
      },
    );
    assert.equal(await prepared(), 'not containers: no Docker engine answers at `unix:///none`');
  });
});

import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { foundInPlace } from '../../src/activities/invariants/in-place.ts';
import type { Argv } from '../../src/faults/argv.ts';
import type { DockerEngine, ExecOptions } from '../../src/hosts/host.ts';
import { result } from './ground/fake-fleet.ts';

const SECRET = 'nobody may read this sentence';
const needles = [
  { label: 'm-1', text: SECRET },
  { label: 'm-2', text: 'nor that one, on\ntwo lines' },
];

describe('a folder that is too large to be carried away', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), '0k-in-place-'));
    mkdirSync(path.join(folder, 'deep'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A container that is this machine, with the programs of `tools` before all others. */
  const found = async (tools = '') => {
    const exec = (_: string, [program = '', ...words]: Argv, { stdin }: ExecOptions = {}) => {
      const env = { PATH: `${tools}:${process.env['PATH']}` };
      const { status, stdout } = spawnSync(program, words, { input: stdin, env, encoding: 'utf8' });
      return Promise.resolve(result({ stdout, exitCode: status }));
    };
    const there = await foundInPlace(
      { exec } as unknown as DockerEngine,
      'relay-1',
      path.join(folder, 'deep'),
      needles,
    );
    return there?.map(({ label }) => label);
  };
  const holds = (content: string | Buffer) => writeFileSync(path.join(folder, 'deep', 'relay.db'), content);

  it('is searched where it is, for what is plain, encoded, or between bytes that are no text', async () => {
    holds(Buffer.concat([Buffer.from([0, 255, 10]), Buffer.from('nothing')]));
    assert.deepEqual(await found(), []);
    for (const text of [SECRET, Buffer.from(SECRET).toString('hex'), Buffer.from(`x${SECRET}`).toString('base64')]) {
      holds(Buffer.concat([Buffer.from([0, 255]), Buffer.from(text), Buffer.from([0, 1])]));
      assert.deepEqual(await found(), ['m-1'], text);
    }
  });

  it('is not known where it is not there, or where grep does not know what it is told', async () => {
    rmSync(path.join(folder, 'deep'), { recursive: true });
    assert.equal(await found(), undefined);
    writeFileSync(path.join(folder, 'grep'), '#!/bin/sh\necho usage >&2; exit 1\n', { mode: 0o755 });
    mkdirSync(path.join(folder, 'deep'));
    assert.equal(await found(folder), undefined);
  });
});

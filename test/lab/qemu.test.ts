import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pidFile, qemuWords, type Vm } from '../../lab/qemu-words.ts';
import { pidOf, stopVm } from '../../lab/qemu.ts';
import { monitorPath } from '../../lab/qmp.ts';
import { aRecord } from './record.ts';

const aVm = (different: Partial<Vm>): Vm => ({ ...aRecord({}), accelerator: 'tcg', machine: 'beast', ...different });
const text = (vm: Vm, mode: 'boot' | 'resume' | 'restore'): string => qemuWords(vm, mode).join(' ');

describe('the words for QEMU', () => {
  it('open ports on 127.0.0.1 only', () => {
    for (const machine of ['beast', 'guardian'] as const) {
      const forwards = text(aVm({ machine }), 'restore').match(/hostfwd=(?:tcp|udp):[^-]*/g) ?? [];
      assert.equal(forwards.length, machine === 'beast' ? 7 : 1);
      assert.ok(forwards.every((forward) => /:127\.0\.0\.1:\d+$/.test(forward)));
    }
  });

  it('lead the data of relay-2 to the port that its container publishes', () => {
    assert.match(text(aVm({}), 'restore'), /hostfwd=udp:127\.0\.0\.1:42002-:8191/);
  });

  it('never let a lab write into the template that others run from', () => {
    const restored = text(aVm({}), 'restore');
    assert.match(restored, /beast\.ram,share=off/);
    assert.match(restored, /beast\.qcow2,[^ ]*snapshot=on/);
    const made = text(aVm({}), 'resume');
    assert.match(made, /beast\.ram,share=on/);
    assert.doesNotMatch(made, /snapshot=on/);
  });

  it('are the same machine each time, but for files and ports: a saved state fits no other', () => {
    const machine = (mode: 'boot' | 'resume' | 'restore'): string[] =>
      qemuWords(aVm({}), mode).filter((word) => !/^(memory-backend-file|id=disk|-incoming|defer)/.test(word));
    assert.deepEqual(machine('boot'), machine('restore'));
    assert.deepEqual(machine('boot'), machine('resume'));
  });

  it('take a path with a comma as one value', () => {
    assert.match(text(aVm({ template: '/a,b' }), 'restore'), /mem-path=\/a,,b\/beast\.ram,/);
  });

  it('name a monitor that a unix socket can have, however deep the folder', () => {
    assert.equal(monitorPath('/run/lab', 'beast'), '/run/lab/beast.mon');
    assert.ok(monitorPath(`/${'deep/'.repeat(40)}`, 'beast').length < 108);
    assert.notEqual(monitorPath(`/${'deep/'.repeat(40)}`, 'beast'), monitorPath(`/${'deep/'.repeat(40)}`, 'guardian'));
  });
});

describe('stopping a machine', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'lab-qemu-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('ends the process of its pid file, and is safe to repeat', async () => {
    const vm = { machine: 'beast', dir } as const;
    const machine = spawn('sh', ['-c', 'read _', pidFile(vm)], { stdio: ['pipe', 'ignore', 'ignore'] });
    const gone = once(machine, 'exit');
    writeFileSync(pidFile(vm), `${machine.pid}\n`);
    assert.equal(pidOf(vm), machine.pid);
    await stopVm(vm);
    assert.deepEqual(await gone, [null, 'SIGKILL']);
    assert.equal(existsSync(pidFile(vm)), false);
    await stopVm(vm);
  });

  it('spares a process that only got the same number', async () => {
    const vm = { machine: 'guardian', dir } as const;
    const stranger = spawn('sh', ['-c', 'read _', 'stranger'], { stdio: ['pipe', 'ignore', 'ignore'] });
    writeFileSync(pidFile(vm), `${stranger.pid}\n`);
    await stopVm(vm);
    assert.equal(stranger.exitCode, null);
    assert.equal(stranger.signalCode, null);
    stranger.kill();
  });
});

import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import type { Checked } from '../../../src/activities/ground/run.ts';
import { runGround } from '../../../src/activities/ground/run.ts';
import { sshChecks } from '../../../src/activities/ground/ssh.ts';
import { HostError } from '../../../src/hosts/host.ts';
import { fakeDeps, type FakeMachine } from './fake-fleet.ts';

const now = (): number => Math.round(Date.now() / 1000);

/** A machine that does as it is told. */
function sound(user: string, over: FakeMachine['says'] = () => undefined): FakeMachine {
  const files = new Map<string, Buffer>();
  return {
    files,
    says: (argv, options) => {
      const [program, , third = ''] = argv;
      const other = over(argv, options);
      if (other !== undefined) return other;
      if (argv.join(' ').includes('whoami')) return `${user}\n${now()}\n`;
      if (program === 'mkdir' || program === 'rm') return '';
      if (program === 'sha256sum') return `${sha256(files.get(third))}  ${third}\n`;
      return undefined;
    },
  };
}

const sha256 = (content: Buffer = Buffer.alloc(0)): string => createHash('sha256').update(content).digest('hex');

async function checked(name: string, machines: Record<string, FakeMachine>): Promise<Checked> {
  const wanted = sshChecks.filter((check) => check.name === name);
  const { checks } = await runGround(fakeDeps(machines), wanted, { signal: new AbortController().signal });
  assert.ok(checks[0]);
  return checks[0];
}

describe('the checks of SSH', () => {
  it('are good on machines that do as they are told', async () => {
    const machines = { beast: sound('jimmyb'), guardian: sound('jamesb') };
    const { checks } = await runGround(fakeDeps(machines), sshChecks, { signal: new AbortController().signal });
    assert.deepEqual(
      checks.map(({ state }) => state),
      ['ok', 'ok', 'ok', 'ok', 'ok'],
      JSON.stringify(checks),
    );
  });

  it('name the machine and the user where it is another one', async () => {
    const { state, what } = await checked('ssh_exec_beast_whoami', { beast: sound('root') });
    assert.equal(state, 'fail');
    assert.match(what, /`whoami` on beast printed `root` \(exit 0\), not `jimmyb`/);
  });

  it('tell the way out of a machine that refuses the key', async () => {
    const denied = { says: () => new HostError('denied', 'guardian', 'guardian refuses every key') };
    const { state, what, fix } = await checked('ssh_exec_guardian_whoami', { guardian: denied });
    assert.deepEqual([state, what], ['fail', 'guardian refuses every key']);
    assert.match(fix ?? '', /identityFile/);
  });

  it('warn of a clock that is a year off, and go on', async () => {
    const year = 365 * 86_400;
    const off = sound('jamesb', (argv) => (argv[0] === 'sh' ? `jamesb\n${now() + year}\n` : undefined));
    const { state, what, fix } = await checked('ssh_exec_guardian_whoami', { guardian: off });
    assert.equal(state, 'warn');
    assert.match(what, /the clock of guardian is 3153\d{4} s off ours/);
    assert.match(fix ?? '', /set-ntp/);
  });

  it('fail where a command that is not there succeeds, or says nothing', async () => {
    const yes = sound('jamesb', ([program = '']) => (program.includes('no-such-command') ? '' : undefined));
    const { state, what } = await checked('ssh_exec_nonexistent_command', { beast: sound('jimmyb'), guardian: yes });
    assert.equal(state, 'fail');
    assert.match(what, /no-such-command-\S+ on guardian exited 0/);
  });

  it('fail where a file is not the same on the other end', async () => {
    const lossy = sound('jamesb', ([program]) => (program === 'sha256sum' ? `${'0'.repeat(64)}  x\n` : undefined));
    const { state, what } = await checked('ssh_scp_round_trip', { beast: sound('jimmyb'), guardian: lossy });
    assert.equal(state, 'fail');
    assert.match(what, /not the same on guardian: there sha256 is `0000/);
  });
});

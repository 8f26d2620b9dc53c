import { strict as assert } from 'node:assert';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leasesOn } from '../../src/hosts/lease.ts';
import { HostError, type Host } from '../../src/hosts/host.ts';
import { SshConnection } from '../../src/hosts/ssh-connection.ts';
import { sshHost } from '../../src/hosts/ssh-host.ts';
import type { ServerChannel } from 'ssh2';
import { cut } from './leased-machine.ts';
import { startFlood, startRogue } from './rogue-sshd.ts';
import { keygen, noDocker } from './sshd.ts';

/** What a machine may make us keep in memory of what it says; more than the 1 MiB of each stream, and Node's own slack. */
const MOST_MEMORY = 256 * 1024 * 1024;

const flood = (chunk: string) => (channel: ServerChannel) => {
  const more = (): void => void (channel.writable && channel.write(chunk, () => setImmediate(more)));
  more();
};

describe('a machine that means us ill', function () {
  this.timeout(30_000);
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), '0k-chaos-rogue-'));
    keygen(join(dir, 'user'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  async function on(where: { port: number; knownHostsFile: string }, use: (host: Host) => Promise<void>) {
    const ssh = { host: '127.0.0.1', user: 'x', identityFile: join(dir, 'user'), ...where };
    const connection = new SshConnection('guardian', ssh, { stateDir: dir, sshConfigFile: '/dev/null' });
    const before = process.memoryUsage().rss;
    try {
      await use(sshHost('guardian', connection, noDocker));
      assert.ok(process.memoryUsage().rss - before < MOST_MEMORY);
    } finally {
      await connection.close();
    }
  }

  async function refused(act: Promise<unknown>, kinds: HostError['kind'][]): Promise<string> {
    const error: unknown = await act.then(
      (answer) => assert.fail(`it was believed: ${JSON.stringify(answer)}`),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof HostError, String(error));
    assert.ok(kinds.includes(error.kind), `${error.kind}: ${error.message}`);
    assert.ok(error.message.length < 5_000, `${error.message.length}`);
    return error.message;
  }

  for (const [what, chunk] of Object.entries({
    'one endless line': 'x'.repeat(65_536),
    'endless lines': 'hi\r\n'.repeat(16_384),
  }))
    it(`and answers with ${what} before any SSH is left, as one that is not reached`, async () => {
      const { port, stop } = await startFlood(chunk);
      try {
        await on({ port, knownHostsFile: '/dev/null' }, async (host) => {
          await refused(host.exec(['true']), ['unreachable']);
        });
      } finally {
        stop();
      }
    });

  for (const [what, chunk] of Object.entries({ text: 'x'.repeat(32_768), lines: '\n'.repeat(32_768) }))
    it(`and answers every command with endless ${what} costs a bounded time and memory`, async () => {
      const rogue = await startRogue(dir, flood(chunk), 'welcome\u001b[2J\n'.repeat(1_000));
      try {
        await on(rogue, async (host) => {
          await refused(host.exec(['true'], { timeoutMs: 1_000 }), ['timeout']);
        });
      } finally {
        await rogue.stop();
      }
    });

  it('and never ends a command is left after its time', async () => {
    const rogue = await startRogue(dir, () => undefined);
    try {
      await on(rogue, async (host) => void (await refused(host.exec(['true'], { timeoutMs: 300 }), ['timeout'])));
    } finally {
      await rogue.stop();
    }
  });

  const HEADER = { id: 'a', owner: 'o', kind: 'netem', target: 't', summary: 's', bearer: 'b', armedAt: 'now' };
  const LIES: Record<string, string> = {
    'an empty answer': '',
    'the last line alone, with an error': '{"done":true}\nrm: no such file\n',
    'a state that there is not': '{"key":"a","state":"fine","lease":null}\n{"done":true}\n',
    'a healed lease without who and when': `${JSON.stringify({ key: 'a', state: 'healed', lease: HEADER })}\n{"done":true}\n`,
    'a time that is none': `${JSON.stringify({ key: 'a', state: 'healed', lease: HEADER, by: 'frame', at: 'x', stood: true })}
{"done":true}
`,
    'prototype keys': '{"__proto__":{"state":"healed"},"constructor":1}\n{"done":true}\n',
    'nothing but brackets': `${'['.repeat(100_000)}\n{"done":true}\n`,
    'escape sequences': '\u001b]0;owned\u0007\u001b[2J{"done":true}\n',
  };
  for (const [what, lie] of Object.entries(LIES))
    it(`and answers a heal with ${what} has healed nothing`, async () => {
      const answer = (channel: ServerChannel, command: string) => {
        channel.write(command.includes('id -u') ? '0\n127.0.0.1 1 127.0.0.1 22\n' : lie);
        channel.exit(0);
        channel.end();
      };
      const rogue = await startRogue(dir, answer);
      try {
        await on(rogue, async (host) => {
          const heal = leasesOn(host).heal({ ids: ['a'] }, 'frame');
          const states = await heal.then(
            (replies) => replies.map(({ state }) => state),
            () => undefined,
          );
          if (states === undefined) assert.match(await refused(heal, ['unknown']), /without a whole answer/);
          else assert.deepEqual(states, ['junk']);
        });
      } finally {
        await rogue.stop();
      }
    });

  it('and says that it is done, and not with what, is told so', async () => {
    const rogue = await startRogue(dir, (channel, command) => {
      channel.write(command.includes('id -u') ? '0\n127.0.0.1 1 127.0.0.1 22\n' : '{"done":true}\n');
      channel.exit(0);
      channel.end();
    });
    try {
      await on(rogue, async (host) => {
        const machine = leasesOn(host);
        assert.match(await refused(machine.brake('look'), ['unknown']), /`brake` in the ledger .* answered nothing/);
        assert.match(await refused(machine.arm(cut('a')), ['unknown']), /`arm` in the ledger .* answered nothing/);
      });
    } finally {
      await rogue.stop();
    }
  });

  it('and lies about who we are there is not believed', async () => {
    const rogue = await startRogue(dir, (channel) => {
      channel.write('root; reboot\n$(id)\n');
      channel.exit(0);
      channel.end();
    });
    try {
      await on(rogue, async (host) => {
        await refused(host.asRoot(), ['unreachable']);
        await refused(host.control(), ['unreachable']);
      });
    } finally {
      await rogue.stop();
    }
  });

  it('is not trusted again because a file says so that is no known_hosts', async () => {
    const rogue = await startRogue(dir, (channel) => void (channel.exit(0), channel.end()));
    const junk = join(dir, 'junk');
    writeFileSync(
      junk,
      `${'\0'.repeat(9_999)}\n|1|||| x\n@x y z\n[::]:1 ssh-ed25519 !!!!\n${readFileSync(rogue.knownHostsFile, 'utf8').slice(0, -9)}\n`,
    );
    try {
      await on({ ...rogue, knownHostsFile: junk }, async (host) => {
        await refused(host.exec(['true']), ['host-key']);
      });
    } finally {
      await rogue.stop();
    }
  });
});

import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { demultiplex } from '../../src/hosts/docker-frames.ts';
import { listed, readAnswer, stateOf, versions } from '../../src/hosts/docker-state.ts';
import { HostError } from '../../src/hosts/host.ts';
import { fingerprint, judge, parseKnownHosts } from '../../src/hosts/known-hosts.ts';
import { leasesOn, type Leases } from '../../src/hosts/lease.ts';
import { diffSnapshots, snapshotOf } from '../../src/hosts/machine-snapshot.ts';
import { readFacts, sectionsOf } from '../../src/hosts/machine-state.ts';
import { RUNNING } from '../hosts/fake-docker.ts';
import { saying } from '../hosts/saying.ts';
import { DEADLINE_MS, fuzz, fuzzAsync, SEED } from '../zerok/fuzz-runs.ts';
import { cutUp } from '../zerok/hostile-text.ts';

const LEASE = {
  id: 'w/r/1',
  owner: 'w/r',
  kind: 'netem',
  target: 'guardian',
  summary: 's',
  bearer: 'b',
  armedAt: '2026-11-22T00:00:00Z',
};
const KEY = 'a'.repeat(24);
const line = (reply: object): string => `${JSON.stringify({ key: KEY, ...reply, lease: LEASE })}\n`;
const REPLIES = [
  `${line({ state: 'healed', by: 'frame', at: 1764000000, stood: true })}{"done":true}\n`,
  `${line({ state: 'stands', evidence: 'qdisc' })}{"done":true}\n`,
  `${line({ state: 'armed', already: false, standing: true })}{"done":true}\n`,
  `${line({ state: 'leased', seconds: 30, thisBoot: true, note: '' })}${line({ state: 'junk', evidence: '/run/x' })}{"done":true}\n`,
  `${line({ state: 'renewed', standing: null, evidence: '' })}{"done":true}\n`,
];
const PIECES = [
  '{"done":true}\n',
  '\n',
  '\0',
  '"',
  '}',
  '{',
  '[',
  'null',
  '1e999',
  '-1',
  '"__proto__":',
  '\u001b[2J',
  'lease',
  ',"lease":{',
  '\\u0000',
  '$(id)',
];

const CALLS: Record<string, (leases: Leases) => Promise<readonly { state: string }[]>> = {
  heal: (leases) => leases.heal({ ids: ['w/r/1'] }, 'frame'),
  renew: (leases) => leases.renew('w/r', 30),
  list: (leases) => leases.list({ probe: true }),
};

const FACTS =
  '=== facts\nuid 0\nkernel 6.1\nboot 1-2-3\nclock 1764000000123\nsystemd yes\ntool tc /usr/sbin/tc\n=== traffic\nprio yes\nnetem yes\n' +
  '=== qdiscs\nqdisc fq_codel 0: dev eth0 root refcnt 2\nqdisc prio c4a0: dev eth1 root\n=== tables\ntable inet zk_0123\n=== leases\n/run/0k-chaos/a.lease\n=== end\n';
const SNAPSHOT =
  '=== qdiscs\nqdisc htb 1: dev eth0 root\n=== nft\ntable inet filter {\n\tchain input {\n\t\ttype filter\n\t}\n}\n=== iptables\n*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j DROP\nCOMMIT\n' +
  '=== containers\nabc /relay-1 running 2026-11-22T00:00:00Z\n=== end\n';

describe(`what machines answer, fuzzed with FUZZ_SEED=${SEED}`, function () {
  this.timeout(DEADLINE_MS);

  for (const [command, call] of Object.entries(CALLS))
    it(`a \`${command}\` is believed whole or not at all`, () =>
      fuzzAsync(fc.tuple(cutUp(REPLIES, PIECES), fc.constantFrom(0, 0, 0, 1)), async ([text, exitCode]) => {
        try {
          const replies = await call(leasesOn(saying('guardian', text, exitCode)));
          assert.ok(
            exitCode === 0 &&
              text
                .split('\n')
                .filter((one) => one !== '')
                .at(-1) === '{"done":true}',
          );
          const healed = replies.filter(({ state }) => state === 'healed').length;
          assert.ok(healed <= (text.match(/healed/g) ?? []).length);
        } catch (error) {
          assert.ok(error instanceof HostError, String((error as Error).stack));
          assert.ok(error.message.length < 6_000);
        }
      }));

  it('facts and snapshots are read, compared with themselves without a difference, or known to be cut short', () => {
    fuzz(
      cutUp([FACTS, SNAPSHOT], ['=== ', '\n=== end\n', 'qdisc ', 'table ', '\0', '*', '[1:2]', '\u001b[2J']),
      (text) => {
        const sections = sectionsOf(text);
        if (sections === undefined) return assert.ok(!/^=== end$/m.test(text));
        const facts = readFacts(sections);
        assert.ok(facts.leases >= 0 && (facts.clockMs === null || facts.clockMs > 0));
        const snapshot = snapshotOf(sections);
        assert.deepEqual(diffSnapshots(snapshot, snapshot), []);
      },
    );
  });

  it('a known_hosts file trusts the key that stands in it whole, and no other', () => {
    const key = Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from('ssh-ed25519'), Buffer.alloc(36, 7)]);
    const good = `beast ssh-ed25519 ${key.toString('base64')}\n|1|c2FsdA==|aGFzaA== ssh-ed25519 ${key.toString('base64')}\n`;
    const pieces = [
      '*',
      '!',
      ',',
      '|1|',
      '@revoked ',
      '@cert-authority ',
      '\0',
      ' ',
      '\n',
      '*'.repeat(40),
      '[beast]:22',
    ];
    fuzz(cutUp([good], pieces, good.length), (text) => {
      const known = parseKnownHosts(text, 'known_hosts');
      const other = Buffer.concat([key.subarray(0, -1), Buffer.from([8])]);
      if (judge(known, 'beast', other).trusted) assert.ok(text.includes(other.toString('base64').slice(-8)));
      for (const one of known) assert.match(fingerprint(one.key), /^SHA256:/);
    });
  });

  it('what a Docker engine says is taken as documented or refused', () => {
    const whole = JSON.stringify({
      Id: 'a'.repeat(64),
      Name: '/r',
      State: RUNNING,
      Config: { Image: 'i' },
      NetworkSettings: {},
    });
    const text = cutUp(
      [whole, '[]', '{"ApiVersion":"1.41"}', 'null', '[{"Id":"a"}]'],
      [...PIECES, '"Pid":-1', '1.41', 'exited'],
      whole.length,
    );
    fuzz(fc.oneof(text, fc.json()), (said) => {
      let answer: unknown = said;
      try {
        answer = JSON.parse(said);
      } catch {
        // docker-modem hands on what is no JSON as it is.
      }
      const reads = [
        () => stateOf('beast', 'r', answer),
        () => readAnswer('beast', 'ps', listed, answer),
        () => readAnswer('beast', 'version', versions, answer),
      ];
      for (const read of reads) {
        try {
          read();
        } catch (error) {
          assert.ok(error instanceof HostError && error.kind === 'docker', String(error));
        }
      }
    });
  });

  it('a stream of a container is passed on, byte for byte of its frames, however it is cut', () => {
    const frames = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 40 })), { maxLength: 8 });
    fuzz(fc.tuple(frames, fc.array(fc.nat(400), { maxLength: 10 })), ([sent, cuts]) => {
      const [came, stream] = [taken(), Buffer.concat(sent.map(([which, data]) => frameOf(which, data)))];
      const places = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
      for (const [n, from] of places.slice(0, -1).entries()) came.feed(stream.subarray(from, places[n + 1]));
      const of = (wanted: number) => Buffer.concat(sent.flatMap(([which, data]) => (which === wanted ? [data] : [])));
      assert.deepEqual([came.stdout(), came.stderr()], [of(1), of(2)]);
    });
  });

  it('a stream that is none of a container gives no more than came', () => {
    fuzz(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), (chunks) => {
      const came = taken();
      for (const chunk of chunks) came.feed(Buffer.from(chunk));
      const most = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      assert.ok(came.stdout().length + came.stderr().length <= most);
    });
  });
});

function frameOf(which: number, data: Uint8Array): Buffer {
  const header = Buffer.from([which, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

function taken() {
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  const feed = demultiplex({ stdout: (chunk) => void out.push(chunk), stderr: (chunk) => void err.push(chunk) });
  return { feed, stdout: () => Buffer.concat(out), stderr: () => Buffer.concat(err) };
}

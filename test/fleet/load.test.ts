import { strict as assert } from 'node:assert';
import { homedir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { FleetError, parseFleet } from '../../src/fleet/load.ts';
import { messageOf } from './message-of.ts';

const SOUND = `name: two
machines:
  q: { local: true }
  beast:
    ssh: { host: beast.example, user: jimmyb }
    docker: {}
relays:
  relay-1: { machine: beast, service: relay-1, health: 'http://beast.example:8090/health' }
clients:
  q: { machine: q, data: scratch }
`;

/** What is said of the sound file after one replacement. */
function said(find: string | RegExp, replacement: string): string {
  const text = SOUND.replace(find, replacement);
  assert.notEqual(text, SOUND, 'the replacement must change something');
  return messageOf(() => parseFleet(text, 'fleet.yml'));
}

describe('a fleet file', () => {
  it('fills in defaults', () => {
    const fleet = parseFleet(SOUND, 'fleet.yml');

    assert.equal(fleet.project, 'dist-chaos');
    assert.equal(fleet.times.deadRelaySeconds, 30);
    assert.equal(fleet.machines['beast']?.docker?.socket, '/var/run/docker.sock');
    assert.equal(fleet.relays['relay-1']?.healthPort, 8080);
  });

  it('has its own paths made absolute: `~` is the home folder, others start at the file', () => {
    const text = SOUND.replace('name: two', 'name: two\nstate: state\ncodec: { keyFile: keys.json }')
      .replace('data: scratch', 'data: scratch, command: [./bin/sync-cli]')
      .replace('user: jimmyb', 'user: jimmyb, identityFile: ~/.ssh/id, knownHostsFile: hosts');

    const fleet = parseFleet(text, '/etc/chaos/fleet.yml');

    assert.equal(fleet.state, '/etc/chaos/state');
    assert.equal(fleet.codec?.keyFile, '/etc/chaos/keys.json');
    assert.equal(fleet.clients['q']?.data, '/etc/chaos/scratch');
    assert.deepEqual(fleet.clients['q']?.command, ['/etc/chaos/bin/sync-cli']);
    assert.equal(fleet.machines['beast']?.ssh?.identityFile, join(homedir(), '.ssh/id'));
    assert.equal(fleet.machines['beast']?.ssh?.knownHostsFile, '/etc/chaos/hosts');
  });

  it('is refused at an unknown key with its line and the nearest known key', () => {
    const message = said('user: jimmyb', 'usr: jimmyb');

    assert.equal(message, 'fleet.yml:5: machines.beast.ssh.usr: unknown key; did you mean `user`?');
  });

  it('is refused at an unknown key at the top with all that is known where nothing is near', () => {
    assert.match(
      said('name: two', 'name: two\nwhatever: 1'),
      /^fleet\.yml:2: whatever: unknown key; known: `name`, `project`/,
    );
  });

  it('is refused at a name that stands twice', () => {
    assert.match(said('  beast:\n', '  q: { local: true }\n  beast:\n'), /^fleet\.yml:4: a name stands twice/);
  });

  it('is refused when a relay is on a machine that is not there, with the nearest one', () => {
    const message = said('machine: beast', 'machine: baest');

    assert.equal(
      message,
      'fleet.yml:8: relays.relay-1.machine: no machine `baest` in this fleet; did you mean `beast`?',
    );
  });

  it('is refused when a relay is on a machine without Docker', () => {
    assert.match(
      said('    docker: {}\n', ''),
      /relays\.relay-1\.machine: `beast` has no Docker engine.*add `docker: \{\}`/,
    );
  });

  it('is refused when a client in a container is on a machine without Docker', () => {
    assert.match(said('data: scratch', 'data: /data, service: c'), /clients\.q\.machine: `q` has no Docker engine/);
  });

  it('is refused when one name stands for a machine and a relay', () => {
    assert.match(said('  relay-1:', '  beast:'), /relays\.beast: the name stands for two things, machines\.beast/);
  });

  it('is refused when a client has the name of another machine', () => {
    assert.match(
      said('  q: { machine: q, data: scratch', '  q: { machine: beast, data: /d'),
      /clients\.q: runs on `beast`/,
    );
  });

  it('is refused when two machines are the same host', () => {
    const twin = '  b2: { ssh: { host: beast.example, port: 22 } }\nrelays:';

    assert.match(said('relays:', twin), /machines\.b2: reaches the same host as `beast`/);
  });

  it('is refused when two clients have one folder, where each would find what the other pushed', () => {
    const twin = 'data: scratch }\n  q2: { machine: q, data: ./scratch/ }';
    assert.match(said('data: scratch }', twin), /clients\.q2: has the same folder as `q`/);
  });

  it('is refused when two names differ in case only, as those of files need not, or two hosts do', () => {
    const twin = '  Beast: { ssh: { host: elsewhere } }\nrelays:';
    assert.match(said('relays:', twin), /machines\.Beast: is, but for upper and lower case, the same name as `beast`/);
    const host = '  b2: { ssh: { host: BEAST.example } }\nrelays:';
    assert.match(said('relays:', host), /machines\.b2: reaches the same host as `beast`/);
  });

  for (const inherited of ['constructor', 'toString', 'valueOf', '__proto__'])
    it(`is refused when something is on a machine \`${inherited}\`, which every object has and no fleet`, () => {
      const client = `data: scratch }\n  x: { machine: ${inherited}, data: /d }`;
      assert.match(said('data: scratch }', client), /clients\.x\.machine: (no machine|`__proto__`: a name is)/);
      assert.match(
        said('machine: beast', `machine: ${inherited}`),
        /relays\.relay-1\.machine: (no machine|`__proto__`)/,
      );
    });

  it('is refused at a name that JavaScript would swallow, wherever it stands, once for each', () => {
    const why = 'not a usable name; rename it';
    assert.equal(
      said('service: relay-1,', 'service: relay-1, __proto__: x,'),
      `fleet.yml:8: relays.relay-1.__proto__: ${why}`,
    );
    for (const section of ['machines', 'relays', 'clients'])
      assert.match(
        said(`${section}:\n`, `${section}:\n  "__proto__": { x: 1 }\n`),
        new RegExp(`^fleet\\.yml:\\d+: ${section}\\.__proto__: ${why}$`),
      );
    const nightly = 'nightly: { at: "02:00", run: mr_*, options: { __proto__: { messages: 3 } } }\nmachines:';
    assert.match(said('machines:', nightly), /^fleet\.yml:2: nightly\.options\.__proto__: /m);
  });

  it('is refused at a port that there is not', () => {
    for (const keep of ['tcp/99999', 'udp/0', 'tcp/00022', 'tcp/65536'])
      assert.match(said('{ local: true }', `{ local: true, keep: [${keep}] }`), /machines\.q\.keep\.0: /);
    assert.match(said('user: jimmyb', 'port: 65536'), /machines\.beast\.ssh\.port: /);
  });

  it('is refused at an address with a password, which is shown to nobody', () => {
    const secret = 'http://ann:hunter2@beast.example:8090/health';
    const refused = said('http://beast.example:8090/health', secret);
    assert.match(refused, /:8: relays\.relay-1\.health: an address with a user or a password in it/);
    const guard = `guards: { abortWhen: [{ url: '${secret}', forSeconds: 5 }] }\nmachines:`;
    assert.match(said('machines:', guard), /guards\.abortWhen\.0\.url: an address with a user/);
    for (const text of [refused, said('machines:', guard)]) assert.ok(!text.includes('hunter2'));
  });

  it('is refused at words and paths that no machine could be given', () => {
    assert.match(said('data: scratch', 'data: scratch, command: ["a\\0b"]'), /clients\.q\.command\.0: .*NUL/);
    assert.match(said('docker: {}', 'docker: { socket: run/docker.sock }'), /docker\.socket: .*starts with `\/`/);
  });

  it('is refused when a machine is neither local nor has ssh, or both', () => {
    assert.match(
      said('{ local: true }', '{}'),
      /fleet\.yml:3: machines\.q: a machine is either `local: true` or has `ssh:`/,
    );
    assert.match(said('    docker: {}', '    local: true'), /machines\.beast: a machine is either/);
  });

  it('is refused at relative paths on other machines, where nobody could resolve them', () => {
    const client = '\n  b: { machine: beast, data: ~/x, command: [bin/sync-cli] }';

    const message = said('data: scratch }', `data: scratch }${client}`);

    assert.match(message, /fleet\.yml:11: clients\.b\.data: `~\/x`: a path on another machine must start with `\/`/);
    assert.match(message, /clients\.b\.command: `bin\/sync-cli`/);
  });

  for (const hostile of ['-oProxyCommand=id', '$(id)', 'a b', '`id`', 'a;b', "a'b", '../x']) {
    it(`is refused when a host or a user is ${hostile}`, () => {
      const word = JSON.stringify(hostile);

      assert.match(
        said('host: beast.example', `host: ${word}`),
        /machines\.beast\.ssh\.host: .*a host name or an address/,
      );
      assert.match(said('user: jimmyb', `user: ${word}`), /machines\.beast\.ssh\.user: .*a user name/);
    });
  }

  it('is refused when a name has shell metacharacters', () => {
    assert.match(said('  relay-1:', '  "r;reboot":'), /relays\.r;reboot: not a usable name/);
    assert.match(
      said('service: relay-1', 'service: "$(reboot)"'),
      /relays\.relay-1\.service: `\$\(reboot\)`: a name is/,
    );
  });

  it('has every problem reported at once, each with its line', () => {
    const text = SOUND.replace('user: jimmyb', 'usr: x').replace('service: relay-1, ', '');

    const message = messageOf(() => parseFleet(text, 'f.yml'));

    assert.match(message, /^f\.yml:5: machines\.beast\.ssh\.usr/m);
    assert.match(message, /^f\.yml:8: relays\.relay-1\.service: is missing; give a string$/m);
  });

  it('says in plain words what a value should have been', () => {
    assert.match(said('user: jimmyb', 'port: "22"'), /ssh\.port: `22`: not a number/);
    assert.match(
      said('{ local: true }', '{ local: true, addresses: [nowhere] }'),
      /addresses\.0: `nowhere`: not an IPv4 or IPv6/,
    );
    assert.match(
      said('{ local: true }', '{ local: true, addresses: 10.0.0.1 }'),
      /addresses: `10\.0\.0\.1`: not a list/,
    );
  });

  it('is refused with the line where it is not YAML', () => {
    assert.match(said('name: two', 'name: [two'), /^fleet\.yml:\d+: not YAML: /);
    assert.match(said('name: two', '\tname: two'), /^fleet\.yml:1: not YAML: /);
  });

  it('is refused when it is empty, a list or several documents', () => {
    assert.match(
      messageOf(() => parseFleet('', 'f.yml')),
      /f\.yml: is empty/,
    );
    assert.match(
      messageOf(() => parseFleet('- a', 'f.yml')),
      /f\.yml:1: not a mapping/,
    );
    assert.match(
      messageOf(() => parseFleet('a: 1\n---\nb: 1', 'f.yml')),
      /f\.yml:\d: not YAML/,
    );
  });

  it('is refused when aliases make it explode', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (let depth = 0; depth < 9; depth += 1) {
      const before = String.fromCharCode(97 + depth);
      const name = String.fromCharCode(98 + depth);
      bomb.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`);
    }

    assert.match(
      messageOf(() => parseFleet(bomb.join('\n'), 'f.yml')),
      /not a usable YAML document/,
    );
  });

  it('never ends in anything but a fleet or a FleetError, whatever stands in it', () => {
    const lines = SOUND.split('\n');
    fc.assert(
      fc.property(fc.nat(lines.length - 1), fc.string(), (index, text) => {
        const changed = lines.with(index, text).join('\n');
        try {
          parseFleet(changed, 'f.yml');
        } catch (error) {
          assert(error instanceof FleetError, `${String(error)} for ${JSON.stringify(changed)}`);
          assert(error.problems.length > 0);
        }
      }),
      { numRuns: 300 },
    );
  });
});

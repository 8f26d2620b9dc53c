import { strict as assert } from 'node:assert';
import {
  addressesOf,
  CONTAINER_NAMES,
  createWords,
  networkWords,
  type ContainerName,
} from '../../lab/container-words.ts';
import { discoveryConfig } from '../../lab/discovery.ts';
import { environmentFor } from '../../lab/environment.ts';
import { aRecord } from './record.ts';

const record = aRecord({ kind: 'containers', addresses: addressesOf(3) });
const words = (container: ContainerName): string[] => createWords(record, container, 'an-image');
const after = (option: string, container: ContainerName): string[] =>
  words(container).flatMap((word, index, all) => (all[index - 1] === option ? [word] : []));

describe('the words for Docker', () => {
  it('publish ports on 127.0.0.1 only: ssh of both machines, health and data of the relays, discovery', () => {
    const published = CONTAINER_NAMES.flatMap((container) => after('--publish', container));
    assert.equal(published.length, 2 + 3 + 3 + 1);
    assert.ok(published.every((ports) => ports.startsWith('127.0.0.1:')));
    assert.ok(after('--publish', 'beast').includes('127.0.0.1:42002:8191/udp'));
    assert.deepEqual(after('--publish', 'q'), ['127.0.0.1:43000:43000/udp']);
  });

  it("give capabilities one by one, and never the host's namespaces", () => {
    for (const container of CONTAINER_NAMES) {
      assert.deepEqual(after('--cap-drop', container), ['ALL']);
      const given = after('--cap-add', container);
      assert.ok(given.includes('NET_ADMIN') && !given.includes('ALL') && !given.includes('SYS_RESOURCE'));
      assert.doesNotMatch(words(container).join(' '), /--privileged|--pid|--ipc|--network host|docker\.sock/);
    }
  });

  it('unconfine the machine with an engine of its own, and no other', () => {
    assert.equal(after('--security-opt', 'beast').length, 3);
    assert.deepEqual([after('--security-opt', 'guardian'), after('--security-opt', 'q')], [[], []]);
  });

  it('keep what a reboot forgets in memory, and the images of Beast on a volume', () => {
    assert.deepEqual(after('--tmpfs', 'guardian'), ['/run:exec,mode=755']);
    assert.deepEqual(after('--volume', 'beast'), ['/var/lib/docker']);
  });

  it('put every lab of an engine into a network of its own', () => {
    assert.deepEqual(networkWords(record).slice(-5), [
      '--subnet',
      '10.77.3.0/24',
      '--gateway',
      '10.77.3.1',
      '0k-chaos-lab-test',
    ]);
    assert.deepEqual(after('--ip', 'guardian'), ['10.77.3.20']);
  });

  it('lead the second path from a port of q to the relay behind it', () => {
    assert.deepEqual(words('q').slice(-3), ['42001:8190', '42002:8191', '42003:8192']);
    assert.deepEqual(discoveryConfig(record).secondPath['relay-2'], ['10.77.3.2:42002']);
  });

  it('have machines ask discovery where q is, and this machine on its own loopback', () => {
    assert.match(environmentFor(record, 'guardian'), /^DISCOVERY=10\.77\.3\.2:43000$/m);
    assert.match(environmentFor(record, 'q'), /^DISCOVERY=127\.0\.0\.1:43000$/m);
  });
});

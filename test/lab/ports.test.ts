import { strict as assert } from 'node:assert';
import { createServer } from 'node:net';
import { choosePorts, type LabPorts } from '../../lab/ports.ts';

const all = (ports: LabPorts): number[] => [
  ...[ports.ssh.beast, ports.ssh.guardian, ...ports.http],
  ...[ports.discovery, ports.link.beast, ports.link.guardian, ...ports.udp],
];

describe('the ports of a lab', () => {
  it('are three for health, three for data, and no two of a protocol the same', async () => {
    const ports = await choosePorts(null);
    assert.equal(ports.http.length, 3);
    assert.equal(ports.udp.length, 3);
    assert.equal(new Set(all(ports).slice(0, 5)).size, 5);
    assert.equal(new Set(all(ports).slice(5)).size, 6);
    assert.ok(all(ports).every((port) => port > 1023));
  });

  it('stay the same from one time to the next, so that a fleet file stays true', async () => {
    const before = await choosePorts(null);
    assert.deepEqual(await choosePorts(before), before);
  });

  it('are new ones when somebody has taken one of them', async () => {
    const before = await choosePorts(null);
    const taker = createServer();
    await new Promise<void>((resolve) => taker.listen(before.http[1], '127.0.0.1', resolve));
    try {
      const ports = await choosePorts(before);
      assert.ok(!all(ports).includes(before.http[1] ?? 0));
    } finally {
      taker.close();
    }
  });
});

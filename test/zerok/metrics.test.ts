import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { parseMetrics, relayMetrics } from '../../src/zerok/metrics.ts';
import { cpuMs, HOPELESS_MS, survives } from './hostile-text.ts';

const printed = `# HELP sync_relay_connections_active Number of active connections
# TYPE sync_relay_connections_active gauge
sync_relay_connections_active 4
# TYPE sync_relay_info gauge
sync_relay_info{version="0.1.0"} 1
# TYPE sync_relay_pushes_total counter
sync_relay_pushes_total 150
sync_relay_storage_bytes 1.5e3
process_open_fds 9
`;

const only = (line: string) => {
  const { samples, errors } = parseMetrics(line);
  assert.deepEqual(errors, [], line);
  assert.equal(samples.length, 1);
  return samples[0];
};

const whyOf = (line: string): string => {
  const { samples, errors } = parseMetrics(line);
  assert.deepEqual(samples, [], line);
  return errors[0]?.why ?? '';
};

describe('parseMetrics', () => {
  it('reads what a relay prints', () => {
    const metrics = parseMetrics(printed);
    assert.deepEqual(metrics.errors, []);
    assert.deepEqual(relayMetrics(metrics), { connections_active: 4, info: 1, pushes_total: 150, storage_bytes: 1500 });
    assert.deepEqual(metrics.samples[1], { name: 'sync_relay_info', labels: { version: '0.1.0' }, value: 1 });
  });

  it('reads NaN and infinities, signs, exponents, timestamps and odd spacing', () => {
    assert.equal(only('a NaN')?.value, NaN);
    assert.equal(only('a +Inf')?.value, Infinity);
    assert.equal(only('a -Inf')?.value, -Infinity);
    assert.equal(only('a -.5E-2')?.value, -0.005);
    assert.equal(only('  a \t 7   1395066363000 ')?.value, 7);
    assert.deepEqual(only('a { b = "c" , d="e", } 7\r')?.labels, { b: 'c', d: 'e' });
    assert.deepEqual(only('a{} 7')?.labels, {});
  });

  it('reads escapes in label values', () => {
    assert.deepEqual(only(String.raw`a{path="C:\\x\n\"y\"",brace="}"} 1`)?.labels, { path: 'C:\\x\n"y"', brace: '}' });
  });

  it('says of each bad line why, and reads the others', () => {
    assert.match(whyOf('7 a'), /does not begin with a name/);
    assert.match(whyOf('a'), /`a` has no value/);
    assert.match(whyOf('a seven'), /not a number/);
    assert.match(whyOf('a 0x10'), /not a number/);
    assert.match(whyOf('a{b="c} 1'), /labels are not in the format/);
    const { samples, errors } = parseMetrics('<html>\na 1\n');
    assert.deepEqual([samples.length, errors[0]?.line], [1, 1]);
  });

  it('reads back any number that is printed as Prometheus does', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => only(`a ${value}`)?.value === value),
    );
  });

  it('stops after so many lines and says so', () => {
    const { samples, errors } = parseMetrics('a 1\n'.repeat(30_000));
    assert.equal(samples.length, 20_000);
    assert.match(errors[0]?.why ?? '', /more than 20000 lines/);
  });

  it('keeps a bounded number of errors', () => {
    assert.equal(parseMetrics('!\n'.repeat(1000)).errors.length, 20);
  });

  it('survives any text, and long lines of half a label', () => {
    survives(parseMetrics);
    for (const line of [
      `a{${'b="\\'.repeat(50_000)}`,
      `a{${'b="c",'.repeat(50_000)}`,
      `a${' '.repeat(200_000)}x y`,
      `a{b="${'\\'.repeat(200_001)}`,
    ]) {
      const ms = cpuMs(() => parseMetrics(line));
      assert.ok(ms < HOPELESS_MS, `${line.slice(0, 8)}… took ${ms} ms`);
    }
  });
});

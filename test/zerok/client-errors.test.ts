import { strict as assert } from 'node:assert';
import { classifyClientError } from '../../src/zerok/client-errors.ts';
import { survives } from './hostile-text.ts';
import * as samples from './samples.ts';

const failed = (why: string) => `Error: Failed to connect to relay\n\nCaused by:\n    all relays failed: ${why}\n`;

describe('classifyClientError', () => {
  it('tells a dead relay from an id that nobody knows', () => {
    const dead = classifyClientError(samples.nobodyReachable);
    assert.equal(dead?.kind, 'timeout');
    assert.deepEqual(dead?.relays, [
      { id: samples.PEER, why: 'connection failed: connection timeout' },
      { id: samples.OTHER, why: 'connection failed: timed out' },
    ]);
    const unknown = classifyClientError(samples.unknownId);
    assert.equal(unknown?.kind, 'unknown-id');
    assert.match(unknown?.wayOut ?? '', /newest endpoint id/);
  });

  it('takes relays of which some are dead and some unknown for dead', () => {
    const mixed = `${samples.PEER}: connection failed: No addressing information available; ${samples.OTHER}: connection failed: timed out`;
    assert.equal(classifyClientError(failed(mixed))?.kind, 'timeout');
  });

  it('takes a connection that failed at once for unreachable', () => {
    assert.equal(classifyClientError(failed(`${samples.PEER}: connection failed: refused`))?.kind, 'unreachable');
    assert.equal(classifyClientError('Error: Failed to connect to relay\n')?.kind, 'unreachable');
  });

  it('knows what else the client says', () => {
    const kinds: [string, string][] = [
      ["Error: Device not initialized. Run 'sync-cli init' first.\n", 'not-initialized'],
      [samples.notPaired, 'not-paired'],
      ['Error: Already paired to a group. Delete /d/group.json to join a different group.', 'already-paired'],
      ['Error: Device already initialized. Delete /d/device.json to reinitialize.', 'already-initialized'],
      ['Error: Invalid group configuration', 'invalid-group'],
      ['Error: Failed to read passphrase', 'no-terminal'],
      ['Error: Short code lookup not yet implemented. Use …', 'short-code'],
      [samples.pullFailed, 'relay-failed'],
      [samples.pushQueued, 'relay-failed'],
      ["error: unexpected argument '--x' found", 'usage'],
      ['sh: 1: sync-cli: not found', 'no-program'],
      ['bash: line 1: sync-cli: command not found', 'no-program'],
      [
        'OCI runtime exec failed: exec failed: exec: "sync-cli": executable file not found in $PATH: unknown',
        'no-program',
      ],
      ['spawn /tmp/sync-cli-arm ENOENT', 'no-program'],
      ['Error: stream closed', 'other'],
      ['Error: reading /x: No such file or directory', 'other'],
    ];
    for (const [text, kind] of kinds) assert.equal(classifyClientError(text)?.kind, kind, text);
  });

  it('finds no error in what went well', () => {
    assert.equal(classifyClientError(samples.pushAcknowledged), undefined);
    assert.equal(classifyClientError(samples.pulledNothing), undefined);
    assert.equal(classifyClientError(''), undefined);
  });

  it('survives any text', () => survives(classifyClientError));
});

import { strict as assert } from 'node:assert';
import { type Level, tracing } from '../../../../lab/standins/relay/tracing.ts';

describe('the filter of the stand-in relay’s log', () => {
  for (const [rustLog, passes] of [
    ['', 'error'],
    ['sync_relay=debug,iroh=warn', 'error'],
    ['zerok_sync_relay=debug,iroh=warn', 'error warn info debug'],
    ['zerok_sync_relay', 'error warn info debug trace'],
    ['info', 'error warn info'],
    ['info,zerok_sync_relay::session=warn', 'error warn'],
    ['zerok_sync=debug', 'error'],
    ['zerok_sync_relay=nonsense', 'error'],
  ]) {
    it(`lets pass \`${passes}\` under RUST_LOG=\`${rustLog}\``, () => {
      const lines: string[] = [];
      const log = tracing(
        rustLog ?? '',
        (line) => lines.push(line),
        () => false,
      );
      for (const level of ['error', 'warn', 'info', 'debug', 'trace'] as Level[]) log(level, 'session', level);
      assert.equal(lines.map((line) => line.trim().split(' ').at(-1)).join(' '), passes);
    });
  }

  it('prints a line as tracing-subscriber does, with colours', () => {
    const lines: string[] = [];
    tracing(
      'debug',
      (line) => lines.push(line),
      () => false,
    )('warn', 'session', 'Stream error: x');
    assert.match(
      (lines[0] ?? '').replaceAll('\u001b', 'ESC'),
      /^ESC\[2m\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}ZESC\[0m ESC\[33m WARNESC\[0m ESC\[2mzerok_sync_relay::sessionESC\[0mESC\[2m:ESC\[0m Stream error: x\n$/,
    );
  });

  it('is silent while muted', () => {
    const lines: string[] = [];
    tracing(
      'debug',
      (line) => lines.push(line),
      () => true,
    )('error', '', 'x');
    assert.deepEqual(lines, []);
  });
});
